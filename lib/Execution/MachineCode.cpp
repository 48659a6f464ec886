//===- MachineCode.cpp - From LLVM IR to code in this process -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MachineCode.h"
#include "RunMemory.h"
#include "grow/Execution/OpTimer.h"
#include "grow/Runtime/Device.h"
#include "grow/Transforms/CPU/Processor.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/CompileUtils.h"
#include "llvm/ExecutionEngine/Orc/ExecutionUtils.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Compilation
//===----------------------------------------------------------------------===//

Expected<CodeTarget> CodeTarget::getHost() { return find("", "native"); }

static Expected<orc::JITTargetMachineBuilder> makeBuilder(StringRef triple,
                                                          StringRef chip) {
  if (!triple.empty() || chip != "native") {
    Triple normalized(triple.empty() ? sys::getProcessTriple()
                                     : Triple::normalize(triple));
    orc::JITTargetMachineBuilder builder(std::move(normalized));
    builder.setCPU(chip.str());
    return builder;
  }
  return orc::JITTargetMachineBuilder::detectHost();
}

/// The name that comes closest to one that LLVM does not know.
static StringRef findSimilar(const MCSubtargetInfo &known, StringRef chip) {
  StringRef best;
  unsigned fewest = chip.size(); // As many are no resemblance.
  for (const SubtargetSubTypeKV &candidate :
       known.getAllProcessorDescriptions()) {
    unsigned edits = chip.edit_distance(candidate.Key);
    if (edits < fewest) {
      fewest = edits;
      best = candidate.Key;
    }
  }
  return best;
}

/// LLVM itself would warn, once for each function, and go on with a default.
static Error checkChip(const orc::JITTargetMachineBuilder &builder) {
  std::string reason;
  const Target *target =
      TargetRegistry::lookupTarget(builder.getTargetTriple(), reason);
  if (!target)
    return createStringError("LLVM makes no code for '" +
                             builder.getTargetTriple().str() + "': " + reason);
  std::unique_ptr<MCSubtargetInfo> known(
      target->createMCSubtargetInfo(builder.getTargetTriple(), "", ""));
  const std::string &chip = builder.getCPU();
  if (known->isCPUStringValid(chip))
    return Error::success();
  StringRef similar = findSimilar(*known, chip);
  return createStringError(
      "LLVM knows no chip '" + chip + "' for " +
      builder.getTargetTriple().getArchName().str() +
      (similar.empty() ? "" : ": did you mean '" + similar.str() + "'?") +
      " `llc-" + Twine(LLVM_VERSION_MAJOR).str() + " -mtriple=" +
      builder.getTargetTriple().str() + " -mcpu=help` lists them all");
}

Expected<CodeTarget> CodeTarget::find(StringRef triple, StringRef chip) {
  if (!triple.empty()) {
    InitializeAllTargetInfos();
    InitializeAllTargets();
    InitializeAllTargetMCs();
    InitializeAllAsmPrinters();
  } else {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
  }
  auto builder = makeBuilder(triple, chip);
  if (!builder)
    return builder.takeError();
  if (Error error = checkChip(*builder))
    return error;
  builder->setCodeGenOptLevel(CodeGenOptLevel::Aggressive);
  // Libraries may be too far away for a direct call.
  builder->setRelocationModel(Reloc::PIC_);
  builder->setCodeModel(CodeModel::Small);
  CodeTarget target(std::move(*builder));
  auto machine = target.builder.createTargetMachine();
  if (!machine)
    return machine.takeError();
  for (const SubtargetFeatureKV &feature :
       (*machine)->getMCSubtargetInfo()->getEnabledProcessorFeatures())
    target.features.insert(feature.Key);
  return target;
}

unsigned CodeTarget::getVectorBits() const {
  return grow::getVectorBits([&](StringRef name) { return hasFeature(name); });
}

/// Runs LLVM's -O2 without what costs most of its time and gains nothing here:
/// the loops that matter are vectors and as long as they should be already.
static void optimize(llvm::Module &module, TargetMachine &machine) {
  PipelineTuningOptions tuning;
  tuning.LoopVectorization = true; // of elementwise loops
  tuning.LoopUnrolling = false;
  tuning.SLPVectorization = false;
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  PassBuilder builder(&machine, tuning);
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  builder.buildPerModuleDefaultPipeline(OptimizationLevel::O2)
      .run(module, modules);
}

