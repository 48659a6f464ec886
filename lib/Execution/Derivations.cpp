//===- Derivations.cpp - Running derivations ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Derivations.h"
#include "grow/Conversion/Passes.h"
#include "grow/Execution/CompiledModule.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
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

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// Bytes to compute at a time: enough to hide the costs of a call and a write,
/// few enough to stay in the cache in between.
static constexpr uint64_t kBlockBytes = 4 << 20;

namespace {
/// Some rows (slices along axis 0) of a tensor to compute.
struct RowBlock {
  int64_t begin = 0;
  int64_t count = 0;
};

/// A function of the plan, ready to run.
struct Derivation {
  /// Whether it takes the rows to compute; see the pass `grow-block-results`.
  bool isBlocked() const {
    return !cast<RankedTensorType>(type.getResult(0)).hasStaticShape();
  }

  FunctionType type;
  CompiledFunction compiled;
};

/// The functions of a plan, compiled.
class DerivationModule {
public:
  /// Emits an error if the functions cannot be compiled.
  LogicalResult compile(ModuleOp module, const DerivationOptions &options) {
    PassManager pm(module.getContext());
    pm.addPass(createConvertGrowToLinalgPass());
    pm.addPass(createCSEPass());
    // A device is given all of a source, and so makes all of the result.
    BlockResultsPassOptions blocks;
    blocks.bytes = kBlockBytes;
    if (!options.device)
      pm.addPass(createBlockResultsPass(blocks));
    if (failed(pm.run(module)))
      return failure();
    llvm::StringMap<FunctionType> types;
    for (auto function : module.getOps<func::FuncOp>())
      types[function.getSymName()] = function.getFunctionType();
    CompileOptions compileOptions;
    compileOptions.device = options.device;
    compileOptions.parallel = false;
    compileOptions.cacheDirectory = options.cacheDirectory;
    auto result = CompiledModule::compile(module, compileOptions);
    if (failed(result))
      return failure();
    compiled = *std::move(result);
    for (const auto &[name, type] : types)
      functions.try_emplace(name, Derivation{type, compiled->lookup(name)});
    return success();
  }

  const Derivation &lookup(StringRef name) const {
    return functions.find(name)->second;
  }

private:
  std::optional<CompiledModule> compiled;
  llvm::StringMap<Derivation> functions;
};
} // namespace

static uint64_t getRowBytes(RankedTensorType type) {
  int64_t rows = type.getRank() == 0 ? 1 : type.getDimSize(0);
  return rows == 0 ? 0 : getByteSize(type) / rows;
}

/// Calls `onBlock` for all rows of a tensor, as many at a time as the function
/// that computes it allows.
static void forEachBlock(RankedTensorType type, const Derivation &derivation,
                         llvm::function_ref<void(RowBlock)> onBlock) {
  int64_t rows = type.getRank() == 0 ? 1 : type.getDimSize(0);
  int64_t step = rows;
  if (derivation.isBlocked())
    step = std::max<int64_t>(kBlockBytes / getRowBytes(type), 1);
  for (int64_t begin = 0; begin < rows; begin += step)
    onBlock({begin, std::min(step, rows - begin)});
}

static llvm::Error computeBlock(const TensorPlan &plan,
                                const Derivation &derivation, RowBlock block,
                                TensorSource &source, TensorSink &sink) {
  SmallVector<CompiledFunction::Argument> arguments;
  for (auto [name, input] :
       llvm::zip_first(plan.sources, derivation.type.getInputs())) {
    auto view = source.lookup(name, cast<RankedTensorType>(input));
    if (!view)
      return view.takeError();
    arguments.push_back(*view);
  }
  llvm::append_range(arguments, plan.keys);
  if (derivation.isBlocked()) {
    arguments.push_back(static_cast<uint64_t>(block.begin));
    arguments.push_back(static_cast<uint64_t>(block.count));
  }
  llvm::Expected<HostTensor> rows = derivation.compiled(arguments);
  if (!rows)
    return rows.takeError();
  for (const std::string &name : plan.sources)
    source.release(name);
  return sink.write(plan.name, plan.type, block.begin * getRowBytes(plan.type),
                    rows->getBytes());
}

