//===- Forward.cpp - How a compiled model is called -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Forward.h"
#include "grow/IR/GrowOps.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral kStored = "grow.stored";
static constexpr llvm::StringLiteral kPrepared = "grow.prepared";

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

static bool isIds(Type type) {
  auto ids = dyn_cast<RankedTensorType>(type);
  return ids && ids.getRank() == 2 && ids.getElementType().isInteger();
}

/// Images of any number, but of one size.
static bool isImages(Type type) {
  auto images = dyn_cast<RankedTensorType>(type);
  return images && images.getRank() == 4 &&
         isa<FloatType>(images.getElementType()) &&
         !ShapedType::isDynamicShape(images.getShape().drop_front());
}

static bool isLogits(Type type) {
  auto logits = dyn_cast<RankedTensorType>(type);
  return logits && logits.getRank() == 3 &&
         isa<FloatType>(logits.getElementType()) && !logits.isDynamicDim(2);
}

static FailureOr<func::FuncOp> getForward(ModuleOp model) {
  auto forward = model.lookupSymbol<func::FuncOp>(ForwardInterface::kFunction);
  if (!forward)
    return model.emitError()
           << "expected a function @" << ForwardInterface::kFunction
           << " from token numbers to logits";
  if (forward.getNumArguments() != 1 || forward.getNumResults() != 1 ||
      !(isIds(forward.getArgumentTypes().front()) ||
        isImages(forward.getArgumentTypes().front())) ||
      !isLogits(forward.getResultTypes().front()))
    return forward.emitOpError()
           << "expects one argument, token numbers (batch x sequence) or "
              "images "
              "(batch x channels x rows x columns), and one result, logits "
              "(batch x sequence x vocabulary)";
  return forward;
}

static std::optional<int64_t> getIfStatic(int64_t size) {
  if (ShapedType::isDynamic(size))
    return std::nullopt;
  return size;
}

/// Checks that a sequence of known length has a learned position for each
/// token.
static LogicalResult checkPositions(PositionEmbeddingOp op, int64_t most) {
  int64_t length = op.getType().getDimSize(1);
  if (ShapedType::isDynamic(length) || length <= most)
    return success();
  return op.emitOpError() << "has positions for " << most
                          << " tokens, but the sequence has " << length;
}

FailureOr<ModelLimits> ModelLimits::get(ModuleOp model) {
  FailureOr<func::FuncOp> forward = getForward(model);
  if (failed(forward))
    return failure();
  ModelLimits limits;
  auto input = cast<RankedTensorType>(forward->getArgumentTypes().front());
  limits.batch = getIfStatic(input.getDimSize(0));
  if (isImages(input))
    limits.images = input;
  else
    limits.sequence = getIfStatic(input.getDimSize(1));
  WalkResult result = forward->walk([&](PositionEmbeddingOp op) -> WalkResult {
    int64_t most = op.getTable().getType().getDimSize(0) -
                   static_cast<int64_t>(op.getOffset());
    limits.positions = std::min(limits.positions.value_or(most), most);
    return checkPositions(op, most);
  });
  if (result.wasInterrupted())
    return failure();
  std::optional<int64_t> rows;
  forward->walk([&](EmbeddingOp op) {
    int64_t size = op.getTable().getType().getDimSize(0);
    rows = std::min(rows.value_or(size), size);
  });
  auto logits = cast<RankedTensorType>(forward->getResultTypes().front());
  limits.vocabulary = rows.value_or(logits.getDimSize(2));
  return limits;
}

static llvm::Error checkBatch(std::optional<int64_t> expected, int64_t found) {
  if (!expected || *expected == found)
    return llvm::Error::success();
  return llvm::createStringError("the batch has %" PRId64
                                 " entries, but the model is written for "
                                 "%" PRId64,
                                 found, *expected);
}

llvm::Error ModelLimits::check(const TokenBatch &tokens) const {
  if (images)
    return llvm::createStringError("the model reads images, not token numbers");
  if (tokens.batch < 1 || tokens.sequence < 1)
    return llvm::createStringError("there are no tokens to run the model on");
  if (llvm::Error error = checkBatch(batch, tokens.batch))
    return error;
  if (sequence && tokens.sequence != *sequence)
    return llvm::createStringError("the sequence has %" PRId64
                                   " tokens, but the model is written for "
                                   "%" PRId64,
                                   tokens.sequence, *sequence);
  if (positions && tokens.sequence > *positions)
    return llvm::createStringError("the sequence has %" PRId64
                                   " tokens, but the model has only %" PRId64
                                   " positions: use at most that many",
                                   tokens.sequence, *positions);
  for (int64_t id : tokens.ids)
    if (id < 0 || id >= vocabulary)
      return llvm::createStringError(
          "token %" PRId64 " is not in the model's vocabulary: expected 0 to "
          "%" PRId64,
          id, vocabulary - 1);
  return llvm::Error::success();
}

