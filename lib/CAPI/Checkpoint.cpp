//===- Checkpoint.cpp - Reading and writing checkpoints -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow-c/Checkpoint.h"
#include "Handles.h"
#include "grow/Checkpoint/Export.h"
#include "grow/Execution/CodeCache.h"
#include "grow/Execution/GrownCheckpoint.h"
#include "grow/FiniteField/Liveness.h"

using namespace mlir;
using namespace grow;
using namespace grow::capi;

GrowCheckpoint growCheckpointOpen(MlirContext handle, MlirStringRef directory) {
  MLIRContext *context = unwrap(handle);
  if (failed(checkContext(context)))
    return {nullptr};
  std::optional<StringRef> path =
      getString(context, "the path of a checkpoint", directory);
  if (!path)
    return {nullptr};
  llvm::Expected<CheckpointDir> dir = CheckpointDir::open(*path);
  if (!dir)
    return (void)report(context, dir.takeError()), GrowCheckpoint{nullptr};
  return wrap(new Checkpoint{
      context, std::make_shared<const CheckpointDir>(std::move(*dir)), {}});
}

void growCheckpointDestroy(GrowCheckpoint checkpoint) {
  delete unwrap(checkpoint);
}

/// None without a checkpoint, and after an error of a string without text.
static std::optional<StringRef>
getString(Checkpoint *checkpoint, StringRef what, MlirStringRef string) {
  if (!checkpoint)
    return std::nullopt;
  return capi::getString(checkpoint->context, what, string);
}

MlirLogicalResult growCheckpointSetArchitecture(GrowCheckpoint handle,
                                                MlirStringRef file) {
  Checkpoint *checkpoint = unwrap(handle);
  auto path = getString(checkpoint, "the path of an architecture file", file);
  if (path)
    checkpoint->options.architectureFile = path->str();
  return wrap(success(path.has_value()));
}

MlirLogicalResult growCheckpointIgnoreConfigKey(GrowCheckpoint handle,
                                                MlirStringRef key) {
  Checkpoint *checkpoint = unwrap(handle);
  auto name = getString(checkpoint, "a key of config.json", key);
  if (name)
    checkpoint->options.ignoredConfigKeys.push_back(name->str());
  return wrap(success(name.has_value()));
}

MlirModule growCheckpointImport(GrowCheckpoint handle, MlirType elementType) {
  Checkpoint *checkpoint = unwrap(handle);
  if (!checkpoint)
    return {nullptr};
  ImportOptions options = checkpoint->options;
  options.elementType = unwrap(elementType);
  if (options.elementType &&
      failed(checkSameContext(checkpoint->context,
                              options.elementType.getContext(), "a type")))
    return {nullptr};
  if (options.elementType &&
      !isa<Float64Type, Float32Type, Float16Type, BFloat16Type>(
          options.elementType)) {
    capi::emitError(checkpoint->context)
        << "expected f64, f32, f16 or bf16 to compute in, found "
        << options.elementType;
    return {nullptr};
  }
  auto module =
      importCheckpoint(*checkpoint->dir, checkpoint->context, options);
  return failed(module) ? MlirModule{nullptr} : wrap(module->release());
}

/// Proves that `grown` computes what `source` does, unless the checkpoint's
/// configuration or `allowDead` rule it out, and writes it.
static LogicalResult writeGrown(const Checkpoint &checkpoint, ModuleOp source,
                                ModuleOp grown, StringRef directory,
                                bool allowDead) {
  MLIRContext *context = checkpoint.context;
  FailureOr<std::string> config =
      exportConfig(*checkpoint.dir, source, grown, checkpoint.options);
  if (failed(config))
    return failure();
  FailureOr<DerivationPlan> plan = planDerivations(source, grown);
  if (failed(plan))
    return failure();
  FailureOr<Certificate> proof = proveGrowth(source, grown);
  if (failed(proof) || failed(checkLiveness(grown, allowDead)))
    return failure();
  GrownCheckpointOptions options;
  options.derivations.cacheDirectory = CodeCache::getDefaultDirectory();
  if (llvm::Error error =
          addProvenance(options, *checkpoint.dir, grown, *proof, GROW_VERSION))
    return report(context, std::move(error));
  if (llvm::Error error = writeGrownCheckpoint(*checkpoint.dir, *plan, *config,
                                               directory, options))
    return report(context, std::move(error));
  return success();
}

MlirLogicalResult growCheckpointWriteGrown(GrowCheckpoint handle,
                                           MlirModule grownHandle,
                                           MlirStringRef directory,
                                           bool allowDead) {
  Checkpoint *checkpoint = unwrap(handle);
  ModuleOp grown = unwrap(grownHandle);
  if (!checkpoint || failed(checkModule(grown)))
    return mlirLogicalResultFailure();
  MLIRContext *context = checkpoint->context;
  std::optional<StringRef> path =
      getString(context, "the path of a new checkpoint", directory);
  if (!path)
    return mlirLogicalResultFailure();
  if (failed(checkSameContext(context, grown.getContext(), "a module")))
    return mlirLogicalResultFailure();
  auto source =
      importCheckpoint(*checkpoint->dir, context, checkpoint->options);
  // Export moves what configurations cannot say into weights.
  OwningOpRef<ModuleOp> exported = grown.clone();
  if (failed(source))
    return mlirLogicalResultFailure();
  return wrap(writeGrown(*checkpoint, **source, *exported, *path, allowDead));
}