//===----------------------------------------------------------------------===//
// Plans
//===----------------------------------------------------------------------===//

namespace {
/// Makes the tensors of a plan, in parts, on several threads.
class PlanRunner {
public:
  PlanRunner(TensorSource &source, TensorSink &sink,
             const DerivationOptions &options)
      : source(source), sink(sink), options(options),
        pool(llvm::hardware_concurrency(options.threads)) {}

  llvm::Error run(DerivationPlan &plan) {
    // Copies keep the threads busy while this one compiles.
    for (const TensorPlan &tensor : plan.tensors)
      if (!isComputed(tensor))
        start(getByteSize(tensor.type), [&] {
          return sink.copy(tensor.name, tensor.type, tensor.copyOf);
        });
    if (llvm::any_of(plan.tensors, isComputed))
      compute(plan);
    pool.wait();
    return error.take();
  }

private:
  static bool isComputed(const TensorPlan &tensor) {
    return tensor.copyOf.empty();
  }

  void compute(DerivationPlan &plan) {
    if (failed(module.compile(*plan.module, options))) {
      error.add(llvm::createStringError("the derivations cannot be compiled"));
      return;
    }
    for (const TensorPlan &tensor : plan.tensors) {
      if (!isComputed(tensor))
        continue;
      const Derivation &derivation = module.lookup(tensor.function);
      forEachBlock(tensor.type, derivation, [&](RowBlock block) {
        start(block.count * getRowBytes(tensor.type), [&, block] {
          return computeBlock(tensor, derivation, block, source, sink);
        });
      });
    }
  }

  /// Has a thread make `bytes` bytes of the result.
  void start(uint64_t bytes, std::function<llvm::Error()> make) {
    pool.async([this, bytes, make = std::move(make)] {
      if (options.interrupted && *options.interrupted)
        error.add(llvm::createStringError("interrupted"));
      if (error.isSet())
        return;
      error.add(make());
      if (options.onProgress)
        options.onProgress(bytes);
    });
  }

  TensorSource &source;
  TensorSink &sink;
  const DerivationOptions &options;
  SharedError error;
  DerivationModule module;
  // Last, since its threads use the others until it is gone.
  llvm::DefaultThreadPool pool;
};
} // namespace

llvm::Error grow::runDerivations(DerivationPlan &plan, TensorSource &source,
                                 TensorSink &sink,
                                 const DerivationOptions &options) {
  return PlanRunner(source, sink, options).run(plan);
}

//===----------------------------------------------------------------------===//
// In memory
//===----------------------------------------------------------------------===//

namespace {
class MemorySink : public TensorSink {
public:
  MemorySink(TensorSource &source) : source(source) {}

  llvm::Error copy(StringRef name, RankedTensorType type,
                   StringRef copyOf) override {
    llvm::Expected<TensorView> view = source.lookup(copyOf, type);
    if (!view)
      return view.takeError();
    return write(name, type, /*offset=*/0, view->bytes);
  }

  llvm::Error write(StringRef name, RankedTensorType type, uint64_t offset,
                    ArrayRef<char> bytes) override {
    llvm::copy(bytes, getBytes(name, type).begin() + offset);
    return llvm::Error::success();
  }

  MemorySource take() {
    MemorySource result;
    for (auto &entry : tensors)
      result.insert(entry.first(), std::move(entry.second));
    return result;
  }

private:
  /// The memory of a tensor, which the first to ask allocates.
  MutableArrayRef<char> getBytes(StringRef name, RankedTensorType type) {
    std::lock_guard<std::mutex> lock(mutex);
    auto [it, isNew] = tensors.try_emplace(name);
    if (isNew)
      it->second = HostTensor::allocate(type);
    return it->second.getBytes();
  }

  TensorSource &source;
  std::mutex mutex;
  llvm::StringMap<HostTensor> tensors;
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
