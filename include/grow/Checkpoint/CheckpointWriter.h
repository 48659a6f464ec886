//===- CheckpointWriter.h - Writing a checkpoint directory ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_CHECKPOINTWRITER_H
#define GROW_CHECKPOINT_CHECKPOINTWRITER_H

#include "grow/Checkpoint/OutputDirectory.h"
#include "grow/Checkpoint/Safetensors.h"
#include <atomic>
#include <memory>

namespace grow {

/// A tensor that is to be written.
struct TensorSpec {
  std::string name;
  DType dtype;
  llvm::SmallVector<int64_t, 4> shape;
};

using ShardSpec = std::vector<TensorSpec>;

/// The files that a checkpoint is to have.
struct CheckpointLayout {
  /// One shard becomes model.safetensors, more of them
  /// model-00001-of-0000N.safetensors with an index.
  std::vector<ShardSpec> shards;
  /// `__metadata__` of each shard. A `format` of "pt" is added if there is
  /// none: transformers refuses files without.
  std::map<std::string, std::string> metadata;
};

/// Distributes tensors over shards in the order given, starting a new shard
/// where one would exceed `maxShardSize` bytes of data. A larger tensor gets a
/// shard of its own.
llvm::Expected<std::vector<ShardSpec>>
splitIntoShards(llvm::ArrayRef<TensorSpec> tensors, uint64_t maxShardSize);

/// Writes a checkpoint directory that is there completely or not at all.
///
/// All files are laid out, and their space reserved, by create(); tensors may
/// then be filled in any order, in parts and from several threads. Everything
/// happens in a hidden directory beside the final one, which commit() renames
/// once every byte is on disk. Without a commit the destructor removes it.
class CheckpointWriter {
public:
  static llvm::Expected<std::unique_ptr<CheckpointWriter>>
  create(llvm::StringRef outDir, const CheckpointLayout &layout);
  ~CheckpointWriter();
  CheckpointWriter(const CheckpointWriter &) = delete;
  CheckpointWriter &operator=(const CheckpointWriter &) = delete;

  /// Writes `bytes` at `offset` of the tensor. Each byte of a tensor must be
  /// written once. Safe to call from several threads for distinct bytes.
  llvm::Error writeAt(llvm::StringRef tensor, uint64_t offset,
                      llvm::ArrayRef<char> bytes);

  /// Writes the whole tensor from one of another file, within the kernel where
  /// the file systems allow it. Safe to call from several threads.
  llvm::Error copyFrom(llvm::StringRef tensor, const SafetensorsFile &file,
                       const TensorInfo &info);

  /// Adds a file beside the weights; `name` must be new and have no directory.
  llvm::Error writeFile(llvm::StringRef name, llvm::StringRef text);
  /// The same, with the contents of the file at `path` and its name.
  llvm::Error copyFile(llvm::StringRef path);

  /// Fails if any byte of any tensor is missing; otherwise makes the directory
  /// appear under its final name. Nothing may be written afterwards.
  llvm::Error commit();

private:
  struct Shard {
    std::string name;
    FileDescriptor file;
  };
  /// Where a tensor goes, and how much of it is there.
  struct Slot {
    Slot(TensorInfo info, unsigned shard)
        : info(std::move(info)), shard(shard) {}

    TensorInfo info;
    unsigned shard;
    uint64_t fileOffset = 0;
    std::atomic<uint64_t> written{0};
  };

  explicit CheckpointWriter(std::string outDir) : outDir(std::move(outDir)) {}

  llvm::Error addSlots(llvm::ArrayRef<ShardSpec> shards);
  llvm::Error checkSpace() const;
  llvm::Error createShard(unsigned index, const CheckpointLayout &layout);
  std::vector<Slot *> placeTensors(const ShardSpec &tensors);
  llvm::Error reserve(const Shard &shard, uint64_t size) const;
  llvm::Error writeIndex();

  llvm::Expected<Slot *> find(llvm::StringRef tensor, uint64_t offset,
                              uint64_t size) const;
  llvm::Error writeBytes(const Shard &shard, uint64_t offset,
                         llvm::ArrayRef<char> bytes) const;
  void startWriteback(const Slot &slot, uint64_t offset, uint64_t size) const;
  llvm::Expected<uint64_t> copyInKernel(const Slot &slot,
                                        const SafetensorsFile &file,
                                        const TensorInfo &info) const;
  llvm::Error copyThroughMemory(const Slot &slot, const SafetensorsFile &file,
                                const TensorInfo &info, uint64_t begin) const;

  llvm::Error checkComplete() const;

  std::string pathOf(llvm::StringRef file) const;

  std::string outDir;
  /// Where the files go; none before create() has made it.
  std::optional<OutputDirectory> directory;
  std::vector<Shard> shards;
  uint64_t totalSize = 0;
  llvm::StringMap<std::unique_ptr<Slot>> slots;
};

} // namespace grow

#endif // GROW_CHECKPOINT_CHECKPOINTWRITER_H
