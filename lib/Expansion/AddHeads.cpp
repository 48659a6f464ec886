//===- AddHeads.cpp - Add heads to attention ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

static SmallVector<NewBlock> getBlocks(AddHeadsOp op, AttentionOp attention) {
  BlockFills fills(op.getContext(), op.getInitAttr(), op.getBiasInitAttr());
  fills.set("q", op.getQueryInitAttr())
      .set("k", op.getKeyInitAttr())
      .set("v", op.getValueInitAttr())
      .set("o", op.getOutputInitAttr())
      .setZero("v", op.getZero() == ValueZeroSide::Value)
      .setZero("o", op.getZero() == ValueZeroSide::Output);
  bool groups = op.getUnit() == HeadUnit::Groups;
  return getBlocks(attention, groups ? Axis::Groups : Axis::Queries, fills);
}

/// How many groups, or query heads in a group, there are before.
static int64_t getExtent(AddHeadsOp op, AttentionOp attention) {
  return op.getUnit() == HeadUnit::Groups ? attention.getGroups()
                                          : attention.getHeadsPerGroup();
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// The checks of one expansion on one model.
class Checker : public LayerExpansion {
public:
  Checker(AddHeadsOp op, Model &model)
      : LayerExpansion(op, model, "add heads to", op.getBiasInitAttr()),
        op(op) {}

  LogicalResult checkLayer(LayerOp layer);

private:
  LogicalResult checkSlopes(LayerOp layer, AttentionOp attention);
  LogicalResult checkLive(LayerOp layer, AttentionOp attention,
                          ArrayRef<NewBlock> blocks);

  AddHeadsOp op;
};
} // namespace

/// With ALiBi every head is written down, so there is a limit.
LogicalResult Checker::checkSlopes(LayerOp layer, AttentionOp attention) {
  if (!attention.getAlibi())
    return success();
  constexpr int64_t kMostSlopes = 1 << 20;
  int64_t others = op.getUnit() == HeadUnit::Groups
                       ? attention.getHeadsPerGroup()
                       : attention.getGroups();
  int64_t count = 0;
  if (!llvm::MulOverflow(others, static_cast<int64_t>(op.getCount()), count) &&
      count <= kMostSlopes)
    return success();
  InFlightDiagnostic diag = refuse(layer);
  diag.attachNote(attention.getLoc())
      << "it has a slope for each head, at most " << kMostSlopes
      << " of which can be added; use a smaller count";
  return diag;
}

LogicalResult Checker::checkLive(LayerOp layer, AttentionOp attention,
                                 ArrayRef<NewBlock> blocks) {
  // New heads of queries read keys and values that are there.
  if (op.getAllowDead() || op.getUnit() == HeadUnit::Queries)
    return success();
  StringRef part = "add heads to";
  if (getProjection(blocks, "v") == Known::Zero &&
      getKnown(blocks, "o") == Known::Zero)
    return refuseDead(layer, attention, part, {"v", "o"});
  NewScores scores{getProjection(blocks, "q"), getKnown(blocks, "k"),
                   getKnown(blocks, "k_bias"), bool(attention.getRopeAttr())};
  if (scores.isLive())
    return success();
  return refuseDead(layer, attention, part, {"q", "k"});
}

LogicalResult Checker::checkLayer(LayerOp layer) {
  FailureOr<AttentionOp> attention = find<AttentionOp>(layer);
  if (failed(attention) || failed(checkSlopes(layer, *attention)))
    return failure();
  SmallVector<NewBlock> blocks = getBlocks(op, *attention);
  if (failed(checkBlocks(layer, blocks, op.getCount())))
    return failure();
  return checkLive(layer, *attention, blocks);
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// The slopes of all heads, group by group, with those of the new ones.
static SmallVector<double> getGrownSlopes(AddHeadsOp op,
                                          AttentionOp attention) {
  ArrayRef<double> slopes = *attention.getAlibi();
  int64_t groups = attention.getGroups(), heads = attention.getHeadsPerGroup();
  auto count = static_cast<int64_t>(op.getCount());
  auto getGroup = [&](int64_t group) {
    return slopes.slice(group * heads, heads);
  };
  SmallVector<double> grown;
  for (int64_t group = 0; group < groups; ++group) {
    llvm::append_range(grown, getGroup(group));
    if (op.getUnit() == HeadUnit::Queries)
      grown.append(count, getGroup(group).back());
  }
  // The last new group is like the last group, the one before like the one
  // before it.
  if (op.getUnit() == HeadUnit::Groups)
    for (int64_t left = count; left > 0; --left)
      llvm::append_range(grown, getGroup(groups - 1 - (left - 1) % groups));
  return grown;
}

namespace {
struct AddHeadsModel
    : public ExpansionOpInterface::ExternalModel<AddHeadsModel, AddHeadsOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return checkLayers<Checker>(cast<AddHeadsOp>(op), model);
  }

  void apply(Operation *op, Model &model) const {
    auto add = cast<AddHeadsOp>(op);
    SmallVector<LayerOp> layers = *model.selectLayers(op, add.getLayers());
    SmallVector<SizeChange> changes;
    for (LayerOp layer : layers) {
      AttentionOp attention = getOps<AttentionOp>(layer).front();
      int64_t extent = getExtent(add, attention);
      auto count = static_cast<int64_t>(add.getCount());
      if (attention.getAlibi())
        attention.setAlibi(getGrownSlopes(add, attention));
      extend(model, getBlocks(add, attention),
             NewSlices::append(extent, count));
      changes.push_back({extent, extent + count});
    }
    bool groups = add.getUnit() == HeadUnit::Groups;
    reportSizes(op, model, "AddHeads",
                groups ? "groups of heads" : "query heads in a group",
                groups ? "new-groups" : "new-heads", changes);
  }
};
} // namespace

void grow::detail::attachAddHeads(MLIRContext *context) {
  AddHeadsOp::attachInterface<AddHeadsModel>(*context);
}