llvm::Error ModelLimits::check(TensorView view) const {
  if (!images)
    return llvm::createStringError("the model reads token numbers, not images");
  if (view.type.getElementType() != images.getElementType() ||
      view.type.getShape().drop_front() != images.getShape().drop_front())
    return llvm::createStringError(llvm::formatv(
        "the images are {0}, but the model reads {1}", view.type, images));
  if (view.type.getDimSize(0) < 1)
    return llvm::createStringError("there are no images to run the model on");
  return checkBatch(batch, view.type.getDimSize(0));
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

uint64_t ModelInput::getSourceBytes() const {
  uint64_t bytes = 0;
  for (const StoredInput &source : sources)
    bytes += getByteSize(source.type);
  return bytes;
}

/// What an argument of the forward is. Attributes that say so are dropped: the
/// translation to LLVM IR would warn about them.
static ModelInput takeInput(func::FuncOp forward, unsigned index) {
  ModelInput input;
  input.type = cast<RankedTensorType>(forward.getArgumentTypes()[index]);
  auto prepared =
      dyn_cast_or_null<ArrayAttr>(forward.removeArgAttr(index, kPrepared));
  if (!prepared) {
    auto name = cast<StringAttr>(forward.removeArgAttr(index, kStored));
    input.sources.push_back({name.str(), input.type});
    return input;
  }
  auto symbol = cast<FlatSymbolRefAttr>(prepared[0]);
  input.function = symbol.getValue().str();
  auto function =
      SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(forward, symbol);
  for (auto [name, type] : llvm::zip_equal(prepared.getValue().drop_front(),
                                           function.getArgumentTypes()))
    input.sources.push_back(
        {cast<StringAttr>(name).str(), cast<RankedTensorType>(type)});
  return input;
}

static ForwardInterface takeInterface(func::FuncOp forward,
                                      const ModelLimits &limits) {
  ForwardInterface interface;
  interface.limits = limits;
  interface.input = cast<RankedTensorType>(forward.getArgumentTypes().front());
  interface.logits = cast<RankedTensorType>(forward.getResultTypes().front());
  for (unsigned i = 1; i < forward.getNumArguments(); ++i)
    interface.inputs.push_back(takeInput(forward, i));
  return interface;
}

//===----------------------------------------------------------------------===//
// TiledModel
//===----------------------------------------------------------------------===//

/// Turns parameters into arguments and layers, with `timeOps` ops, too, into
/// functions.
static LogicalResult outline(ModuleOp model, bool timeOps) {
  PassManager pm(model.getContext());
  pm.addPass(createExternalizeParamsPass());
  pm.addPass(createOutlineLayersPass());
  if (timeOps)
    pm.addPass(createOutlineOpsPass());
  return pm.run(model);
}

FailureOr<TiledModel>
TiledModel::build(ModuleOp model,
                  llvm::function_ref<void(OpPassManager &)> addTiling,
                  bool timeOps) {
  FailureOr<ModelLimits> limits = ModelLimits::get(model);
  if (failed(limits))
    return failure();
  TiledModel tiled;
  tiled.module = model.clone();
  if (failed(outline(*tiled.module, timeOps)))
    return failure();
  if (timeOps)
    tiled.timer = std::make_unique<OpTimer>(*tiled.module);
  PassManager tiling(model.getContext());
  addTiling(tiling);
  if (failed(tiling.run(*tiled.module)))
    return failure();
  auto forward =
      tiled.module->lookupSymbol<func::FuncOp>(ForwardInterface::kFunction);
  tiled.interface = takeInterface(forward, *limits);
  return tiled;
}

void grow::storeUnderOwnNames(ModuleOp model) {
  for (auto param : model.getOps<ParamOp>())
    if (!param.getStorageAttr())
      param.setStorageAttr(StorageAttr::get(param.getSymNameAttr()));
}
