//===- ExpandMLP.cpp - Widen the hidden dimension of the MLP --------------===//
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

//===----------------------------------------------------------------------===//
// The blocks of new units
//===----------------------------------------------------------------------===//

static SmallVector<NewBlock> getBlocks(ExpandMLPOp op, MLPOp mlp) {
  BlockFills fills(op.getContext(), op.getInitAttr(), op.getBiasInitAttr());
  fills.set("up", op.getUpInitAttr())
      .set("gate", op.getGateInitAttr())
      .set("down", op.getDownInitAttr())
      .setZero("up", op.getZero() == MLPZeroSide::Up)
      .setZero("gate", op.getZero() == MLPZeroSide::Gate)
      .setZero("down", op.getZero() == MLPZeroSide::Down);
  return grow::detail::getBlocks(mlp, Axis::MLP, fills);
}

static MLPUnits getUnits(MLPOp mlp, ArrayRef<NewBlock> blocks) {
  MLPUnits units;
  units.activation = mlp.getActivation();
  if (mlp.getGate())
    units.gate = getProjection(blocks, "gate");
  units.up = getProjection(blocks, "up");
  units.down = getKnown(blocks, "down");
  return units;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// The checks of one expansion on one model.
class Checker : public LayerExpansion {
public:
  Checker(ExpandMLPOp op, Model &model)
      : LayerExpansion(op, model, "widen the MLP of", op.getBiasInitAttr()),
        op(op), model(model) {}

  LogicalResult checkLayer(LayerOp layer);
  /// Checks that no fill is for blocks that none of the checked MLPs has.
  LogicalResult checkFillsAreUsed();

private:
  LogicalResult checkZeroSide(LayerOp layer, MLPOp mlp);
  LogicalResult checkLive(LayerOp layer, MLPOp mlp, ArrayRef<NewBlock> blocks);

  ExpandMLPOp op;
  Model &model;
};
} // namespace

LogicalResult Checker::checkZeroSide(LayerOp layer, MLPOp mlp) {
  if (op.getZero() == MLPZeroSide::Gate && !mlp.getGate()) {
    InFlightDiagnostic diag = refuse(layer) << " by 'zero gate'";
    diag.attachNote(mlp.getLoc())
        << "it has no gate; use 'zero down' or 'zero up'";
    return diag;
  }
  int64_t count = op.getSize() - mlp.getWidth();
  if (op.getZero() == MLPZeroSide::Pair && count % 2 != 0) {
    InFlightDiagnostic diag = refuse(layer) << " by 'zero pair'";
    diag.attachNote(mlp.getLoc())
        << "it has " << mlp.getWidth() << " units, and the " << count
        << " new ones do not come in pairs; use a size one larger or smaller";
    return diag;
  }
  // The derivation names each unit that a second one is a copy of.
  constexpr int64_t kMostPairedUnits = 1 << 24;
  if (op.getZero() == MLPZeroSide::Pair && count > kMostPairedUnits) {
    InFlightDiagnostic diag = refuse(layer) << " by 'zero pair'";
    diag.attachNote(mlp.getLoc())
        << "it would gain " << count << " units, but pairs have at most "
        << kMostPairedUnits << "; use a smaller size or 'zero down'";
    return diag;
  }
  return success();
}

