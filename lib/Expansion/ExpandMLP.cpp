//===- ExpandMLP.cpp - Widen the hidden dimension of the MLP --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansions.h"
#include "Liveness.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "mlir/IR/Remarks.h"
#include "llvm/Support/InterleavedRange.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

//===----------------------------------------------------------------------===//
// The blocks of new units
//===----------------------------------------------------------------------===//

namespace {
/// A parameter of an MLP that gains slices, and what fills them.
struct NewBlock {
  StringRef name;
  OpOperand *operand;
  int64_t axis;
  FillAttrInterface fill;
  /// Multiplies the block in the second unit of a pair.
  int64_t pairFactor = 1;
};
} // namespace

/// What fills a weight: nothing but zeros on the zero side, else its own fill,
/// else the common one.
static FillAttrInterface getWeightFill(ExpandMLPOp op, MLPZeroSide side,
                                       FillAttrInterface own) {
  if (op.getZero() == side)
    return ZeroAttr::get(op.getContext());
  if (own)
    return own;
  return op.getInit() ? op.getInitAttr() : getDefaultInit(op.getContext());
}

static FillAttrInterface getBiasFill(ExpandMLPOp op, MLPZeroSide side) {
  if (op.getZero() == side || !op.getBiasInitAttr())
    return ZeroAttr::get(op.getContext());
  return op.getBiasInitAttr();
}

static SmallVector<NewBlock, 5> getBlocks(ExpandMLPOp op, MLPOp mlp) {
  FillAttrInterface up = getWeightFill(op, MLPZeroSide::Up, op.getUpInitAttr());
  FillAttrInterface gate =
      getWeightFill(op, MLPZeroSide::Gate, op.getGateInitAttr());
  FillAttrInterface down =
      getWeightFill(op, MLPZeroSide::Down, op.getDownInitAttr());
  SmallVector<NewBlock, 5> blocks;
  auto add = [&](StringRef name, MutableOperandRange range, int64_t axis,
                 FillAttrInterface fill) {
    for (OpOperand &operand : range)
      blocks.push_back({name, &operand, axis, fill});
  };
  blocks.push_back({"up", &mlp.getUpMutable(), 1, up});
  add("up_bias", mlp.getUpBiasMutable(), 0, getBiasFill(op, MLPZeroSide::Up));
  add("gate", mlp.getGateMutable(), 1, gate);
  add("gate_bias", mlp.getGateBiasMutable(), 0,
      getBiasFill(op, MLPZeroSide::Gate));
  blocks.push_back({"down", &mlp.getDownMutable(), 0, down, -1});
  return blocks;
}

/// What is known of a block; zero if the MLP has none of that name.
static Known getKnown(ArrayRef<NewBlock> blocks, StringRef name) {
  const NewBlock *block =
      llvm::find_if(blocks, [&](const NewBlock &b) { return b.name == name; });
  return block == blocks.end() ? Known::Zero
                               : grow::detail::getKnown(block->fill);
}

static MLPUnits getUnits(MLPOp mlp, ArrayRef<NewBlock> blocks) {
  auto project = [&](StringRef weight, StringRef bias) {
    return getProjection(/*inputIsZero=*/false, getKnown(blocks, weight),
                         getKnown(blocks, bias));
  };
  MLPUnits units;
  units.activation = mlp.getActivation();
  if (mlp.getGate())
    units.gate = project("gate", "gate_bias");
  units.up = project("up", "up_bias");
  units.down = getKnown(blocks, "down");
  return units;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// The checks of one expansion on one model.
class Checker {
public:
  Checker(ExpandMLPOp op, Model &model) : op(op), model(model) {}

  LogicalResult checkLayer(LayerOp layer);
  /// Checks that no fill is for blocks that no selected MLP has.
  LogicalResult checkFillsAreUsed(ArrayRef<LayerOp> layers);

private:
  InFlightDiagnostic refuse(LayerOp layer) {
    return op.emitOpError()
           << "cannot widen the MLP of " << model.describe(layer);
  }
  FailureOr<MLPOp> findMLP(LayerOp layer);
  LogicalResult checkSize(LayerOp layer, MLPOp mlp);
  LogicalResult checkZeroSide(LayerOp layer, MLPOp mlp);
  LogicalResult checkLive(LayerOp layer, MLPOp mlp, ArrayRef<NewBlock> blocks);

  ExpandMLPOp op;
  Model &model;
};
} // namespace

static SmallVector<MLPOp> getMLPs(LayerOp layer) {
  SmallVector<MLPOp> mlps;
  layer.walk([&](MLPOp mlp) { mlps.push_back(mlp); });
  return mlps;
}

FailureOr<MLPOp> Checker::findMLP(LayerOp layer) {
  SmallVector<MLPOp> mlps = getMLPs(layer);
  if (mlps.size() == 1)
    return mlps.front();
  InFlightDiagnostic diag = refuse(layer);
  if (mlps.empty())
    diag.attachNote(layer.getLoc())
        << "it has no 'grow.mlp'; leave it out of 'layers'";
  for (MLPOp mlp : mlps)
    diag.attachNote(mlp.getLoc())
        << "it has " << mlps.size() << " MLPs, and one is here";
  return diag;
}

