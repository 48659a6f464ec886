//===- Derivations.cpp - Running derivations ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Derivations.h"
#include "grow/Execution/CompiledModule.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/ThreadPool.h"
#include <mutex>

using namespace mlir;
using namespace grow;

namespace {
/// The first error of several threads. Work stops once there is one.
class SharedError {
public:
  ~SharedError() { llvm::consumeError(std::move(error)); }

  bool isSet() const { return set; }
  void add(llvm::Error other) {
    if (!other)
      return;
    std::lock_guard<std::mutex> lock(mutex);
    set = true;
    if (error)
      llvm::consumeError(std::move(other));
    else
      error = std::move(other);
  }
  llvm::Error take() { return std::move(error); }

private:
  std::mutex mutex;
  std::atomic<bool> set{false};
  llvm::Error error = llvm::Error::success();
};
} // namespace

static llvm::Error computeTensor(const TensorPlan &plan,
                                 const CompiledFunction &function,
                                 FunctionType type, TensorSource &source,
                                 TensorSink &sink) {
  SmallVector<CompiledFunction::Argument> arguments;
  for (auto [name, input] : llvm::zip(plan.sources, type.getInputs())) {
    auto view = source.lookup(name, cast<RankedTensorType>(input));
    if (!view)
      return view.takeError();
    arguments.push_back(*view);
  }
  llvm::append_range(arguments, plan.keys);
  HostTensor result = function(arguments);
  for (const std::string &name : plan.sources)
    source.release(name);
  return sink.write(plan.name, std::move(result));
}

static bool isComputed(const TensorPlan &plan) { return plan.copyOf.empty(); }

llvm::Error grow::runDerivations(DerivationPlan &plan, TensorSource &source,
                                 TensorSink &sink,
                                 const DerivationOptions &options) {
  llvm::StringMap<FunctionType> types;
  for (auto function : plan.module->getOps<func::FuncOp>())
    types[function.getSymName()] = function.getFunctionType();
  std::optional<CompiledModule> compiled;
  if (llvm::any_of(plan.tensors, isComputed)) {
    CompileOptions compileOptions;
    compileOptions.parallel = false;
    FailureOr<CompiledModule> result =
        CompiledModule::compile(*plan.module, compileOptions);
    if (failed(result))
      return llvm::createStringError("the derivations cannot be compiled");
    compiled = *std::move(result);
  }

  SharedError error;
  auto makeTensor = [&](const TensorPlan &tensor) {
    if (options.interrupted && *options.interrupted)
      error.add(llvm::createStringError("interrupted"));
    if (error.isSet())
      return;
    error.add(isComputed(tensor)
                  ? computeTensor(tensor, compiled->lookup(tensor.function),
                                  types.lookup(tensor.function), source, sink)
                  : sink.copy(tensor.name, tensor.type, tensor.copyOf));
    if (options.onProgress)
      options.onProgress(getByteSize(tensor.type));
  };
  llvm::DefaultThreadPool pool(llvm::hardware_concurrency(options.threads));
  for (const TensorPlan &tensor : plan.tensors)
    pool.async([&] { makeTensor(tensor); });
  pool.wait();
  return error.take();
}

namespace {
class MemorySink : public TensorSink {
public:
  MemorySink(TensorSource &source) : source(source) {}

  llvm::Error copy(StringRef name, RankedTensorType type,
                   StringRef copyOf) override {
    llvm::Expected<TensorView> view = source.lookup(copyOf, type);
    if (!view)
      return view.takeError();
    HostTensor tensor = HostTensor::allocate(type);
    llvm::copy(view->bytes, tensor.getBytes().begin());
    return write(name, std::move(tensor));
  }

  llvm::Error write(StringRef name, HostTensor tensor) override {
    std::lock_guard<std::mutex> lock(mutex);
    result.insert(name, std::move(tensor));
    return llvm::Error::success();
  }

  MemorySource take() { return std::move(result); }

private:
  TensorSource &source;
  std::mutex mutex;
  MemorySource result;
};
} // namespace

llvm::Expected<MemorySource>
grow::deriveInMemory(DerivationPlan &plan, TensorSource &source,
                     const DerivationOptions &options) {
  MemorySink sink(source);
  if (llvm::Error error = runDerivations(plan, source, sink, options))
    return error;
  return sink.take();
}
