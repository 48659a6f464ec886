//===- AddLayers.cpp - Insert layers that compute the identity ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "grow/Support/Remarks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

//===----------------------------------------------------------------------===//
// The residual structure of a layer
//===----------------------------------------------------------------------===//

namespace {
/// What a layer yields, as a sum: the terms that are not sums themselves, and
/// how often the layer's input is one of them. A scaled sum is a sum of scaled
/// terms; a branch ends in the op that is scaled, zero times any factor being
/// zero.
class ResidualSum {
public:
  explicit ResidualSum(LayerOp layer) : stream(layer.getStream()) {
    streamCount = collect(layer.getYielded());
  }

  ArrayRef<Value> getBranches() const { return branches.getArrayRef(); }
  /// 0, 1, or 2 for more.
  unsigned getStreamCount() const { return streamCount; }

private:
  unsigned collect(Value value);
  unsigned collectScaled(ScaleOp scale);

  Value stream;
  SetVector<Value> branches;
  unsigned streamCount;
  /// Sums may share terms; each is looked at once.
  llvm::DenseMap<Value, unsigned> counts;
};
} // namespace

unsigned ResidualSum::collect(Value value) {
  if (value == stream)
    return 1;
  if (auto it = counts.find(value); it != counts.end())
    return it->second;
  unsigned count = 0;
  if (auto sum = value.getDefiningOp<arith::AddFOp>())
    count = std::min(2u, collect(sum.getLhs()) + collect(sum.getRhs()));
  else if (auto scale = value.getDefiningOp<ScaleOp>())
    count = collectScaled(scale);
  else
    branches.insert(value);
  counts[value] = count;
  return count;
}

/// A scaled stream is not the stream, but a branch that nothing makes zero. So
/// is what is scaled about another number than zero.
unsigned ResidualSum::collectScaled(ScaleOp scale) {
  if (scale.getAbout() || collect(scale.getX()) != 0)
    branches.insert(scale);
  return 0;
}

/// Whether the stream itself, and not only a branch read from it, goes through
/// sums, scales and norms into `value`.
static bool carriesStream(Value value, Value stream) {
  SetVector<Value> carriers;
  carriers.insert(value);
  for (size_t i = 0; i < carriers.size(); ++i) {
    if (carriers[i] == stream)
      return true;
    Operation *op = carriers[i].getDefiningOp();
    if (isa_and_nonnull<arith::AddFOp>(op))
      carriers.insert_range(op->getOperands());
    else if (isa_and_nonnull<RMSNormOp, LayerNormOp, ScaleOp>(op))
      carriers.insert(op->getOperand(0));
  }
  return false;
}

/// The operands that make the branches of a copy of the layer zero.
static llvm::DenseMap<OpOperand *, FillAttrInterface>
getZeroingFills(LayerOp layer) {
  llvm::DenseMap<OpOperand *, FillAttrInterface> fills;
  ResidualSum sum(layer);
  for (Value branch : sum.getBranches())
    for (auto [operand, fill] :
         branch.getDefiningOp<ZeroableOpInterface>().getZeroingFills())
      fills[operand] = fill;
  return fills;
}

//===----------------------------------------------------------------------===//
// What new parameters start as
//===----------------------------------------------------------------------===//

/// What a parameter starts as in a layer from nothing, by its role in the op
/// that uses it. Null if the op does not say what its parameters are.
static FillAttrInterface getInitialFill(AddLayersOp op, OpOperand &use) {
  MLIRContext *context = op.getContext();
  auto user = dyn_cast<ParameterizedOpInterface>(use.getOwner());
  if (!user)
    return {};
  for (auto [i, role] : llvm::enumerate(user.getParamRoles())) {
    if (user.getParamOperand(i) != &use)
      continue;
    switch (role.kind) {
    case ParamKind::Weight:
      return op.getInitAttr() ? op.getInitAttr() : getDefaultInit(context);
    case ParamKind::Bias:
      return op.getBiasInitAttr() ? op.getBiasInitAttr()
                                  : ZeroAttr::get(context);
    case ParamKind::Gain:
      return getUnitGain(use);
    case ParamKind::Shift:
      return ZeroAttr::get(context);
    }
  }
  return {};
}

namespace {
/// What the parameters of a copy of a layer are: a fill, or null for a copy of
/// the layer's own.
class LayerPlan {
public:
  LayerPlan(AddLayersOp op, Model &model, LayerOp neighbour);

  FillAttrInterface getFill(ParamOp original) const {
    return fills.lookup(original);
  }
  /// What is known of the new layer's value of the parameter that `value`
  /// reads in the neighbour.
  Known getKnown(Value value) const;
  /// A use that does not say what the parameter should start as, if any.
  OpOperand *getUnknownUse() const { return unknownUse; }

private:
  Model &model;
  llvm::DenseMap<ParamOp, FillAttrInterface> fills;
  OpOperand *unknownUse = nullptr;
};
} // namespace

