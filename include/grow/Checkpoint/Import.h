//===- Import.h - From a checkpoint directory to grow IR --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_IMPORT_H
#define GROW_CHECKPOINT_IMPORT_H

#include "grow/Checkpoint/CheckpointDir.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/IR/OwningOpRef.h"

namespace grow {

struct ImportOptions {
  /// The element type to compute in; null for the checkpoint's own. Parameters
  /// have this type, and their storage says which one is stored.
  mlir::Type elementType;
  /// Keys of config.json that may stand there although grow does not know what
  /// they mean.
  std::vector<std::string> ignoredConfigKeys;
  /// An architecture file to use in place of those that are built in.
  std::string architectureFile;
};

/// The model types that are built in, in the order of their names.
std::vector<std::string> getArchitectureNames();

/// Makes the model that config.json describes: parameters named by their role,
/// with their place in the checkpoint, and the function `@forward` from token
/// numbers to logits. No weight is read. Configuration and weights are checked
/// against each other completely: what grow does not understand, it refuses,
/// with errors emitted to the context.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importCheckpoint(const CheckpointDir &dir, mlir::MLIRContext *context,
                 const ImportOptions &options = {});

/// The dialects of an imported module.
void registerImportDialects(mlir::DialectRegistry &registry);

/// The type of a stored tensor's elements; null if grow cannot compute with it.
mlir::Type getElementType(mlir::MLIRContext *context, DType dtype);
/// The inverse, for f64, f32, f16 and bf16.
DType getDType(mlir::Type elementType);

/// Registers `--import-hf` with mlir-translate's machinery. Its input is the
/// config.json of a checkpoint directory.
void registerImportTranslation();

} // namespace grow

#endif // GROW_CHECKPOINT_IMPORT_H
