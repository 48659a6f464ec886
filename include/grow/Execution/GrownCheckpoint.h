//===- GrownCheckpoint.h - Writing a grown checkpoint -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_GROWNCHECKPOINT_H
#define GROW_EXECUTION_GROWNCHECKPOINT_H

#include "grow/Execution/Derivations.h"
#include "grow/Proof/Prove.h"
#include <map>

namespace grow {

class CheckpointDir;

struct GrownCheckpointOptions {
  DerivationOptions derivations;
  /// Bytes of tensors in a shard; a larger tensor has a shard of its own.
  /// None: tensors stay in the shards that the source has them in.
  std::optional<uint64_t> maxShardSize;
  /// Goes into `__metadata__` of each shard, over the source's entries.
  std::map<std::string, std::string> metadata;
  /// Further files to write, by name, instead of the source's of that name.
  std::map<std::string, std::string> files;
};

/// A grown checkpoint carries two files that say how it has grown: the grown
/// model with the derivation of each parameter, and the certificate of its
/// proof.
inline constexpr llvm::StringLiteral kGrowthFile = "growth.mlir";
inline constexpr llvm::StringLiteral kCertificateFile = "growth.json";

/// Adds these files, and to the metadata which version of grow made it, and of
/// which source.
llvm::Error addProvenance(GrownCheckpointOptions &options,
                          const CheckpointDir &source, mlir::ModuleOp grown,
                          const Certificate &proof, llvm::StringRef version);

/// Writes the checkpoint directory `outDir`: the tensors of `plan`, made from
/// those of `source`, `config` as config.json, and the source's other files.
/// Whatever fails, nothing appears under that name and nothing is left beside
/// it.
llvm::Error writeGrownCheckpoint(const CheckpointDir &source,
                                 DerivationPlan &plan, llvm::StringRef config,
                                 llvm::StringRef outDir,
                                 const GrownCheckpointOptions &options);

/// For each shard its file name and the SHA-256 of its header, which names all
/// tensors with their types and shapes: tells which checkpoint it was, without
/// reading all of it.
llvm::Expected<std::string> hashHeaders(const CheckpointDir &dir);

} // namespace grow

#endif // GROW_EXECUTION_GROWNCHECKPOINT_H
