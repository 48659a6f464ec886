//===- CompiledModel.cpp - A transformer that runs ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModel.h"
#include "grow/Pipelines/Pipelines.h"

using namespace mlir;
using namespace grow;

static void addTiling(OpPassManager &pm) {
  buildModelTiling(pm, ToLLVMPipelineOptions());
}

FailureOr<CompiledModel> CompiledModel::compile(ModuleOp model,
                                                const CompileOptions &options) {
  FailureOr<TiledModel> tiled =
      TiledModel::build(model, addTiling, options.timeOps);
  if (failed(tiled))
    return failure();
  FailureOr<CompiledModule> compiled =
      CompiledModule::compile(*tiled->module, options);
  if (failed(compiled))
    return failure();
  CompiledFunction function = compiled->lookup(ForwardInterface::kFunction);
  CompiledModel result(*std::move(compiled), function);
  result.interface = std::move(tiled->interface);
  result.timer = std::move(tiled->timer);
  return result;
}

llvm::Error CompiledModel::bind(TensorSource &source) {
  prepared.clear();
  parameters.assign(interface.inputs.size(), TensorView());
  // The largest first: while it is prepared, it is there twice, and so few
  // others are there at that time.
  std::vector<std::pair<uint64_t, size_t>> order;
  for (auto [index, input] : llvm::enumerate(interface.inputs))
    order.push_back({input.isPrepared() ? input.getSourceBytes() : 0, index});
  llvm::sort(order, std::greater<>());
  for (auto [bytes, index] : order) {
    const ModelInput &input = interface.inputs[index];
    llvm::Expected<TensorView> view =
        input.isPrepared()
            ? prepare(input, source)
            : source.lookup(input.sources.front().name, input.type);
    if (!view)
      return view.takeError();
    parameters[index] = *view;
  }
  return llvm::Error::success();
}

llvm::Expected<TensorView> CompiledModel::prepare(const ModelInput &input,
                                                  TensorSource &source) {
  SmallVector<CompiledFunction::Argument> arguments;
  for (const StoredInput &used : input.sources) {
    llvm::Expected<TensorView> view = source.lookup(used.name, used.type);
    if (!view)
      return view.takeError();
    arguments.push_back(*view);
  }
  prepared.push_back(module.lookup(input.function)(arguments));
  // An embedding that is read as it is, too, needs few of its rows again.
  for (const StoredInput &used : input.sources)
    source.release(used.name);
  return TensorView(prepared.back());
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

HostTensor CompiledModel::call(TensorView input) const {
  assert(parameters.size() == interface.inputs.size() &&
         "parameters are not bound");
  SmallVector<CompiledFunction::Argument> arguments = {input};
  llvm::append_range(arguments, parameters);
  OpTimer::Scope scope(timer.get());
  return forward(arguments);
}

llvm::Expected<HostTensor> CompiledModel::run(const TokenBatch &tokens) const {
  if (llvm::Error error = interface.limits.check(tokens))
    return error;
  return call(makeIds(tokens, interface.input));
}

llvm::Expected<HostTensor> CompiledModel::run(TensorView images) const {
  if (llvm::Error error = interface.limits.check(images))
    return error;
  return call(images);
}
