//===- Model.cpp - A model as an expansion sees it ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Model.h"
#include "grow/IR/KeyedFill.h"
#include "grow/IR/ModelPair.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Finding the model
//===----------------------------------------------------------------------===//

FailureOr<Model> Model::get(ModuleOp module) {
  FailureOr<FunctionOpInterface> function = findModelFunction(module);
  if (failed(function))
    return failure();
  Model model(module);
  model.function = *function;
  function->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto layer = dyn_cast<LayerOp>(op))
      model.layers.push_back(layer);
    else if (auto get = dyn_cast<GetOp>(op))
      model.readers[model.symbols.lookup(get.getParam())].push_back(get);
  });
  for (LayerOp layer : model.layers) {
    if (layer->getBlock() == model.layers.front()->getBlock())
      continue;
    InFlightDiagnostic diag = layer.emitOpError()
                              << "expects all layers of a model in one block";
    diag.attachNote(model.layers.front().getLoc())
        << "the first layer is in another";
    return diag;
  }
  return model;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

int64_t Model::getNumber(LayerOp layer) const {
  return llvm::find(layers, layer) - layers.begin();
}

std::string Model::describe(LayerOp layer) const {
  return llvm::formatv("layer {0} (\"{1}\")", getNumber(layer),
                       layer.getName());
}

FailureOr<SmallVector<LayerOp>>
Model::selectLayers(Operation *expansion,
                    std::optional<ArrayRef<int64_t>> numbers) const {
  int64_t count = layers.size();
  auto emitError = [&]() -> InFlightDiagnostic {
    InFlightDiagnostic diag = expansion->emitOpError();
    diag.attachNote(function->getLoc())
        << "layers of the model at this point: " << count;
    return diag;
  };
  if (count == 0)
    return emitError() << "has no layer to apply to";
  if (!numbers)
    return SmallVector<LayerOp>(layers);
  SmallVector<LayerOp> selected;
  for (int64_t number : *numbers) {
    if (number >= count)
      return emitError() << "expects numbers of layers between 0 and "
                         << count - 1 << ", but found " << number;
    selected.push_back(layers[number]);
  }
  return selected;
}

SetVector<ParamOp> Model::getParams(LayerOp layer) const {
  SetVector<ParamOp> params;
  layer.walk([&](GetOp get) { params.insert(getParam(get)); });
  return params;
}

/// Whether the source model has this parameter, too.
static bool isSourceParam(ParamOp param) {
  return !param.isDerived() ||
         llvm::any_of(param.getDerivation().getOps<SourceOp>(),
                      [&](SourceOp source) {
                        return source.getName() == param.getSymName();
                      });
}

bool Model::isSourceLayer(LayerOp layer) const {
  SetVector<ParamOp> params = getParams(layer);
  return params.empty() || llvm::any_of(params, isSourceParam);
}

std::string Model::getFreshLayerName(int64_t number) const {
  int64_t place =
      llvm::count_if(ArrayRef(layers).take_front(number),
                     [&](LayerOp layer) { return isSourceLayer(layer); });
  auto isTaken = [&](StringRef name) {
    auto inLayer = [&](StringRef symbol) {
      return symbol.consume_front(name) && symbol.starts_with(".");
    };
    return llvm::any_of(layers,
                        [&](LayerOp op) { return op.getName() == name; }) ||
           llvm::any_of(getModule().getOps<ParamOp>(),
                        [&](ParamOp op) { return inLayer(op.getSymName()); });
  };
  for (int64_t copy = 0;; ++copy) {
    std::string name = llvm::formatv("new.{0}.{1}", place, copy);
    if (!isTaken(name))
      return name;
  }
}

/// Where to define the parameters of a layer: before those of the layer that
/// follows it, or after those of the layer that precedes it.
static Block::iterator getPlaceForParams(ArrayRef<ParamOp> anchors,
                                         bool after) {
  auto isBefore = [](ParamOp a, ParamOp b) { return a->isBeforeInBlock(b); };
  if (after)
    return std::next((*llvm::max_element(anchors, isBefore))->getIterator());
  return (*llvm::min_element(anchors, isBefore))->getIterator();
}

