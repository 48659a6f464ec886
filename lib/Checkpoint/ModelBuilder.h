//===- ModelBuilder.h - IR from a configuration -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_MODELBUILDER_H
#define GROW_LIB_CHECKPOINT_MODELBUILDER_H

#include "ModelConfig.h"
#include "grow/Checkpoint/Import.h"
#include "grow/IR/Storage.h"

namespace grow {

/// What is known of stored tensors without reading them.
class TensorTable {
public:
  struct Entry {
    DType dtype;
    llvm::SmallVector<int64_t, 4> shape;
    std::string file;
  };

  explicit TensorTable(const CheckpointDir &dir);
  explicit TensorTable(const StorageMap &storage);

  const std::map<std::string, Entry> &getEntries() const { return entries; }
  const Entry *lookup(llvm::StringRef name) const;
  /// Where to look for a tensor that is missing.
  llvm::StringRef getOrigin() const { return origin; }

private:
  std::map<std::string, Entry> entries;
  std::string origin;
};

/// A checkpoint's configuration, seen through its architecture.
struct ImportedConfig {
  std::unique_ptr<Architecture> arch; // `config` points to it
  ModelConfig config;
};
/// Reads the configuration by the architecture in the file that the options
/// name, or the one that is built in for its model type. Emits errors.
mlir::FailureOr<ImportedConfig> importConfig(const CheckpointDir &dir,
                                             mlir::MLIRContext *context,
                                             const ImportOptions &options);

/// The prefix, of those that the architecture allows, that the tensors have.
llvm::StringRef findPrefix(const Architecture &arch, const TensorTable &table);

/// A tensor that a checkpoint has besides `original`, which is read: of a
/// parameter that the configuration ties, or under another name.
struct TensorCopy {
  std::string name, original;
  bool isTied;
};

/// A model with what the importer learned about its tensors.
struct BuiltModel {
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// Tensors of the table that no parameter is stored in.
  std::vector<std::string> ignoredTensors;
  /// Of these, the ones that must be equal to a parameter's tensor.
  std::vector<TensorCopy> copies;
};

/// Builds the model and checks every tensor of the table against it.
mlir::FailureOr<BuiltModel> buildModel(const ModelConfig &config,
                                       const TensorTable &table,
                                       mlir::Type elementType);

/// importCheckpoint() with the results of its steps.
struct ImportedCheckpoint {
  std::unique_ptr<Architecture> arch; // `config` points to it
  ModelConfig config;
  BuiltModel model;
};
mlir::FailureOr<ImportedCheckpoint>
importWithDetails(const CheckpointDir &dir, mlir::MLIRContext *context,
                  const ImportOptions &options);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_MODELBUILDER_H