Expected<std::unique_ptr<MemoryBuffer>>
grow::emitObject(mlir::ModuleOp module, orc::JITTargetMachineBuilder target) {
  auto machine = target.createTargetMachine();
  if (!machine)
    return machine.takeError();
  LLVMContext context;
  std::unique_ptr<llvm::Module> translated =
      mlir::translateModuleToLLVMIR(module, context);
  if (!translated)
    return createStringError("the module is not in the LLVM dialect");
  translated->setDataLayout((*machine)->createDataLayout());
  translated->setTargetTriple((*machine)->getTargetTriple());
  optimize(*translated, **machine);
  return orc::SimpleCompiler(**machine)(*translated);
}

//===----------------------------------------------------------------------===//
// Libraries
//===----------------------------------------------------------------------===//

/// The library that defines a symbol which compiled code may use; empty if any
/// process has it. The paths were found when grow was configured.
static StringRef getLibrary(StringRef symbol) {
  if (symbol.starts_with("__kmpc_") || symbol.starts_with("omp_"))
    return GROW_OPENMP_LIBRARY;
  if (symbol == "memrefCopy")
    return GROW_C_RUNNER_UTILS_LIBRARY;
  return "";
}

static Expected<SmallVector<StringRef>> findLibraries(MemoryBufferRef object) {
  auto file = object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  SmallVector<StringRef> libraries;
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    if (!flags)
      return flags.takeError();
    if (!(*flags & object::SymbolRef::SF_Undefined))
      continue;
    Expected<StringRef> name = symbol.getName();
    if (!name)
      return name.takeError();
    StringRef library = getLibrary(*name);
    if (!library.empty() && !is_contained(libraries, library))
      libraries.push_back(library);
  }
  return libraries;
}

Expected<bool> grow::usesOpenMP(MemoryBufferRef object) {
  auto libraries = findLibraries(object);
  if (!libraries)
    return libraries.takeError();
  return is_contained(*libraries, GROW_OPENMP_LIBRARY);
}

static Error addLibrary(orc::LLJIT &jit, StringRef library) {
  if (!sys::fs::exists(library))
    return createStringError("compiled code needs '" + library +
                             "', which is not there: install it and build grow "
                             "again");
  auto symbols = orc::DynamicLibrarySearchGenerator::Load(
      library.str().c_str(), jit.getDataLayout().getGlobalPrefix());
  if (!symbols)
    return symbols.takeError();
  jit.getMainJITDylib().addGenerator(std::move(*symbols));
  return Error::success();
}

//===----------------------------------------------------------------------===//
// LoadedObject
//===----------------------------------------------------------------------===//

/// Makes functions of this process known that code may call.
static Error addHostFunctions(orc::LLJIT &jit) {
  orc::SymbolMap symbols;
  auto add = [&](StringRef name, auto *address) {
    symbols[jit.mangleAndIntern(name)] = {orc::ExecutorAddr::fromPtr(address),
                                          JITSymbolFlags::Exported};
  };
  for (const auto &functions : {OpTimer::getSymbols(), RunMemory::getSymbols()})
    for (auto [name, address] : functions)
      add(name, address);
  add("growDeviceBorrow", growDeviceBorrow);
  add("growDeviceCheckEntries", growDeviceCheckEntries);
  add("growDeviceLaunch", growDeviceLaunch);
  add("growDeviceReturn", growDeviceReturn);
  return jit.getMainJITDylib().define(orc::absoluteSymbols(std::move(symbols)));
}

Expected<LoadedObject> LoadedObject::load(std::unique_ptr<MemoryBuffer> object,
                                          orc::JITTargetMachineBuilder target) {
  auto libraries = findLibraries(*object);
  if (!libraries)
    return libraries.takeError();
  // Our code has no constructors, thread-local variables or exceptions that a
  // platform would be needed for.
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(std::move(target))
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .create();
  if (!jit)
    return jit.takeError();
  for (StringRef library : *libraries)
    if (Error error = addLibrary(**jit, library))
      return error;
  if (Error error = addHostFunctions(**jit))
    return error;
  if (Error error = (*jit)->addObjectFile(std::move(object)))
    return error;
  bool openMP = is_contained(*libraries, GROW_OPENMP_LIBRARY);
  return LoadedObject(std::move(*jit), openMP);
}

Expected<void *> LoadedObject::lookup(StringRef symbol) const {
  auto address = jit->lookup(symbol);
  if (!address)
    return address.takeError();
  return address->toPtr<void *>();
}
