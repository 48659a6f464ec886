//===- CompiledModule.cpp - Machine code of a module ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModule.h"
#include "KernelTarget.h"
#include "ObjectBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include <chrono>

using namespace mlir;
using namespace grow;

void grow::registerCompilation(DialectRegistry &registry) {
  mlir::registerAllDialects(registry);
  mlir::registerAllExtensions(registry);
  mlir::registerAllToLLVMIRTranslations(registry);
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// The tensor that a function returned, which now belongs to its caller.
static HostTensor takeResult(ArrayRef<int64_t> descriptor,
                             RankedTensorType type) {
  ArrayRef<int64_t> sizes = descriptor.slice(3, type.getRank());
  int64_t offset = descriptor[2] * (type.getElementTypeBitWidth() / 8);
  return HostTensor(type.clone(sizes), reinterpret_cast<void *>(descriptor[0]),
                    reinterpret_cast<char *>(descriptor[1] + offset));
}

/// Checkpoints may align entries less than compiled code expects.
static bool isAligned(TensorView tensor) {
  return llvm::isAddrAligned(
      llvm::Align(tensor.type.getElementTypeBitWidth() / 8),
      tensor.bytes.data());
}

/// Appends what `grow-cpu-pass-pointers` passes for a buffer.
static void appendSlots(RankedTensorType type, uint64_t address,
                        RankedTensorType declared,
                        SmallVectorImpl<uint64_t> &slots) {
  static_assert(sizeof(void *) == sizeof(uint64_t));
  slots.push_back(address);
  for (int64_t axis = 0; axis < declared.getRank(); ++axis)
    if (declared.isDynamicDim(axis))
      slots.push_back(type.getDimSize(axis));
}

void CompiledFunction::call(uint64_t *slots) const {
  if (!threads.wanted)
    return entry(slots);
  int before = threads.get();
  threads.set(threads.wanted);
  entry(slots);
  threads.set(before);
}

HostTensor CompiledFunction::callOnHost(ArrayRef<Argument> arguments) const {
  auto result = cast<RankedTensorType>(type.getResult(0));
  SmallVector<int64_t> resultDescriptor(3 + 2 * result.getRank());
  SmallVector<uint64_t> slots = {
      reinterpret_cast<uint64_t>(resultDescriptor.data())};
  std::vector<HostTensor> copies;
  for (auto [argument, declared] :
       llvm::zip_equal(arguments, type.getInputs())) {
    if (const uint64_t *integer = std::get_if<uint64_t>(&argument)) {
      slots.push_back(*integer);
      continue;
    }
    TensorView tensor = std::get<TensorView>(argument);
    if (!isAligned(tensor)) {
      copies.push_back(HostTensor::allocate(tensor.type));
      llvm::copy(tensor.bytes, copies.back().getBytes().begin());
      tensor = copies.back();
    }
    appendSlots(tensor.type, reinterpret_cast<uint64_t>(tensor.bytes.data()),
                cast<RankedTensorType>(declared), slots);
  }
  call(slots.data());
  return takeResult(resultDescriptor, result);
}

llvm::Expected<DeviceTensor>
CompiledFunction::callLocked(ArrayRef<Argument> arguments) const {
  auto result = cast<RankedTensorType>(type.getResult(0));
  SmallVector<uint64_t> descriptor(3 + 2 * result.getRank());
  SmallVector<uint64_t> slots;
  std::vector<DeviceTensor> copies;
  for (auto [argument, declared] :
       llvm::zip_equal(arguments, type.getInputs())) {
    if (const uint64_t *integer = std::get_if<uint64_t>(&argument)) {
      slots.push_back(*integer);
      continue;
    }
    if (const auto *host = std::get_if<TensorView>(&argument)) {
      llvm::Expected<DeviceTensor> copy = device->uploadForCall(*host);
      if (!copy)
        return copy.takeError();
      copies.push_back(std::move(*copy));
    }
    const auto *view = std::get_if<DeviceView>(&argument);
    DeviceView tensor = view ? *view : DeviceView(copies.back());
    appendSlots(tensor.type, tensor.address, cast<RankedTensorType>(declared),
                slots);
  }
  GrowDeviceCall call{entry, slots.data(), static_cast<uint32_t>(slots.size()),
                      descriptor.data(),
                      static_cast<uint32_t>(descriptor.size())};
  growDeviceCall(device->handle, &call);
  SmallVector<int64_t> sizes(ArrayRef(descriptor).slice(3, result.getRank()));
  assert(descriptor[0] == descriptor[1] && descriptor[2] == 0 &&
         "results are buffers of their own");
  return DeviceTensor(device, {result.clone(sizes), descriptor[0]},
                      /*borrowed=*/true);
}

llvm::Expected<DeviceTensor>
CompiledFunction::callOnDevice(ArrayRef<Argument> arguments) const {
  std::lock_guard<std::mutex> lock(device->mutex);
  llvm::Expected<DeviceTensor> result = callLocked(arguments);
  if (!result)
    return result;
  if (llvm::Error error = device->synchronize())
    return error;
  return result;
}

llvm::Expected<HostTensor>
CompiledFunction::operator()(ArrayRef<Argument> arguments) const {
  if (!device)
    return callOnHost(arguments);
  std::lock_guard<std::mutex> lock(device->mutex);
  llvm::Expected<DeviceTensor> result = callLocked(arguments);
  if (!result)
    return result.takeError();
  return device->download(*result);
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

/// The functions that can be called afterwards, with their types.
static llvm::StringMap<FunctionType> getPublicFunctions(ModuleOp module) {
  llvm::StringMap<FunctionType> functions;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      functions[function.getSymName()] = function.getFunctionType();
  return functions;
}

static void buildCPULowering(OpPassManager &pm, const CompileOptions &options) {
  ToLLVMPipelineOptions pipelineOptions;
  pipelineOptions.parallel = options.parallel;
  pipelineOptions.slots = true;
  buildToLLVMPipeline(pm, pipelineOptions);
}

static void buildLowering(OpPassManager &pm, const CompileOptions &options) {
  pm.addPass(createConvertGrowToLinalgPass());
  if (options.device)
    buildKernelLowering(pm, KernelTarget::get(options));
  else
    buildCPULowering(pm, options);
}

static FailureOr<void *> find(ModuleOp module, const LoadedObject &object,
                              StringRef symbol) {
  auto address = object.lookup(symbol);
  if (address)
    return *address;
  return module.emitError() << "cannot find the code of '" << symbol
                            << "': " << llvm::toString(address.takeError());
}

FailureOr<CompiledModule>
CompiledModule::compile(ModuleOp module, const CompileOptions &options) {
  auto start = std::chrono::steady_clock::now();
  auto target = CodeTarget::getHost();
  if (!target)
    return module.emitError() << "code cannot be generated for this machine: "
                              << llvm::toString(target.takeError());
  llvm::StringMap<FunctionType> functions = getPublicFunctions(module);
  ObjectBuilder builder(
      module, [&](OpPassManager &pm) { buildLowering(pm, options); }, *target);
  auto object = builder.build(CodeCache(options.cacheDirectory));
  if (failed(object))
    return failure();
  auto loaded = LoadedObject::load(std::move(*object), target->getBuilder());
  if (!loaded)
    return module.emitError() << "compiled code cannot be loaded: "
                              << llvm::toString(loaded.takeError());
  CompiledModule compiled;
  compiled.object = std::unique_ptr<LoadedObject, Unload>(
      new LoadedObject(std::move(*loaded)), Unload{options.device});
  if (failed(compiled.findFunctions(module, functions, options)))
    return failure();
  std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  compiled.statistics = {builder.wasCached(), time.count()};
  return compiled;
}

LogicalResult
CompiledModule::findFunctions(ModuleOp module,
                              const llvm::StringMap<FunctionType> &types,
                              const CompileOptions &options) {
  CompiledFunction::ThreadCount count;
  if (options.threads && object->usesOpenMP()) {
    FailureOr<void *> get = find(module, *object, "omp_get_max_threads");
    FailureOr<void *> set = find(module, *object, "omp_set_num_threads");
    if (failed(get) || failed(set))
      return failure();
    count = {reinterpret_cast<int (*)()>(*get),
             reinterpret_cast<void (*)(int)>(*set),
             static_cast<int>(options.threads)};
  }
  for (const auto &[name, type] : types) {
    FailureOr<void *> code = find(module, *object, name);
    if (failed(code))
      return failure();
    auto entry = reinterpret_cast<CompiledFunction::Entry>(*code);
    functions.try_emplace(name,
                          CompiledFunction(entry, type, count, options.device));
  }
  return success();
}

void CompiledModule::Unload::operator()(LoadedObject *object) const {
  if (device)
    device->forgetKernels();
  delete object;
}

CompiledModule::CompiledModule(CompiledModule &&) = default;
CompiledModule &CompiledModule::operator=(CompiledModule &&) = default;
CompiledModule::~CompiledModule() = default;

CompiledFunction CompiledModule::lookup(StringRef name) const {
  auto it = functions.find(name);
  assert(it != functions.end() && "not a public function of the module");
  return it->second;
}
