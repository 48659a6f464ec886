//===- CompiledModule.cpp - Machine code of a module ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModule.h"
#include "grow/Conversion/Passes.h"
#include "grow/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"

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

/// What MLIR's C interface passes for a tensor: the pointer that was allocated,
/// the aligned one, an offset, then sizes and strides.
static SmallVector<int64_t> makeDescriptor(TensorView tensor) {
  static_assert(sizeof(void *) == sizeof(int64_t));
  auto address = reinterpret_cast<int64_t>(tensor.bytes.data());
  SmallVector<int64_t> descriptor = {address, address, 0};
  llvm::append_range(descriptor, tensor.type.getShape());
  llvm::append_range(descriptor, computeStrides(tensor.type.getShape()));
  return descriptor;
}

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

HostTensor CompiledFunction::operator()(ArrayRef<Argument> arguments) const {
  SmallVector<int64_t> resultDescriptor(3 + 2 * result.getRank());
  std::vector<SmallVector<int64_t>> descriptors;
  std::vector<HostTensor> copies;
  // Each argument is a slot with an integer or with a descriptor's address.
  SmallVector<uint64_t> slots = {
      reinterpret_cast<uint64_t>(resultDescriptor.data())};
  descriptors.reserve(arguments.size());
  for (const Argument &argument : arguments) {
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
    descriptors.push_back(makeDescriptor(tensor));
    slots.push_back(reinterpret_cast<uint64_t>(descriptors.back().data()));
  }
  SmallVector<void *> packed;
  for (uint64_t &slot : slots)
    packed.push_back(&slot);
  entry(packed.data());
  return takeResult(resultDescriptor, result);
}

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

static LogicalResult lower(ModuleOp module, const CompileOptions &options) {
  PassManager pm(module.getContext());
  pm.addPass(createConvertGrowToLinalgPass());
  ToLLVMPipelineOptions pipelineOptions;
  pipelineOptions.parallel = options.parallel;
  buildToLLVMPipeline(pm, pipelineOptions);
  return pm.run(module);
}

/// The shared libraries that lowered code calls into. Their paths were found
/// when grow was configured; without them such code is an error below.
static FailureOr<SmallVector<StringRef>> findLibraries(ModuleOp module) {
  auto usesOpenMP = [&] {
    return module
        .walk([](Operation *op) {
          return isa<omp::OpenMPDialect>(op->getDialect())
                     ? WalkResult::interrupt()
                     : WalkResult::advance();
        })
        .wasInterrupted();
  };
  auto usesRunnerUtils = [&] {
    return static_cast<bool>(module.lookupSymbol("memrefCopy"));
  };
  SmallVector<StringRef> libraries;
  if (usesOpenMP())
    libraries.push_back(GROW_OPENMP_LIBRARY);
  if (usesRunnerUtils())
    libraries.push_back(GROW_C_RUNNER_UTILS_LIBRARY);
  for (StringRef library : libraries)
    if (!llvm::sys::fs::exists(library))
      return module.emitError()
             << "compiled code needs '" << library
             << "', which is not there: install it and build grow again";
  return libraries;
}

static llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createHostTargetMachine() {
  llvm::InitializeNativeTarget();
  llvm::InitializeNativeTargetAsmPrinter();
  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  builder->setCodeGenOptLevel(llvm::CodeGenOptLevel::Aggressive);
  return builder->createTargetMachine();
}

static llvm::Expected<std::unique_ptr<ExecutionEngine>>
createEngine(ModuleOp module, ArrayRef<StringRef> libraries) {
  auto targetMachine = createHostTargetMachine();
  if (!targetMachine)
    return targetMachine.takeError();
  auto optimize = makeOptimizingTransformer(/*optLevel=*/3, /*sizeLevel=*/0,
                                            targetMachine->get());
  ExecutionEngineOptions options;
  auto timed = [optimize](llvm::Module *m) {
    if (getenv("GROW_DUMP")) {std::error_code ec; llvm::raw_fd_ostream os(getenv("GROW_DUMP"), ec); m->print(os, nullptr);}
    auto t0 = clock();
    auto e = optimize(m);
    if (getenv("GROW_DUMP")) {std::error_code ec; llvm::raw_fd_ostream os((std::string(getenv("GROW_DUMP"))+"o").c_str(), ec); m->print(os, nullptr);}
    llvm::errs() << "optimize " << (clock()-t0)/1000 << "ms\n";
    return e;
  };
  options.transformer = timed;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.sharedLibPaths = libraries;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  return ExecutionEngine::create(module, options, std::move(*targetMachine));
}

FailureOr<CompiledModule>
CompiledModule::compile(ModuleOp module, const CompileOptions &options) {
  llvm::StringMap<RankedTensorType> results;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      results[function.getSymName()] =
          cast<RankedTensorType>(function.getResultTypes().front());
  llvm::errs() << "start " << clock()/1000 << "ms\n";
  if (failed(lower(module, options)))
    return failure();
  FailureOr<SmallVector<StringRef>> libraries = findLibraries(module);
  if (failed(libraries))
    return failure();
  llvm::errs() << "lowered " << clock()/1000 << "ms\n";
  auto engine = createEngine(module, *libraries);
  llvm::errs() << "created " << clock()/1000 << "ms\n";
  if (!engine)
    return module.emitError() << "the code generator failed: "
                              << llvm::toString(engine.takeError());
  CompiledModule compiled;
  for (const auto &[name, type] : results) {
    auto entry = (*engine)->lookupPacked(("_mlir_ciface_" + name).str());
    if (!entry)
      return module.emitError() << "cannot find the code of '" << name
                                << "': " << llvm::toString(entry.takeError());
    compiled.functions.try_emplace(name, CompiledFunction(*entry, type));
  }
  llvm::errs() << "looked up " << clock()/1000 << "ms\n";
  compiled.engine = std::move(*engine);
  return compiled;
}

CompiledModule::CompiledModule(CompiledModule &&) = default;
CompiledModule &CompiledModule::operator=(CompiledModule &&) = default;
CompiledModule::~CompiledModule() = default;

CompiledFunction CompiledModule::lookup(StringRef name) const {
  auto it = functions.find(name);
  assert(it != functions.end() && "not a public function of the module");
  return it->second;
}
