//===- Inspect.cpp - What a checkpoint is and how it can grow -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Inspect.h"
#include "ModelBuilder.h"

using namespace mlir;
using namespace grow;

/// Adds what the stored tensors tell.
static LogicalResult addTensors(ModuleOp module, const CheckpointDir &dir,
                                CheckpointSummary &summary) {
  FailureOr<StorageMap> storage = StorageMap::resolve(module);
  if (failed(storage))
    return failure();
  for (const StoredTensor &tensor : storage->getTensors()) {
    const TensorInfo &info = *dir.lookup(tensor.name)->info;
    summary.parameterCount += tensor.getType().getNumElements();
    summary.storedBytes += info.getByteSize();
    if (!llvm::is_contained(summary.dtypes, info.dtype))
      summary.dtypes.push_back(info.dtype);
  }
  return success();
}

FailureOr<CheckpointSummary>
grow::summarizeCheckpoint(const CheckpointDir &dir, MLIRContext *context,
                          const ImportOptions &options) {
  FailureOr<ImportedCheckpoint> imported =
      importWithDetails(dir, context, options);
  if (failed(imported))
    return failure();
  const Architecture &arch = *imported->arch;
  CheckpointSummary summary;
  summary.modelType = arch.modelType;
  for (const SizeSpec &size : arch.sizes)
    summary.sizes.push_back(
        {size.name, size.key, imported->config.getSize(size.name)});
  summary.layers = imported->config.getSize("layers");
  summary.ignoredTensors = imported->model.ignoredTensors;
  if (failed(addTensors(*imported->model.module, dir, summary)))
    return failure();
  for (auto [expansion, name] :
       {std::pair("expand_mlp", "mlp"), std::pair("add_layers", "layers")}) {
    const SizeSpec *size = arch.findSize(name);
    if (size && !size->key.empty())
      summary.growth.push_back({expansion, name, size->key});
  }
  return summary;
}
