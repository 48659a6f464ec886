//===- CompiledModule.cpp - Machine code of a module ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModule.h"
#include "grow/Conversion/Passes.h"
#include "grow/Execution/OpTimer.h"
#include "grow/Pipelines/Pipelines.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/InitAllDialects.h"
#include "mlir/InitAllExtensions.h"
#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
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

/// What MLIR puts before the name of a function in its C interface.
static constexpr llvm::StringLiteral kInterfacePrefix = "_mlir_ciface_";

static LogicalResult lower(ModuleOp module, const CompileOptions &options) {
  PassManager pm(module.getContext());
  pm.addPass(createConvertGrowToLinalgPass());
  ToLLVMPipelineOptions pipelineOptions;
  pipelineOptions.parallel = options.parallel;
  buildToLLVMPipeline(pm, pipelineOptions);
  return pm.run(module);
}

/// Leaves the C interface as the only way in. The execution engine would write
/// a wrapper for each function that is visible, and LLVM could drop none.
static void internalize(ModuleOp module) {
  for (auto function : module.getOps<LLVM::LLVMFuncOp>())
    if (!function.isExternal() &&
        !function.getSymName().starts_with(kInterfacePrefix))
      function.setLinkage(LLVM::Linkage::Internal);
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

/// Runs LLVM's -O2 without what costs most of its time and gains nothing here:
/// the loops that matter are vectors and as long as they should be already.
static void optimize(llvm::Module &module, llvm::TargetMachine &machine) {
  llvm::PipelineTuningOptions tuning;
  tuning.LoopVectorization = true; // of elementwise loops
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = false;
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager components;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O2)
      .run(module, modules);
}

static llvm::Expected<std::unique_ptr<ExecutionEngine>>
createEngine(ModuleOp module, ArrayRef<StringRef> libraries) {
  auto targetMachine = createHostTargetMachine();
  if (!targetMachine)
    return targetMachine.takeError();
  // The engine takes the machine's ownership, but not before it is done.
  auto transform = [machine = targetMachine->get()](llvm::Module *module) {
    optimize(*module, *machine);
    return llvm::Error::success();
  };
  ExecutionEngineOptions options;
  options.transformer = transform;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Aggressive;
  options.sharedLibPaths = libraries;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  return ExecutionEngine::create(module, options, std::move(*targetMachine));
}

/// Makes functions of this process known to the code that calls them.
static void registerSymbols(ExecutionEngine &engine) {
  engine.registerSymbols([](llvm::orc::MangleAndInterner interner) {
    llvm::orc::SymbolMap symbols;
    for (auto [name, address] : OpTimer::getSymbols())
      symbols[interner(name)] = {llvm::orc::ExecutorAddr::fromPtr(address),
                                 llvm::JITSymbolFlags::Exported};
    return symbols;
  });
}

FailureOr<CompiledModule>
CompiledModule::compile(ModuleOp module, const CompileOptions &options) {
  llvm::StringMap<RankedTensorType> results;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      results[function.getSymName()] =
          cast<RankedTensorType>(function.getResultTypes().front());
  if (failed(lower(module, options)))
    return failure();
  FailureOr<SmallVector<StringRef>> libraries = findLibraries(module);
  if (failed(libraries))
    return failure();
  internalize(module);
  auto engine = createEngine(module, *libraries);
  if (!engine)
    return module.emitError() << "the code generator failed: "
                              << llvm::toString(engine.takeError());
  if (options.timeOps)
    registerSymbols(**engine);
  CompiledModule compiled;
  for (const auto &[name, type] : results) {
    auto entry = (*engine)->lookupPacked((kInterfacePrefix + name).str());
    if (!entry)
      return module.emitError() << "cannot find the code of '" << name
                                << "': " << llvm::toString(entry.takeError());
    compiled.functions.try_emplace(name, CompiledFunction(*entry, type));
  }
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
