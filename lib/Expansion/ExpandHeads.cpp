//===- ExpandHeads.cpp - Widen the values of each head --------------------===//
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

static SmallVector<NewBlock> getBlocks(ExpandHeadsOp op,
                                       AttentionOp attention) {
  BlockFills fills(op.getContext(), op.getInitAttr(), op.getBiasInitAttr());
  fills.set("v", op.getValueInitAttr())
      .set("o", op.getOutputInitAttr())
      .setZero("v", op.getZero() == ValueZeroSide::Value)
      .setZero("o", op.getZero() == ValueZeroSide::Output);
  return getBlocks(attention, Axis::Value, fills);
}

namespace {
/// The checks of one expansion on one model.
class Checker : public LayerExpansion {
public:
  Checker(ExpandHeadsOp op, Model &model)
      : LayerExpansion(op, model, "widen the values of", op.getBiasInitAttr()),
        op(op) {}

  LogicalResult checkLayer(LayerOp layer) {
    FailureOr<AttentionOp> attention = find<AttentionOp>(layer);
    if (failed(attention))
      return failure();
    int64_t width = attention->getValueWidth(), size = op.getSize();
    SmallVector<NewBlock> blocks = getBlocks(op, *attention);
    if (failed(
            checkGrows(layer, *attention, width, size, "channels in a head")) ||
        failed(checkBlocks(layer, blocks, size - width)))
      return failure();
    if (op.getAllowDead() || getProjection(blocks, "v") != Known::Zero ||
        getKnown(blocks, "o") != Known::Zero)
      return success();
    return refuseDead(layer, *attention, "add values to", {"v", "o"});
  }

private:
  ExpandHeadsOp op;
};

struct ExpandHeadsModel
    : public ExpansionOpInterface::ExternalModel<ExpandHeadsModel,
                                                 ExpandHeadsOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return checkLayers<Checker>(cast<ExpandHeadsOp>(op), model);
  }

  void apply(Operation *op, Model &model) const {
    auto expand = cast<ExpandHeadsOp>(op);
    auto size = static_cast<int64_t>(expand.getSize());
    SmallVector<LayerOp> layers = *model.selectLayers(op, expand.getLayers());
    SmallVector<SizeChange> changes;
    for (LayerOp layer : layers) {
      AttentionOp attention = getOps<AttentionOp>(layer).front();
      int64_t width = attention.getValueWidth();
      extend(model, getBlocks(expand, attention),
             NewSlices::append(width, size - width));
      changes.push_back({width, size});
    }
    reportSizes(op, model, "ExpandHeads", "value channels in a head",
                "new-channels", changes);
  }
};
} // namespace

void grow::detail::attachExpandHeads(MLIRContext *context) {
  ExpandHeadsOp::attachInterface<ExpandHeadsModel>(*context);
}
