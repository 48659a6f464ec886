//===- CheckpointDir.cpp - Reading a checkpoint directory -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CheckpointDir.h"
#include "CheckpointUtils.h"
#include "JSONScanner.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include <set>

using namespace llvm;
using namespace grow;

static constexpr StringLiteral configFile = "config.json";
static constexpr StringLiteral weightsFile = "model.safetensors";
static constexpr StringLiteral indexFile = "model.safetensors.index.json";

static Expected<std::string> readText(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer)
    return createFileError(path, buffer.getError());
  return (*buffer)->getBuffer().str();
}

/// Weights in any format, optimizer state and the like: all of it would be
/// wrong, or at least not match, beside grown weights.
static bool holdsTensors(StringRef file) {
  if (file.ends_with(".index.json"))
    return true;
  return is_contained({".safetensors", ".bin", ".pt", ".pth", ".ckpt", ".h5",
                       ".msgpack", ".gguf", ".onnx"},
                      sys::path::extension(file));
}

std::string CheckpointDir::pathOf(StringRef file) const {
  SmallString<128> result(path);
  sys::path::append(result, file);
  return result.str().str();
}

Error CheckpointDir::listFiles() {
  std::error_code code;
  for (sys::fs::directory_iterator it(path, code), end; it != end && !code;
       it.increment(code)) {
    // Follows symbolic links: in a download cache every file is one.
    sys::fs::file_status status;
    if (sys::fs::status(it->path(), status))
      return makeError("'{0}': the symbolic link leads nowhere: download the "
                       "checkpoint again",
                       it->path());
    if (sys::fs::is_regular_file(status))
      allFiles.push_back(sys::path::filename(it->path()).str());
  }
  if (code)
    return createFileError(path, code);
  llvm::sort(allFiles);
  copy_if(allFiles, std::back_inserter(otherFiles), [](StringRef file) {
    return file != configFile && !holdsTensors(file);
  });
  return Error::success();
}

Error CheckpointDir::readConfig() {
  if (!is_contained(allFiles, configFile))
    return makeError("'{0}': no config.json here: expected a checkpoint "
                     "directory as save_pretrained writes it",
                     path);
  Expected<std::string> text = readText(pathOf(configFile));
  if (!text)
    return text.takeError();
  configText = std::move(*text);
  return Error::success();
}

/// transformers looks for the files in this order, too.
Error CheckpointDir::openWeights() {
  if (is_contained(allFiles, weightsFile))
    return addShard(weightsFile);
  if (is_contained(allFiles, indexFile))
    return openShards(pathOf(indexFile));
  return explainMissingWeights();
}

Error CheckpointDir::explainMissingWeights() const {
  std::string expected =
      formatv("'{0}': neither {1} nor {2} here", path, weightsFile, indexFile);
  for (StringRef file : allFiles)
    if (file.ends_with(".safetensors"))
      return makeError("{0}, but {1}: rename it to {2} if it holds the whole "
                       "model, or fetch the index of its shards",
                       expected, quote(file), weightsFile);
  for (StringRef file : allFiles)
    if (file.starts_with("pytorch_model") &&
        (file.ends_with(".bin") || file.ends_with(".index.json")))
      return makeError("{0}, but {1}: convert the weights with "
                       "AutoModelForCausalLM.from_pretrained(DIR)"
                       ".save_pretrained(OUT, safe_serialization=True)",
                       expected, quote(file));
  return makeError("{0}: download the weights in safetensors format", expected);
}

Error CheckpointDir::addShard(StringRef file) {
  Expected<SafetensorsFile> shard = SafetensorsFile::open(pathOf(file));
  if (!shard)
    return shard.takeError();
  for (auto [index, tensor] : enumerate(shard->getTensors())) {
    auto [it, inserted] =
        positions.try_emplace(tensor.name, shards.size(), index);
    if (!inserted)
      return makeError("tensor {0} is in '{1}' and in '{2}'",
                       quote(tensor.name), shards[it->second.first].getPath(),
                       shard->getPath());
  }
  shards.push_back(std::move(*shard));
  return Error::success();
}

/// Reads the index's tensor → shard map.
static Expected<std::map<std::string, std::string>>
parseWeightMap(StringRef text) {
  auto members = scanJSONObject(text);
  if (!members)
    return members.takeError();
  for (const JSONMember &member : *members) {
    if (member.key != "weight_map")
      continue;
    json::Path::Root root("weight_map");
    std::map<std::string, std::string> shardOf;
    // Lives as long as the path of an error, which points to its keys.
    json::Value value = cantFail(json::parse(member.valueText));
    if (!fromJSON(value, shardOf, root))
      return root.getError();
    return shardOf;
  }
  return makeError("expected a 'weight_map' from tensors to files");
}

Error CheckpointDir::openShards(StringRef indexFile) {
  indexed = true;
  Expected<std::string> text = readText(indexFile);
  if (!text)
    return text.takeError();
  auto shardOf = parseWeightMap(*text);
  if (!shardOf)
    return createFileError(indexFile, shardOf.takeError());

  std::set<StringRef> files;
  for (const auto &[tensor, file] : *shardOf)
    files.insert(file);
  for (StringRef file : files) {
    if (!isFileName(file))
      return makeError("'{0}': the shard {1} is not a file name of this "
                       "directory",
                       indexFile, quote(file));
    if (!is_contained(allFiles, file))
      return makeError("'{0}': the shard {1} is not in this directory: "
                       "download it again",
                       indexFile, quote(file));
    if (Error error = addShard(file))
      return error;
  }
  return checkIndex(indexFile, *shardOf);
}

/// Index and shards must agree both ways: a tensor that only one of them knows
/// would be lost on the way to the grown model without a word.
Error CheckpointDir::checkIndex(
    StringRef indexFile, const std::map<std::string, std::string> &shardOf) {
  for (const auto &[tensor, file] : shardOf) {
    std::optional<StoredTensor> stored = lookup(tensor);
    if (!stored)
      return makeError("'{0}': tensor {1} should be in {2}, but no shard has "
                       "it: download index and shards again",
                       indexFile, quote(tensor), quote(file));
    StringRef actual = sys::path::filename(stored->file->getPath());
    if (actual != file)
      return makeError("'{0}': tensor {1} should be in {2}, but is in {3}: "
                       "download index and shards again",
                       indexFile, quote(tensor), quote(file), quote(actual));
  }
  for (const SafetensorsFile &shard : shards)
    for (const TensorInfo &tensor : shard.getTensors())
      if (!shardOf.count(tensor.name))
        return makeError("'{0}': tensor {1} is missing from the index '{2}': "
                         "download index and shards again",
                         shard.getPath(), quote(tensor.name), indexFile);
  return Error::success();
}

Expected<CheckpointDir> CheckpointDir::open(StringRef path) {
  CheckpointDir dir;
  dir.path = path.str();
  if (!sys::fs::exists(path))
    return makeError("'{0}': no such directory", path);
  if (!sys::fs::is_directory(path))
    return makeError("'{0}': expected a checkpoint directory, found a file",
                     path);
  if (Error error = dir.listFiles())
    return error;
  if (Error error = dir.readConfig())
    return error;
  if (Error error = dir.openWeights())
    return error;
  return dir;
}

std::optional<CheckpointDir::StoredTensor>
CheckpointDir::lookup(StringRef tensor) const {
  auto it = positions.find(tensor);
  if (it == positions.end())
    return std::nullopt;
  const SafetensorsFile &shard = shards[it->second.first];
  return StoredTensor{&shard, &shard.getTensors()[it->second.second]};
}
