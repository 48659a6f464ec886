//===- CheckpointDir.h - Reading a checkpoint directory ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_CHECKPOINTDIR_H
#define GROW_CHECKPOINT_CHECKPOINTDIR_H

#include "grow/Checkpoint/Safetensors.h"

namespace grow {

/// A directory as Hugging Face's `save_pretrained` writes it: config.json, the
/// weights in model.safetensors or in shards that model.safetensors.index.json
/// lists, and whatever else belongs to the model.
class CheckpointDir {
public:
  struct StoredTensor {
    const SafetensorsFile *file;
    const TensorInfo *info;
  };

  static llvm::Expected<CheckpointDir> open(llvm::StringRef path);

  llvm::StringRef getPath() const { return path; }
  /// The text of config.json, unchecked.
  llvm::StringRef getConfigText() const { return configText; }
  /// In the order of their names, which number them.
  llvm::ArrayRef<SafetensorsFile> getShards() const { return shards; }
  /// Whether the weights come with an index, be it of a single shard.
  bool hasIndex() const { return indexed; }
  std::optional<StoredTensor> lookup(llvm::StringRef tensor) const;
  /// Names of the files that describe neither weights nor shapes, and so belong
  /// unchanged to a grown model: tokenizer, chat template, code, licence.
  /// Sorted; what lies in subdirectories is left out.
  llvm::ArrayRef<std::string> getOtherFiles() const { return otherFiles; }

private:
  CheckpointDir() = default;

  std::string pathOf(llvm::StringRef file) const;
  llvm::Error readConfig();
  llvm::Error openWeights();
  llvm::Error openShards(llvm::StringRef indexFile);
  llvm::Error addShard(llvm::StringRef file);
  llvm::Error checkIndex(llvm::StringRef indexFile,
                         const std::map<std::string, std::string> &shardOf);
  llvm::Error explainMissingWeights() const;
  llvm::Error listFiles();

  std::string path;
  std::string configText;
  bool indexed = false;
  std::vector<SafetensorsFile> shards;
  /// Shard and tensor by name: positions, since a CheckpointDir may be moved.
  llvm::StringMap<std::pair<unsigned, unsigned>> positions;
  std::vector<std::string> allFiles;
  std::vector<std::string> otherFiles;
};

} // namespace grow

#endif // GROW_CHECKPOINT_CHECKPOINTDIR_H
