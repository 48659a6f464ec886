//===- Inspect.h - What a checkpoint is and how it can grow -----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_INSPECT_H
#define GROW_CHECKPOINT_INSPECT_H

#include "grow/Checkpoint/Import.h"

namespace grow {

struct CheckpointSummary {
  struct Size {
    std::string name; ///< grow's, such as `mlp`.
    std::string key;  ///< The configuration's; empty for a computed size.
    int64_t value;
  };
  /// What an expansion of all layers means for config.json.
  struct Growth {
    std::string expansion; ///< The op, such as `expand_mlp`.
    /// The keys that change, those of `together` included.
    std::vector<std::string> keys;
    /// Sizes that have to grow as well for a configuration to hold the model.
    std::vector<std::string> together;
    /// Why the expansion is impossible; empty if it is possible.
    std::string reason;
  };

  std::string modelType;
  std::vector<Size> sizes;
  int64_t layers = 0;
  /// Entries of all parameters, a tied one counted once.
  uint64_t parameterCount = 0;
  /// Bytes of the tensors that the model reads.
  uint64_t storedBytes = 0;
  /// The element types of these tensors.
  std::vector<DType> dtypes;
  /// Tensors of the checkpoint that the model does not read, such as buffers of
  /// old versions of transformers. A grown checkpoint does not have them.
  std::vector<std::string> ignoredTensors;
  /// One for each expansion: alone, together with others, or not at all.
  /// Expansions that the context does not know how to apply are left out.
  std::vector<Growth> growth;
};

/// Summarises a checkpoint; fails, with errors, as importCheckpoint() does.
mlir::FailureOr<CheckpointSummary>
summarizeCheckpoint(const CheckpointDir &dir, mlir::MLIRContext *context,
                    const ImportOptions &options = {});

} // namespace grow

#endif // GROW_CHECKPOINT_INSPECT_H
