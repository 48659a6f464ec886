//===- CompiledModel.cpp - A transformer that runs ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModel.h"
#include "KernelTarget.h"
#include "RunMemory.h"

using namespace mlir;
using namespace grow;

CompiledModel::CompiledModel(CompiledModule module, CompiledFunction forward)
    : module(std::move(module)), forward(forward),
      memory(std::make_shared<RunMemory>()) {}

FailureOr<CompiledModel> CompiledModel::compile(ModuleOp model,
                                                const CompileOptions &options) {
  assert(!(options.device && options.timeOps) &&
         "a device runs ops when their calls have returned");
  KernelTarget target = KernelTarget::get(options);
  FailureOr<TiledModel> tiled = TiledModel::build(
      model, [&](OpPassManager &pm) { buildTiling(pm, target); },
      options.timeOps);
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
  result.device = options.device;
  return result;
}

llvm::Error CompiledModel::bind(TensorSource &source) {
  prepared.clear();
  onDevice.clear();
  parameters.assign(interface.inputs.size(), TensorView());
  // The largest first: while it is prepared, it is there twice, and so few
  // others are there at that time.
  std::vector<std::pair<uint64_t, size_t>> order;
  for (auto [index, input] : llvm::enumerate(interface.inputs))
    order.push_back({input.isPrepared() ? input.getSourceBytes() : 0, index});
  llvm::sort(order, std::greater<>());
  for (auto [bytes, index] : order) {
    const ModelInput &input = interface.inputs[index];
    llvm::Expected<CompiledFunction::Argument> parameter =
        input.isPrepared()
            ? prepare(input, source)
            : keep({input.sources.front().name, input.type}, source);
    if (!parameter)
      return parameter.takeError();
    parameters[index] = *parameter;
  }
  return llvm::Error::success();
}

/// A stored tensor as it is.
llvm::Expected<CompiledFunction::Argument>
CompiledModel::keep(const StoredInput &input, TensorSource &source) {
  llvm::Expected<TensorView> view = source.lookup(input.name, input.type);
  if (!view)
    return view.takeError();
  if (!device)
    return CompiledFunction::Argument(*view);
  llvm::Expected<DeviceTensor> copy = device->upload(*view);
  if (!copy)
    return copy.takeError();
  source.release(input.name);
  onDevice.push_back(std::move(*copy));
  return CompiledFunction::Argument(DeviceView(onDevice.back()));
}

llvm::Expected<CompiledFunction::Argument>
CompiledModel::prepare(const ModelInput &input, TensorSource &source) {
  SmallVector<CompiledFunction::Argument> arguments;
  for (const StoredInput &used : input.sources) {
    llvm::Expected<TensorView> view = source.lookup(used.name, used.type);
    if (!view)
      return view.takeError();
    arguments.push_back(*view);
  }
  CompiledFunction function = module.lookup(input.function);
  CompiledFunction::Argument result;
  if (device) {
    llvm::Expected<DeviceTensor> tensor = function.callOnDevice(arguments);
    if (!tensor)
      return tensor.takeError();
    onDevice.push_back(std::move(*tensor));
    result = DeviceView(onDevice.back());
  } else {
    prepared.push_back(llvm::cantFail(function(arguments)));
    result = TensorView(prepared.back());
  }
  // An embedding that is read as it is, too, needs few of its rows again.
  for (const StoredInput &used : input.sources)
    source.release(used.name);
  return result;
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

llvm::Expected<HostTensor> CompiledModel::call(TensorView input) const {
  assert(parameters.size() == interface.inputs.size() &&
         "parameters are not bound");
  SmallVector<CompiledFunction::Argument> arguments = {input};
  llvm::append_range(arguments, parameters);
  OpTimer::Scope scope(timer.get());
  RunMemory::Scope allocation(memory.get());
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
