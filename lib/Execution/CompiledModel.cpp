//===- CompiledModel.cpp - A transformer that runs ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModel.h"
#include "grow/IR/GrowOps.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral kForward = "forward";
static constexpr llvm::StringLiteral kStored = "grow.stored";

//===----------------------------------------------------------------------===//
// Limits
//===----------------------------------------------------------------------===//

static FailureOr<func::FuncOp> getForward(ModuleOp model) {
  auto forward = model.lookupSymbol<func::FuncOp>(kForward);
  if (!forward)
    return model.emitError() << "expected a function @" << kForward
                             << " from token numbers to logits";
  auto isIds = [](Type type) {
    auto ids = dyn_cast<RankedTensorType>(type);
    return ids && ids.getRank() == 2 && ids.getElementType().isInteger();
  };
  auto isLogits = [](Type type) {
    auto logits = dyn_cast<RankedTensorType>(type);
    return logits && logits.getRank() == 3 &&
           isa<FloatType>(logits.getElementType()) && !logits.isDynamicDim(2);
  };
  if (forward.getNumArguments() != 1 || forward.getNumResults() != 1 ||
      !isIds(forward.getArgumentTypes().front()) ||
      !isLogits(forward.getResultTypes().front()))
    return forward.emitOpError()
           << "expects one argument, token numbers (batch x sequence), and one "
              "result, logits (batch x sequence x vocabulary)";
  return forward;
}

FailureOr<ModelLimits> ModelLimits::get(ModuleOp model) {
  FailureOr<func::FuncOp> forward = getForward(model);
  if (failed(forward))
    return failure();
  ModelLimits limits;
  auto logits = cast<RankedTensorType>(forward->getResultTypes().front());
  limits.vocabulary = logits.getDimSize(2);
  forward->walk([&](PositionEmbeddingOp op) {
    int64_t rows = op.getTable().getType().getDimSize(0);
    limits.positions = std::min(limits.positions.value_or(rows), rows);
  });
  forward->walk([&](EmbeddingOp op) {
    limits.vocabulary =
        std::min(limits.vocabulary, op.getTable().getType().getDimSize(0));
  });
  return limits;
}

llvm::Error ModelLimits::check(const TokenBatch &tokens) const {
  if (tokens.batch < 1 || tokens.sequence < 1)
    return llvm::createStringError("there are no tokens to run the model on");
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

//===----------------------------------------------------------------------===//
// CompiledModel
//===----------------------------------------------------------------------===//

/// Turns parameters into arguments and layers into functions.
static LogicalResult prepare(ModuleOp model) {
  PassManager pm(model.getContext());
  pm.addPass(createExternalizeParamsPass());
  pm.addPass(createOutlineLayersPass());
  return pm.run(model);
}

/// The stored tensors that the arguments after the ids are. Their names are
/// dropped: the translation to LLVM IR would warn about them.
static std::vector<StoredInput> takeInputs(func::FuncOp forward) {
  std::vector<StoredInput> inputs;
  for (unsigned i = 1; i < forward.getNumArguments(); ++i) {
    auto name = cast<StringAttr>(forward.removeArgAttr(i, kStored));
    auto type = cast<RankedTensorType>(forward.getArgumentTypes()[i]);
    inputs.push_back({name.str(), type});
  }
  return inputs;
}

FailureOr<CompiledModel> CompiledModel::compile(ModuleOp model,
                                                const CompileOptions &options) {
  FailureOr<ModelLimits> limits = ModelLimits::get(model);
  if (failed(limits))
    return failure();
  OwningOpRef<ModuleOp> module = model.clone();
  if (failed(prepare(*module)))
    return failure();
  auto forward = module->lookupSymbol<func::FuncOp>(kForward);
  auto idsType = cast<RankedTensorType>(forward.getArgumentTypes().front());
  std::vector<StoredInput> inputs = takeInputs(forward);
  FailureOr<CompiledModule> compiled =
      CompiledModule::compile(*module, options);
  if (failed(compiled))
    return failure();
  CompiledFunction function = compiled->lookup(kForward);
  CompiledModel result(*std::move(compiled), function);
  result.limits = *limits;
  result.idsType = idsType;
  result.inputs = std::move(inputs);
  return result;
}

llvm::Error CompiledModel::bind(TensorSource &source) {
  parameters.clear();
  for (const StoredInput &input : inputs) {
    llvm::Expected<TensorView> view = source.lookup(input.name, input.type);
    if (!view)
      return view.takeError();
    parameters.push_back(*view);
  }
  return llvm::Error::success();
}

/// The ids in the integer type that the model takes.
static HostTensor makeIds(const TokenBatch &tokens, RankedTensorType type) {
  HostTensor ids =
      HostTensor::allocate(type.clone({tokens.batch, tokens.sequence}));
  char *entry = ids.getBytes().data();
  if (type.getElementType().isInteger(64))
    llvm::copy(tokens.ids, reinterpret_cast<int64_t *>(entry));
  else
    llvm::copy(tokens.ids, reinterpret_cast<int32_t *>(entry));
  return ids;
}

llvm::Expected<HostTensor> CompiledModel::run(const TokenBatch &tokens) const {
  assert(parameters.size() == inputs.size() && "parameters are not bound");
  if (llvm::Error error = limits.check(tokens))
    return error;
  HostTensor ids = makeIds(tokens, idsType);
  SmallVector<CompiledFunction::Argument> arguments = {TensorView(ids)};
  llvm::append_range(arguments, parameters);
  return forward(arguments);
}