LogicalResult Checker::checkSize(LayerOp layer, MLPOp mlp) {
  int64_t width = mlp.getWidth(), size = op.getSize();
  if (width < size)
    return success();
  InFlightDiagnostic diag = refuse(layer) << " to " << size << " units";
  diag.attachNote(mlp.getLoc()) << "it already has " << width;
  return diag;
}

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

  InFlightDiagnostic diag = op.emitOpError()
                            << "would add units to " << model.describe(layer)
                            << " that never receive a gradient";
  SmallVector<StringRef, 3> zeros;
  if (units.gate && *units.gate == Known::Zero)
    zeros.push_back("'gate'");
  if (units.up == Known::Zero)
    zeros.push_back("'up'");
  if (units.down == Known::Zero)
    zeros.push_back("'down'");
  if (zeros.size() > 1) {
    diag.attachNote(mlp.getLoc())
        << llvm::formatv("{0:$[ and ]}",
                         llvm::make_range(zeros.begin(), zeros.end()))
               .str()
        << " of the new units are zero; let only the zero side be, by fills "
           "that are not zero, or ask for this with 'allow_dead'";
    return diag;
  }
  StringRef activated = units.gate ? "gate" : "up";
  diag.attachNote(mlp.getLoc())
      << "'relu' of '" << activated
      << "' is zero in the new units, and so is its derivative; use 'zero "
      << (units.gate ? "up" : "down") << "' and a fill for '" << activated
      << "' that is not zero, or ask for this with 'allow_dead'";
  return diag;
}

LogicalResult Checker::checkLayer(LayerOp layer) {
  FailureOr<MLPOp> mlp = findMLP(layer);
  if (failed(mlp) || failed(checkSize(layer, *mlp)) ||
      failed(checkZeroSide(layer, *mlp)))
    return failure();
  SmallVector<NewBlock, 5> blocks = getBlocks(op, *mlp);
  for (const NewBlock &block : blocks)
    if (failed(model.checkOwnParameter(*block.operand, block.name,
                                       [&] { return refuse(layer); })))
      return failure();
  return checkLive(layer, *mlp, blocks);
}

LogicalResult Checker::checkFillsAreUsed(ArrayRef<LayerOp> layers) {
  auto isAny = [&](function_ref<bool(MLPOp)> predicate) {
    return llvm::any_of(layers, [&](LayerOp layer) {
      return predicate(getMLPs(layer).front());
    });
  };
  if (op.getGateInit() && !isAny([](MLPOp mlp) { return bool(mlp.getGate()); }))
    return op.emitOpError() << "has a 'gate_init', but no selected layer has a "
                               "gate; leave it out";
  if (op.getBiasInit() && !isAny([&](MLPOp mlp) {
        return (mlp.getUpBias() && op.getZero() != MLPZeroSide::Up) ||
               (mlp.getGateBias() && op.getZero() != MLPZeroSide::Gate);
      }))
    return op.emitOpError() << "has a 'bias_init', but no selected layer has a "
                               "bias that it may fill; leave it out";
  return success();
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// Appends `count` slices to the block's parameter. Of a pair's slices the
/// second half are copies of the first.
static void appendSlices(Model &model, const NewBlock &block, int64_t count,
                         bool inPairs) {
  ParamOp param = model.getParam(block.operand->get());
  int64_t size = param.getTensorType().getDimSize(block.axis);
  if (!inPairs || block.fill.isZero())
    return model.extend(param, block.axis, size, count, block.fill);
  int64_t half = count / 2;
  model.extend(param, block.axis, size, half, block.fill);
  auto first = llvm::to_vector(llvm::seq(size, size + half));
  model.extend(param, block.axis, size + half, half,
               CopyAttr::get(param.getContext(),
                             DenseI64ArrayAttr::get(param.getContext(), first),
                             Exact(block.pairFactor)));
}

namespace {
struct ExpandMLPModel
    : public ExpansionOpInterface::ExternalModel<ExpandMLPModel, ExpandMLPOp> {
  LogicalResult check(Operation *op, Model &model) const {
    auto expand = cast<ExpandMLPOp>(op);
    auto layers = model.selectLayers(op, expand.getLayers());
    if (failed(layers))
      return failure();
    Checker checker(expand, model);
    for (LayerOp layer : *layers)
      if (failed(checker.checkLayer(layer)))
        return failure();
    return checker.checkFillsAreUsed(*layers);
  }

  void apply(Operation *op, Model &model) const {
    auto expand = cast<ExpandMLPOp>(op);
    auto layers = *model.selectLayers(op, expand.getLayers());
    SmallVector<int64_t> widths;
    for (LayerOp layer : layers) {
      MLPOp mlp = getMLPs(layer).front();
      int64_t width = mlp.getWidth();
      for (const NewBlock &block : getBlocks(expand, mlp))
        appendSlices(model, block, expand.getSize() - width,
                     expand.getZero() == MLPZeroSide::Pair);
      widths.push_back(width);
    }
    report(expand, model, widths);
  }

private:
  static void report(ExpandMLPOp op, Model &model, ArrayRef<int64_t> widths) {
    int64_t newUnits = 0;
    for (int64_t width : widths)
      newUnits += op.getSize() - width;
    llvm::SmallSetVector<int64_t, 4> sizes(widths.begin(), widths.end());
    std::string from = llvm::formatv("{0}", llvm::interleaved(sizes));
    model.onSuccess(
        [=, loc = op.getLoc(), size = op.getSize(), layers = widths.size()] {
          remark::passed(loc,
                         remark::RemarkOpts::name("ExpandMLP").category("grow"))
              << remark::reason("{0} -> {1} hidden units", from, size)
              << remark::metric("layers", layers)
              << remark::metric("new-units", newUnits);
        });
  }
};
} // namespace

void grow::detail::attachExpandMLP(MLIRContext *context) {
  ExpandMLPOp::attachInterface<ExpandMLPModel>(*context);
}
