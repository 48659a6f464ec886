//===- ModelObject.cpp - A model compiled ahead of time -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/ModelObject.h"
#include "KernelTarget.h"
#include "ModelInterface.h"
#include "ObjectBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/Execution/Forward.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Proof/Prove.h"
#include "grow/Transforms/CPU/Processor.h"
#include "grow/Transforms/GPU/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace grow;

bool grow::isModelName(llvm::StringRef name) {
  auto isWord = [](char c) { return llvm::isAlnum(c) || c == '_'; };
  return !name.empty() && !llvm::isDigit(name.front()) &&
         llvm::all_of(name, isWord);
}

/// Chooses what else depends on the machine that runs the code.
static void setOptions(ToLLVMPipelineOptions &lowering,
                       const ModelObjectOptions &options,
                       const CodeTarget &target) {
  lowering.parallel = options.parallel;
  lowering.threads = options.threads;
  lowering.vectorBits = target.getVectorBits();
  lowering.expandF16 = !hasHalfConversions(
      [&](llvm::StringRef name) { return target.hasFeature(name); });
  lowering.slots = true;
  lowering.outParams = true;
}

static KernelTarget getKernelTarget(const ModelObjectOptions &options) {
  KernelTarget target = KernelTarget::get(options.target, options.deviceChip);
  target.tf32 = options.tf32;
  return target;
}

namespace {
/// The passes that make an object of a model.
class ModelLowering {
public:
  ModelLowering(const ModelObjectOptions &options, const CodeTarget &host)
      : kernels(getKernelTarget(options)) {
    setOptions(cpu, options, host);
  }

  /// From model ops to blocks.
  void addTiling(OpPassManager &pm) const {
    if (usesKernels())
      buildTiling(pm, kernels);
    else
      buildModelTiling(pm, cpu);
  }
  /// From there to code of the host.
  void addLowering(OpPassManager &pm) const {
    pm.addPass(createConvertGrowToLinalgPass());
    if (usesKernels())
      buildKernelLowering(pm, kernels, /*outParams=*/true);
    else
      buildToLLVMPipeline(pm, cpu);
  }

  const KernelTarget kernels;

private:
  bool usesKernels() const { return kernels.kind != Target::CPU; }

  ToLLVMPipelineOptions cpu;
};
} // namespace

/// PTX in one file, to be read; anything else in files that tools take.
static std::vector<std::pair<std::string, std::string>>
makeKernelFiles(ArrayRef<KernelBinary> binaries, StringRef format) {
  std::vector<std::pair<std::string, std::string>> files;
  if (format == "isa" || format == "auto") {
    std::string text;
    for (const KernelBinary &binary : binaries) {
      StringRef ptx = binary.assembly.empty() ? binary.code : binary.assembly;
      text += "// Kernels of " + binary.name + "\n" +
              ptx.rtrim(StringRef("\0\n", 2)).str() + "\n\n";
    }
    files.push_back({ModelObject::kKernelText.str(), std::move(text)});
    return files;
  }
  StringRef extension = llvm::StringSwitch<StringRef>(format)
                            .Case("bin", ".cubin")
                            .Case("fatbin", ".fatbin")
                            .Case("llvm", ".bc")
                            .Default(".spv");
  for (const KernelBinary &binary : binaries)
    files.push_back({binary.name + extension.str(), binary.code});
  return files;
}

/// The runtime has numbers of 64 bits and, for models that want those, of 32.
static LogicalResult checkInput(ModuleOp model, RankedTensorType input) {
  Type element = input.getElementType();
  if (!element.isInteger() || element.isInteger(32) || element.isInteger(64))
    return success();
  return model.emitError() << "cannot compile a model whose token numbers are "
                           << element << ": expected i32 or i64";
}

FailureOr<ModelObject> ModelObject::compile(ModuleOp model,
                                            const ModelObjectOptions &options) {
  auto target = CodeTarget::find(options.triple, options.chip);
  if (!target)
    return mlir::emitError(UnknownLoc::get(model.getContext()))
           << llvm::toString(target.takeError());
  ModelLowering lowering(options, *target);
  FailureOr<TiledModel> tiled = TiledModel::build(
      model, [&](OpPassManager &pm) { lowering.addTiling(pm); });
  if (failed(tiled) || failed(checkInput(model, tiled->interface.input)))
    return failure();

  ModelDescription description{options, *target, lowering.kernels,
                               tiled->interface, hashModule(model)};
  ModelObject result;
  result.manifest = printManifest(description);
  result.header = printHeader(description);
  result.parameters = description.getParameters().size();
  result.triple = target->getTriple().str();
  result.machine = description.describeMachine();
  result.chip = description.getChip().str();
  llvm::Triple host(llvm::sys::getProcessTriple());
  result.isForHost = target->getTriple().getArch() == host.getArch() &&
                     target->getTriple().getOS() == host.getOS();
  ObjectBuilder builder(
      *tiled->module, [&](OpPassManager &pm) { lowering.addLowering(pm); },
      *target);
  auto object = builder.build([&](llvm::StringSet<> &exported) {
    if (options.target != Target::CPU)
      result.kernels = makeKernelFiles(getKernelBinaries(*tiled->module),
                                       lowering.kernels.format);
    return addEntryPoints(*tiled->module, description, result.manifest,
                          exported);
  });
  if (failed(object))
    return failure();
  llvm::Expected<bool> openMP = grow::usesOpenMP(**object);
  if (!openMP)
    return model.emitError() << llvm::toString(openMP.takeError());
  result.object = std::move(*object);
  result.usesOpenMP = *openMP;
  return result;
}
