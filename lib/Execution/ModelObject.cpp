//===- ModelObject.cpp - A model compiled ahead of time -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/ModelObject.h"
#include "ModelInterface.h"
#include "ObjectBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/Execution/Forward.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Proof/Prove.h"
#include "grow/Transforms/CPU/Processor.h"
#include "llvm/ADT/StringExtras.h"
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
  ToLLVMPipelineOptions lowering;
  setOptions(lowering, options, *target);
  FailureOr<TiledModel> tiled = TiledModel::build(
      model, [&](OpPassManager &pm) { buildModelTiling(pm, lowering); });
  if (failed(tiled) || failed(checkInput(model, tiled->interface.input)))
    return failure();

  ModelDescription description{options, *target, tiled->interface,
                               hashModule(model)};
  ModelObject result;
  result.manifest = printManifest(description);
  result.header = printHeader(description);
  result.parameters = description.getParameters().size();
  result.triple = target->getTriple().str();
  result.chip = target->getChip().str();
  llvm::Triple host(llvm::sys::getProcessTriple());
  result.isForHost = target->getTriple().getArch() == host.getArch() &&
                     target->getTriple().getOS() == host.getOS();
  auto addPasses = [&](OpPassManager &pm) {
    pm.addPass(createConvertGrowToLinalgPass());
    buildToLLVMPipeline(pm, lowering);
  };
  ObjectBuilder builder(*tiled->module, addPasses, *target);
  auto object = builder.build([&](llvm::StringSet<> &exported) {
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