LayerPlan::LayerPlan(AddLayersOp op, Model &model, LayerOp neighbour)
    : model(model) {
  auto zeroing = getZeroingFills(neighbour);
  neighbour.walk([&](GetOp get) {
    FillAttrInterface &fill = fills[model.getParam(get)];
    for (OpOperand &use : get->getUses()) {
      if (auto it = zeroing.find(&use); it != zeroing.end()) {
        fill = it->second;
      } else if (op.getFrom() == LayerOrigin::Random && !fill) {
        fill = getInitialFill(op, use);
        if (!fill)
          unknownUse = &use;
      }
    }
  });
}

Known LayerPlan::getKnown(Value value) const {
  ParamOp param = model.getParam(value);
  if (!param)
    return Known::Nothing;
  if (FillAttrInterface fill = getFill(param))
    return grow::detail::getKnown(fill);
  return param.isDerived() ? grow::detail::getKnown(param.getDerivedValue())
                           : Known::Nothing;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// The layer that a new layer at `position` is modelled on.
static LayerOp getNeighbour(AddLayersOp op, ArrayRef<LayerOp> layers,
                            int64_t position) {
  int64_t last = static_cast<int64_t>(layers.size()) - 1;
  int64_t number = op.getFrom() == LayerOrigin::Next ? position : position - 1;
  return layers[std::clamp<int64_t>(number, 0, last)];
}

namespace {
/// The checks of one expansion on one model.
class Checker {
public:
  Checker(AddLayersOp op, Model &model) : op(op), model(model) {}

  LogicalResult checkPositions();
  LogicalResult checkStream(int64_t position);
  LogicalResult checkNeighbour(LayerOp layer);

private:
  InFlightDiagnostic refuse(LayerOp layer) {
    return op.emitOpError()
           << "cannot insert a layer like " << model.describe(layer);
  }
  LogicalResult checkResidual(LayerOp layer);
  LogicalResult checkBranches(LayerOp layer, ArrayRef<Value> branches);
  LogicalResult checkParams(LayerOp layer);
  LogicalResult checkParam(LayerOp layer, ParamOp param);
  LogicalResult checkStart(LayerOp layer);
  StringRef getMendForDead();

  AddLayersOp op;
  Model &model;
};
} // namespace

LogicalResult Checker::checkPositions() {
  if (model.getLayers().empty())
    return model.selectLayers(op, std::nullopt);
  int64_t count = model.getLayers().size(), last = op.getPositions().back();
  if (last <= count)
    return success();
  InFlightDiagnostic diag = op.emitOpError()
                            << "expects positions between 0 and " << count
                            << ", but found " << last;
  diag.attachNote(model.getFunction().getLoc())
      << "layers of the model at this point: " << count;
  return diag;
}

/// The new layer must fit between its neighbours: the stream may change its
/// type between layers.
LogicalResult Checker::checkStream(int64_t position) {
  ArrayRef<LayerOp> layers = model.getLayers();
  LayerOp neighbour = getNeighbour(op, layers, position);
  bool appends = position == static_cast<int64_t>(layers.size());
  LayerOp last = layers.back();
  Type found =
      appends ? last.getType() : layers[position]->getOperand(0).getType();
  if (found == neighbour.getType())
    return success();
  InFlightDiagnostic diag = refuse(neighbour)
                            << " before " << model.describe(layers[position]);
  diag.attachNote(neighbour.getLoc())
      << "its stream is " << neighbour.getType() << ", not " << found
      << "; use the other neighbour";
  return diag;
}

LogicalResult Checker::checkResidual(LayerOp layer) {
  ResidualSum sum(layer);
  if (sum.getStreamCount() == 1)
    return checkBranches(layer, sum.getBranches());
  InFlightDiagnostic diag = refuse(layer)
                            << ": it does not yield its input plus branches";
  if (sum.getStreamCount() > 1) {
    diag.attachNote(layer.getLoc()) << "it adds its input more than once";
    return diag;
  }
  for (Value term : sum.getBranches()) {
    if (term.getDefiningOp<ScaleOp>() && carriesStream(term, layer.getStream()))
      diag.attachNote(term.getLoc())
          << "its stream is scaled here, which changes it in every layer";
    else if (carriesStream(term, layer.getStream()))
      diag.attachNote(term.getLoc())
          << "its stream passes through this norm, which is the identity for "
             "no choice of parameters; grow a post-norm model in width";
    else
      diag.attachNote(term.getLoc())
          << "it yields this without adding its input";
  }
  return diag;
}

LogicalResult Checker::checkBranches(LayerOp layer, ArrayRef<Value> branches) {
  for (Value branch : branches) {
    auto end = branch.getDefiningOp<ZeroableOpInterface>();
    if (!end) {
      InFlightDiagnostic diag = refuse(layer)
                                << ": a branch cannot be made zero";
      diag.attachNote(branch.getLoc())
          << "it ends here, in "
          << (branch.getDefiningOp() ? "an op that does not implement "
                                       "ZeroableOpInterface"
                                     : "another input of the layer");
      return diag;
    }
    for (auto [operand, fill] : end.getZeroingFills()) {
      if (model.getParam(operand->get()))
        continue;
      InFlightDiagnostic diag = refuse(layer)
                                << ": a branch cannot be made zero";
      diag.attachNote(end.getLoc())
          << "its operand " << operand->getOperandNumber()
          << " is not a parameter that the layer reads with 'grow.get'";
      return diag;
    }
  }
  return success();
}

LogicalResult Checker::checkParam(LayerOp layer, ParamOp param) {
  for (GetOp reader : model.getReaders(param)) {
    if (layer->isProperAncestor(reader))
      continue;
    InFlightDiagnostic diag = refuse(layer) << ": it shares parameter @"
                                            << param.getSymName();
    diag.attachNote(reader.getLoc())
        << "it is also read here; give the layer a parameter of its own";
    return diag;
  }
  StorageAttr storage = param.getStorageAttr();
  if (!storage || storage.getName().getValue().contains("{layer}"))
    return success();
  InFlightDiagnostic diag = refuse(layer)
                            << ": its copy would be stored in the same place";
  diag.attachNote(param.getLoc())
      << "the storage of @" << param.getSymName()
      << " does not depend on the layer; put {layer} into its name";
  return diag;
}

LogicalResult Checker::checkParams(LayerOp layer) {
  return failure(layer
                     .walk([&](GetOp get) -> WalkResult {
                       return checkParam(layer, model.getParam(get));
                     })
                     .wasInterrupted());
}

StringRef Checker::getMendForDead() {
  if (op.getFrom() != LayerOrigin::Random)
    return "use 'from random'";
  if (op.getInitAttr() && op.getInitAttr().isZero())
    return "give 'init' a fill that is not zero";
  return "use for nothing else in the layer what makes this zero";
}

/// Checks that the new layer has a start and can leave it.
LogicalResult Checker::checkStart(LayerOp layer) {
  LayerPlan plan(op, model, layer);
  if (OpOperand *use = plan.getUnknownUse()) {
    InFlightDiagnostic diag = refuse(layer)
                              << " from nothing; use 'from previous'";
    diag.attachNote(use->getOwner()->getLoc())
        << "nothing is known about what operand " << use->getOperandNumber()
        << " of this op should start as";
    return diag;
  }
  if (op.getAllowDead())
    return success();
  ResidualSum sum(layer);
  for (Value branch : sum.getBranches()) {
    if (isLiveBranch(branch.getDefiningOp(),
                     [&](Value value) { return plan.getKnown(value); }))
      continue;
    InFlightDiagnostic diag =
        op.emitOpError() << "would insert a layer like "
                         << model.describe(layer)
                         << " with a branch that never receives a gradient";
    diag.attachNote(branch.getLoc())
        << "only zeros would reach what makes this zero; " << getMendForDead()
        << ", or ask for this with 'allow_dead'";
    return diag;
  }
  return success();
}

LogicalResult Checker::checkNeighbour(LayerOp layer) {
  if (failed(checkResidual(layer)) || failed(checkParams(layer)))
    return failure();
  return checkStart(layer);
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

namespace {
struct AddLayersModel
    : public ExpansionOpInterface::ExternalModel<AddLayersModel, AddLayersOp> {
  LogicalResult check(Operation *op, Model &model) const {
    auto add = cast<AddLayersOp>(op);
    Checker checker(add, model);
    if (failed(checker.checkPositions()))
      return failure();
    for (int64_t position : add.getPositions())
      if (failed(checker.checkStream(position)) ||
          failed(checker.checkNeighbour(
              getNeighbour(add, model.getLayers(), position))))
        return failure();
    return success();
  }

  void apply(Operation *op, Model &model) const {
    auto add = cast<AddLayersOp>(op);
    // Positions and neighbours are those of the model as it is now.
    SmallVector<LayerOp> layers(model.getLayers());
    for (auto [inserted, position] : llvm::enumerate(add.getPositions())) {
      LayerOp neighbour = getNeighbour(add, layers, position);
      LayerPlan plan(add, model, neighbour);
      model.insertLayer(position + inserted, neighbour,
                        [&](ParamOp param, ParamOp original) {
                          if (FillAttrInterface fill = plan.getFill(original))
                            model.deriveFrom(param, fill);
                          else
                            model.deriveFrom(param, original);
                        });
    }
    model.onSuccess([loc = op->getLoc(), before = layers.size(),
                     count = add.getPositions().size()] {
      reportPassed(loc, "AddLayers")
          << remark::reason("{0} -> {1} layers", before, before + count)
          << remark::metric("new-layers", count);
    });
  }
};
} // namespace

void grow::detail::attachAddLayers(MLIRContext *context) {
  AddLayersOp::attachInterface<AddLayersModel>(*context);
}
