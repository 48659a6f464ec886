//===- Import.cpp - From a checkpoint directory to grow IR ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/Import.h"
#include "CheckpointUtils.h"
#include "ModelBuilder.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;
using namespace grow;

static bool haveEqualBytes(const CheckpointDir::StoredTensor &a,
                           const CheckpointDir::StoredTensor &b) {
  bool equal = a.info->dtype == b.info->dtype &&
               a.info->shape == b.info->shape &&
               a.file->getData(*a.info) == b.file->getData(*b.info);
  a.file->releasePages(*a.info);
  b.file->releasePages(*b.info);
  return equal;
}

/// Some writers store a tensor under several names.
static LogicalResult checkCopies(const CheckpointDir &dir,
                                 const ImportedCheckpoint &imported) {
  const ConfigFile &config = imported.config.getFile();
  for (const auto &[copy, original, isTied] : imported.model.copies) {
    if (haveEqualBytes(*dir.lookup(copy), *dir.lookup(original)))
      continue;
    StringRef path = dir.lookup(copy)->file->getPath();
    if (!isTied)
      return emitError(config.getLoc())
             << "'" << copy << "' and '" << original
             << "' are names of one tensor, but '" << path
             << "' has both and they differ: remove the one that is not meant";
    return emitError(config.getLoc("tie_word_embeddings"))
           << "the configuration ties tensor '" << copy << "' to '" << original
           << "', but '" << path
           << "' has both and they differ: set 'tie_word_embeddings' to false "
              "if the former is meant, else remove it";
  }
  return success();
}

FailureOr<ImportedCheckpoint>
grow::importWithDetails(const CheckpointDir &dir, MLIRContext *context,
                        const ImportOptions &options) {
  FailureOr<ImportedConfig> read = importConfig(dir, context, options);
  if (failed(read))
    return failure();
  FailureOr<BuiltModel> model =
      buildModel(read->config, TensorTable(dir), options.elementType);
  if (failed(model))
    return failure();
  ImportedCheckpoint imported{std::move(read->arch), std::move(read->config),
                              std::move(*model)};
  if (failed(checkCopies(dir, imported)))
    return failure();
  return imported;
}

FailureOr<OwningOpRef<ModuleOp>>
grow::importCheckpoint(const CheckpointDir &dir, MLIRContext *context,
                       const ImportOptions &options) {
  FailureOr<ImportedCheckpoint> imported =
      importWithDetails(dir, context, options);
  if (failed(imported))
    return failure();
  return std::move(imported->model.module);
}

void grow::registerImportDialects(DialectRegistry &registry) {
  registry.insert<GrowDialect, arith::ArithDialect, func::FuncDialect>();
}
