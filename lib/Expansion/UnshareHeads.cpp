//===- UnshareHeads.cpp - Give query heads keys and values of their own ---===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "grow/Expansion/ExpansionInterfaces.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

/// Copies of each group's slices, after them.
static CopyAttr getCopies(UnshareHeadsOp op, int64_t groups) {
  SmallVector<int64_t> indices;
  for (int64_t group = 0; group < groups; ++group)
    indices.append(op.getFactor() - 1, group);
  return CopyAttr::get(op.getContext(),
                       DenseI64ArrayAttr::get(op.getContext(), indices),
                       Exact(1));
}

/// The parameters that count groups: those that count query heads, too, are
/// dealt out and the others copied, which `fill` says nothing about.
static SmallVector<NewBlock> getBlocks(UnshareHeadsOp op,
                                       AttentionOp attention) {
  return getBlocks(attention, Axis::Groups,
                   BlockFills(op.getContext(), /*init=*/{}, /*biasInit=*/{}));
}

namespace {
/// The checks of one expansion on one model.
class Checker : public LayerExpansion {
public:
  Checker(UnshareHeadsOp op, Model &model)
      : LayerExpansion(op, model, "split the groups of"), op(op) {}

  LogicalResult checkLayer(LayerOp layer) {
    FailureOr<AttentionOp> attention = find<AttentionOp>(layer);
    if (failed(attention) || failed(checkFactor(layer, *attention)))
      return failure();
    int64_t groups = attention->getGroups(), factor = op.getFactor();
    return checkBlocks(layer, getBlocks(op, *attention), groups * (factor - 1));
  }

private:
  LogicalResult checkFactor(LayerOp layer, AttentionOp attention);

  UnshareHeadsOp op;
};
} // namespace

LogicalResult Checker::checkFactor(LayerOp layer, AttentionOp attention) {
  int64_t heads = attention.getHeadsPerGroup(), factor = op.getFactor();
  if (heads % factor != 0) {
    InFlightDiagnostic diag = refuse(layer) << " by " << factor;
    diag.attachNote(attention.getLoc())
        << "its groups have " << heads
        << " query heads each, which is not a multiple; use a divisor";
    return diag;
  }
  // Every copy is written down.
  constexpr int64_t kMostGroups = 1 << 20;
  if (attention.getGroups() <= kMostGroups / factor)
    return success();
  InFlightDiagnostic diag = refuse(layer) << " by " << factor;
  diag.attachNote(attention.getLoc())
      << "it has " << attention.getGroups() << " groups and can have at most "
      << kMostGroups << "; use a smaller factor";
  return diag;
}

namespace {
struct UnshareHeadsModel
    : public ExpansionOpInterface::ExternalModel<UnshareHeadsModel,
                                                 UnshareHeadsOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return checkLayers<Checker>(cast<UnshareHeadsOp>(op), model);
  }

  void apply(Operation *op, Model &model) const {
    auto unshare = cast<UnshareHeadsOp>(op);
    auto factor = static_cast<int64_t>(unshare.getFactor());
    SmallVector<LayerOp> layers = *model.selectLayers(op, unshare.getLayers());
    SmallVector<SizeChange> changes;
    for (LayerOp layer : layers) {
      AttentionOp attention = getOps<AttentionOp>(layer).front();
      int64_t groups = attention.getGroups();
      int64_t heads = attention.getHeadsPerGroup();
      CopyAttr copies = getCopies(unshare, groups);
      auto ends = llvm::to_vector(llvm::seq<int64_t>(1, groups + 1));
      SmallVector<int64_t> sizes(groups, factor - 1);
      for (const NewBlock &block : getBlocks(unshare, attention)) {
        ParamOp param = model.getParam(block.operand->get());
        if (block.role.findAxis(Axis::Queries))
          model.regroup(param, block.axis, groups * factor, heads / factor);
        else
          model.extend(param, block.axis, ends, sizes, copies);
      }
      changes.push_back({groups, groups * factor});
    }
    reportSizes(op, model, "UnshareHeads", "groups of heads", "new-groups",
                changes);
  }
};
} // namespace

void grow::detail::attachUnshareHeads(MLIRContext *context) {
  UnshareHeadsOp::attachInterface<UnshareHeadsModel>(*context);
}
