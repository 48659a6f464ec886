//===- GrownCheckpoint.cpp - Writing a grown checkpoint -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/GrownCheckpoint.h"
#include "grow/Checkpoint/CheckpointDir.h"
#include "grow/Checkpoint/CheckpointWriter.h"
#include "grow/Checkpoint/Import.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace grow;

namespace {
/// Tensors go straight to the files of a new checkpoint.
class CheckpointSink : public TensorSink {
public:
  CheckpointSink(const CheckpointDir &source, CheckpointWriter &writer)
      : source(source), writer(writer) {}

  llvm::Error copy(StringRef name, RankedTensorType type,
                   StringRef copyOf) override {
    // Checks that the tensor is what the plan takes it for.
    if (auto view = CheckpointSource(source).lookup(copyOf, type); !view)
      return view.takeError();
    std::optional<CheckpointDir::StoredTensor> stored = source.lookup(copyOf);
    return writer.copyFrom(name, *stored->file, *stored->info);
  }

  llvm::Error write(StringRef name, RankedTensorType type, uint64_t offset,
                    ArrayRef<char> bytes) override {
    return writer.writeAt(name, offset, bytes);
  }

private:
  const CheckpointDir &source;
  CheckpointWriter &writer;
};
} // namespace

/// The shard of the source that a grown tensor comes from; none for a tensor
/// that comes from nothing.
static std::optional<size_t> findShard(const CheckpointDir &source,
                                       const TensorPlan &plan) {
  if (plan.copyOf.empty() && plan.sources.empty())
    return std::nullopt;
  const std::string &name =
      plan.copyOf.empty() ? plan.sources.front() : plan.copyOf;
  std::optional<CheckpointDir::StoredTensor> stored = source.lookup(name);
  if (!stored)
    return std::nullopt;
  return stored->file - source.getShards().data();
}

/// Leaves tensors in the shards that the source has them in. What comes from
/// nothing goes where the tensor before it went: to its layer's neighbour.
static std::vector<std::vector<TensorSpec>>
keepShards(const CheckpointDir &source, const DerivationPlan &plan,
           ArrayRef<TensorSpec> tensors) {
  std::vector<std::vector<TensorSpec>> shards(source.getShards().size());
  size_t shard = 0;
  for (auto [tensorPlan, tensor] : llvm::zip_equal(plan.tensors, tensors)) {
    shard = findShard(source, tensorPlan).value_or(shard);
    shards[shard].push_back(tensor);
  }
  llvm::erase_if(shards, [](const auto &shard) { return shard.empty(); });
  return shards;
}

static llvm::Expected<CheckpointLayout>
planLayout(const CheckpointDir &source, const DerivationPlan &plan,
           const GrownCheckpointOptions &options) {
  std::vector<TensorSpec> tensors;
  for (const TensorPlan &tensor : plan.tensors)
    tensors.push_back({tensor.name, getDType(tensor.type.getElementType()),
                       llvm::to_vector<4>(tensor.type.getShape())});
  CheckpointLayout layout;
  if (options.maxShardSize) {
    auto shards = splitIntoShards(tensors, *options.maxShardSize);
    if (!shards)
      return shards.takeError();
    layout.shards = std::move(*shards);
  } else {
    layout.shards = keepShards(source, plan, tensors);
  }
  layout.metadata = options.metadata;
  for (const SafetensorsFile &shard : source.getShards())
    layout.metadata.insert(shard.getMetadata().begin(),
                           shard.getMetadata().end());
  return layout;
}

static std::string getPath(const CheckpointDir &dir, StringRef file) {
  llvm::SmallString<128> path(dir.getPath());
  llvm::sys::path::append(path, file);
  return path.str().str();
}

llvm::Error grow::writeGrownCheckpoint(const CheckpointDir &source,
                                       DerivationPlan &plan, StringRef config,
                                       StringRef outDir,
                                       const GrownCheckpointOptions &options) {
  auto layout = planLayout(source, plan, options);
  if (!layout)
    return layout.takeError();
  auto writer = CheckpointWriter::create(outDir, *layout);
  if (!writer)
    return writer.takeError();
  CheckpointSource tensors(source);
  CheckpointSink sink(source, **writer);
  if (auto error = runDerivations(plan, tensors, sink, options.derivations))
    return error;
  if (auto error = (*writer)->writeFile("config.json", config))
    return error;
  for (const auto &[name, text] : options.files)
    if (auto error = (*writer)->writeFile(name, text))
      return error;
  for (const std::string &file : source.getOtherFiles())
    if (!options.files.count(file))
      if (auto error = (*writer)->copyFile(getPath(source, file)))
        return error;
  return (*writer)->commit();
}

llvm::Expected<std::string> grow::hashHeaders(const CheckpointDir &dir) {
  std::string result;
  for (const SafetensorsFile &shard : dir.getShards()) {
    // Tensors begin where the header ends.
    uint64_t size = shard.getTensors().empty()
                        ? 0
                        : shard.getFileOffset(shard.getTensors().front());
    auto header = llvm::MemoryBuffer::getFileSlice(shard.getPath(), size, 0);
    if (!header)
      return llvm::createFileError(shard.getPath(), header.getError());
    auto hash =
        llvm::SHA256::hash(llvm::arrayRefFromStringRef((*header)->getBuffer()));
    llvm::raw_string_ostream(result)
        << (result.empty() ? "" : " ")
        << llvm::sys::path::filename(shard.getPath())
        << ":sha256:" << llvm::toHex(hash, /*LowerCase=*/true);
  }
  return result;
}

llvm::Error grow::addProvenance(GrownCheckpointOptions &options,
                                const CheckpointDir &source, ModuleOp grown,
                                const Certificate &proof,
                                llvm::StringRef version) {
  auto hashes = hashHeaders(source);
  if (!hashes)
    return hashes.takeError();
  options.metadata["grow.version"] = version;
  options.metadata["grow.source"] = std::move(*hashes);
  llvm::raw_string_ostream(options.files[kGrowthFile.str()])
      << "// How this checkpoint has grown: grow verify SOURCE THIS checks "
         "it.\n"
      << grown << '\n';
  options.files[kCertificateFile.str()] =
      llvm::formatv("{0:2}\n", llvm::json::Value(proof.toJSON()));
  return llvm::Error::success();
}