LogicalResult Checker::checkLive(LayerOp layer, MLPOp mlp,
                                 ArrayRef<NewBlock> blocks) {
  if (op.getAllowDead())
    return success();
  MLPUnits units = getUnits(mlp, blocks);
  bool isPair = op.getZero() == MLPZeroSide::Pair;
  if (isPair && units.down == Known::Zero) {
    InFlightDiagnostic diag = op.emitOpError() << "would add pairs of units to "
                                               << model.describe(layer)
                                               << " that stay equal forever";
    diag.attachNote(mlp.getLoc())
        << "the new rows of 'down' are zero and not opposite; give 'down_init' "
           "a fill that is not zero, or ask for this with 'allow_dead'";
    return diag;
  }
  if (units.isLive())
    return success();

  SmallVector<StringRef, 3> zeros;
  if (units.gate && *units.gate == Known::Zero)
    zeros.push_back("gate");
  if (units.up == Known::Zero)
    zeros.push_back("up");
  if (units.down == Known::Zero)
    zeros.push_back("down");
  if (zeros.size() > 1)
    return refuseDead(layer, mlp, "add units to", zeros);

  InFlightDiagnostic diag = op.emitOpError()
                            << "would add units to " << model.describe(layer)
                            << " that never receive a gradient";
  StringRef activated = units.gate ? "gate" : "up";
  diag.attachNote(mlp.getLoc())
      << "'relu' of '" << activated
      << "' is zero in the new units, and so is its derivative; use 'zero "
      << (units.gate ? "up" : "down") << "' and a fill for '" << activated
      << "' that is not zero, or ask for this with 'allow_dead'";
  return diag;
}

LogicalResult Checker::checkLayer(LayerOp layer) {
  FailureOr<MLPOp> mlp = find<MLPOp>(layer);
  if (failed(mlp) ||
      failed(checkGrows(layer, *mlp, mlp->getWidth(), op.getSize(), "units")) ||
      failed(checkZeroSide(layer, *mlp)))
    return failure();
  SmallVector<NewBlock> blocks = getBlocks(op, *mlp);
  if (failed(checkBlocks(layer, blocks, op.getSize() - mlp->getWidth())))
    return failure();
  return checkLive(layer, *mlp, blocks);
}

LogicalResult Checker::checkFillsAreUsed() {
  auto isGate = [](const NewBlock &block) { return block.getName() == "gate"; };
  if (op.getGateInit() && llvm::none_of(getChecked(), isGate))
    return op.emitOpError() << "has a 'gate_init', but no selected layer has a "
                               "gate; leave it out";
  return LayerExpansion::checkFillsAreUsed();
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// Appends pairs of slices: the second half copies of the first, the rows of
/// `down` with the opposite sign.
static void appendPairs(Model &model, ArrayRef<NewBlock> blocks, int64_t width,
                        int64_t count) {
  int64_t half = count / 2;
  for (const NewBlock &block : blocks) {
    ParamOp param = model.getParam(block.operand->get());
    if (block.fill.isZero()) {
      model.extend(param, block.axis, width, count, block.fill);
      continue;
    }
    model.extend(param, block.axis, width, half, block.fill);
    auto first = llvm::to_vector(llvm::seq(width, width + half));
    Exact factor(block.getName() == "down" ? -1 : 1);
    model.extend(
        param, block.axis, width + half, half,
        CopyAttr::get(param.getContext(),
                      DenseI64ArrayAttr::get(param.getContext(), first),
                      factor));
  }
}

namespace {
struct ExpandMLPModel
    : public ExpansionOpInterface::ExternalModel<ExpandMLPModel, ExpandMLPOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return checkLayers<Checker>(cast<ExpandMLPOp>(op), model);
  }

  void apply(Operation *op, Model &model) const {
    auto expand = cast<ExpandMLPOp>(op);
    auto size = static_cast<int64_t>(expand.getSize());
    SmallVector<LayerOp> layers = *model.selectLayers(op, expand.getLayers());
    SmallVector<SizeChange> changes;
    for (LayerOp layer : layers) {
      MLPOp mlp = getOps<MLPOp>(layer).front();
      int64_t width = mlp.getWidth();
      SmallVector<NewBlock> blocks = getBlocks(expand, mlp);
      if (expand.getZero() == MLPZeroSide::Pair)
        appendPairs(model, blocks, width, size - width);
      else
        extend(model, blocks, NewSlices::append(width, size - width));
      changes.push_back({width, size});
    }
    reportSizes(op, model, "ExpandMLP", "hidden units", "new-units", changes);
  }
};
} // namespace

void grow::detail::attachExpandMLP(MLIRContext *context) {
  ExpandMLPOp::attachInterface<ExpandMLPModel>(*context);
}