LayerOp Model::insertLayer(
    int64_t number, LayerOp neighbour,
    function_ref<void(ParamOp parameter, ParamOp original)> derive) {
  bool appends = number == static_cast<int64_t>(layers.size());
  LayerOp anchor = appends ? layers.back() : layers[number];
  std::string name = getFreshLayerName(number);

  OpBuilder builder(anchor);
  if (appends)
    builder.setInsertionPointAfter(anchor);
  auto layer = cast<LayerOp>(builder.clone(*neighbour));
  layer.setName(name);
  if (appends) {
    layer->setOperand(0, anchor.getResult());
    anchor.getResult().replaceAllUsesExcept(layer.getResult(), layer);
  } else {
    layer->setOperand(0, anchor.getInputs().front());
    anchor->setOperand(0, layer.getResult());
  }

  SetVector<ParamOp> anchors = getParams(anchor),
                     originals = getParams(neighbour);
  if (anchors.empty())
    anchors = originals;
  if (!anchors.empty())
    builder.setInsertionPoint(
        anchors.front()->getBlock(),
        getPlaceForParams(anchors.getArrayRef(), appends));
  llvm::DenseMap<ParamOp, ParamOp> copies;
  for (ParamOp original : originals) {
    auto copy = cast<ParamOp>(builder.cloneWithoutRegions(*original));
    StringRef suffix = original.getSymName();
    if (!suffix.consume_front((neighbour.getName() + ".").str()))
      suffix = original.getSymName();
    copy.setSymName((Twine(name) + "." + suffix).str());
    symbols.insert(copy); // renames it if it must
    derive(copy, original);
    copies[original] = copy;
  }
  layer.walk([&](GetOp get) {
    ParamOp copy = copies[getParam(get)];
    get.setParam(copy.getSymName());
    readers[copy].push_back(get);
  });
  layers.insert(layers.begin() + number, layer);
  return layer;
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

ParamOp Model::getParam(Value value) const {
  auto get = value.getDefiningOp<GetOp>();
  return get ? symbols.lookup<ParamOp>(get.getParam()) : ParamOp();
}

ArrayRef<GetOp> Model::getReaders(ParamOp param) const {
  auto it = readers.find(param);
  return it == readers.end() ? ArrayRef<GetOp>() : it->second;
}

LogicalResult
Model::checkOwnParameter(OpOperand &operand, StringRef name,
                         function_ref<InFlightDiagnostic()> emitError) const {
  ParamOp param = getParam(operand.get());
  if (!param) {
    InFlightDiagnostic diag = emitError();
    diag.attachNote(operand.getOwner()->getLoc())
        << "its '" << name
        << "' is not a parameter that the layer reads with 'grow.get'";
    return diag;
  }
  for (GetOp reader : getReaders(param)) {
    for (OpOperand &use : reader->getUses()) {
      if (&use == &operand)
        continue;
      InFlightDiagnostic diag = emitError();
      diag.attachNote(use.getOwner()->getLoc())
          << "its '" << name << "' is " << reader.getParamAttr()
          << ", which is also used here; give it a parameter of its own";
      return diag;
    }
  }
  return success();
}

/// The end of a parameter's derivation. An unchanged parameter gets a
/// derivation that says so.
static YieldOp getDerivationEnd(ParamOp param) {
  if (!param.isDerived()) {
    auto builder = OpBuilder::atBlockEnd(&param.getDerivation().emplaceBlock());
    Value source = SourceOp::create(builder, param.getLoc(), param.getType(),
                                    param.getSymName());
    YieldOp::create(builder, param.getLoc(), source);
  }
  return cast<YieldOp>(param.getDerivation().front().getTerminator());
}

void Model::setDerivedValue(ParamOp param, Value value) {
  getDerivationEnd(param).getValueMutable().assign(value);
  auto type = cast<RankedTensorType>(value.getType());
  param.setType(type);
  for (GetOp reader : getReaders(param))
    reader.getResult().setType(type);
}

void Model::extend(ParamOp param, int64_t axis, ArrayRef<int64_t> positions,
                   ArrayRef<int64_t> sizes, FillAttrInterface fill) {
  YieldOp end = getDerivationEnd(param);
  OpBuilder builder(end);
  setDerivedValue(param, ExtendOp::create(builder, param.getLoc(),
                                          end.getValue(), axis, positions,
                                          sizes, fill, /*key=*/Value(),
                                          /*order=*/DenseI64ArrayAttr()));
}

void Model::scale(ParamOp param, const Exact &factor,
                  std::optional<Exact> about) {
  YieldOp end = getDerivationEnd(param);
  OpBuilder builder(end);
  setDerivedValue(
      param,
      ScaleOp::create(builder, param.getLoc(), param.getType(), end.getValue(),
                      ExactAttr::get(param.getContext(), factor),
                      about ? ExactAttr::get(param.getContext(), *about)
                            : ExactAttr()));
}

void Model::regroup(ParamOp param, int64_t axis, int64_t outer, int64_t inner) {
  YieldOp end = getDerivationEnd(param);
  OpBuilder builder(end);
  setDerivedValue(param, RegroupOp::create(builder, param.getLoc(),
                                           end.getValue(), axis, outer, inner));
}

void Model::center(ParamOp param, int64_t axis) {
  YieldOp end = getDerivationEnd(param);
  OpBuilder builder(end);
  setDerivedValue(
      param, CenterOp::create(builder, param.getLoc(), end.getValue(), axis));
}

void Model::deriveFrom(ParamOp param, FillAttrInterface fill) {
  auto builder = OpBuilder::atBlockEnd(&param.getDerivation().emplaceBlock());
  Value value = FillOp::create(builder, param.getLoc(), param.getType(), fill,
                               /*key=*/Value(), /*order=*/DenseI64ArrayAttr());
  YieldOp::create(builder, param.getLoc(), value);
}

void Model::deriveFrom(ParamOp param, ParamOp original) {
  if (!original.isDerived()) {
    auto builder = OpBuilder::atBlockEnd(&param.getDerivation().emplaceBlock());
    Value value = SourceOp::create(builder, param.getLoc(), param.getType(),
                                   original.getSymName());
    YieldOp::create(builder, param.getLoc(), value);
    return;
  }
  IRMapping mapping;
  original.getDerivation().cloneInto(&param.getDerivation(), mapping);
  StringRef key = original.getSymName();
  param.getDerivation().walk([&](Operation *op) {
    if (auto fill = dyn_cast<FillOp>(op))
      fill.setFillAttr(getFillKeyedBy(fill.getFill(), key));
    else if (auto extend = dyn_cast<ExtendOp>(op))
      extend.setFillAttr(getFillKeyedBy(extend.getFill(), key));
  });
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

LogicalResult
Model::checkInferable(function_ref<InFlightDiagnostic()> emitError) const {
  Operation *unknown = nullptr;
  function->walk([&](Operation *op) {
    if (op != function && op->getNumResults() > 0 &&
        !isa<GetOp, LayerOp, InferTypeOpInterface>(op)) {
      unknown = op;
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (!unknown)
    return success();
  InFlightDiagnostic diag = emitError();
  diag.attachNote(unknown->getLoc())
      << "the type of the result of '" << unknown->getName()
      << "' cannot be inferred; expects only ops that implement "
         "InferTypeOpInterface in the function of the model";
  return diag;
}

static void setTypes(ValueRange values, TypeRange types) {
  for (auto [value, type] : llvm::zip_equal(values, types))
    value.setType(type);
}

/// Infers the types of an op's results from its operands.
static void inferResultTypes(InferTypeOpInterface op) {
  SmallVector<Type> types;
  [[maybe_unused]] LogicalResult inferred =
      op.inferReturnTypes(op.getContext(), op.getLoc(), op->getOperands(),
                          op->getDiscardableAttrDictionary(),
                          op->getPropertiesStorage(), op->getRegions(), types);
  assert(succeeded(inferred) && "operands of an op no longer fit each other");
  setTypes(op->getResults(), types);
}

void Model::inferTypes() {
  // Ops come after what they read, a layer's body after its operands and before
  // its result.
  function->walk([&](Operation *op, const WalkStage &stage) {
    if (auto layer = dyn_cast<LayerOp>(op)) {
      if (stage.isBeforeAllRegions())
        setTypes(layer.getBody().getArguments(), layer.getInputs().getTypes());
      else
        layer.getResult().setType(
            cast<RankedTensorType>(layer.getYielded().getType()));
    } else if (auto get = dyn_cast<GetOp>(op)) {
      get.getResult().setType(getParam(get).getTensorType());
    } else if (auto inferable = dyn_cast<InferTypeOpInterface>(op)) {
      inferResultTypes(inferable);
    }
  });
  Operation *terminator = function.getFunctionBody().front().getTerminator();
  function.setType(function.cloneTypeWith(function.getArgumentTypes(),
                                          terminator->getOperandTypes()));
}

//===----------------------------------------------------------------------===//
// Remarks
//===----------------------------------------------------------------------===//

void Model::reportSuccess() {
  for (llvm::unique_function<void()> &report : reports)
    report();
  reports.clear();
}
