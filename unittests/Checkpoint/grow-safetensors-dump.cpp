//===- grow-safetensors-dump.cpp - Safetensors files as JSON --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Prints one line of JSON per file: what its header says and a SHA-256 of each
// tensor, or the error. The reader's and the writer's end of a differential
// test against the Python package.
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CheckpointWriter.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace grow;

static cl::list<std::string> inputs(cl::Positional, cl::OneOrMore,
                                    cl::desc("FILE..."));
static cl::opt<std::string>
    copyTo("copy", cl::value_desc("directory"),
           cl::desc("Rewrite the (only) file into a new directory"));

static json::Object describe(const SafetensorsFile &file) {
  json::Array tensors;
  for (const TensorInfo &tensor : file.getTensors()) {
    ArrayRef<char> data = file.getData(tensor);
    auto hash = SHA256::hash(
        {reinterpret_cast<const uint8_t *>(data.data()), data.size()});
    file.releasePages(tensor);
    tensors.push_back(
        json::Object{{"name", tensor.name},
                     {"dtype", stringifyDType(tensor.dtype)},
                     {"shape", json::Array(tensor.shape)},
                     {"sha256", toHex(hash, /*LowerCase=*/true)}});
  }
  json::Object metadata;
  for (const auto &[key, value] : file.getMetadata())
    metadata[key] = value;
  return json::Object{{"tensors", std::move(tensors)},
                      {"metadata", std::move(metadata)}};
}

static json::Object dump(StringRef path) {
  Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return json::Object{{"error", toString(file.takeError())}};
  return describe(*file);
}

static Error rewrite(StringRef path, StringRef outDir) {
  Expected<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.takeError();
  CheckpointLayout layout;
  layout.metadata = file->getMetadata();
  layout.shards.emplace_back();
  for (const TensorInfo &tensor : file->getTensors())
    layout.shards[0].push_back({tensor.name, tensor.dtype, tensor.shape});
  auto writer = CheckpointWriter::create(outDir, layout);
  if (!writer)
    return writer.takeError();
  for (const TensorInfo &tensor : file->getTensors())
    if (Error error = (*writer)->copyFrom(tensor.name, *file, tensor))
      return error;
  return (*writer)->commit();
}

int main(int argc, char **argv) {
  cl::ParseCommandLineOptions(argc, argv, "Safetensors files as JSON\n");
  for (const std::string &path : inputs)
    outs() << json::Value(dump(path)) << "\n";
  if (copyTo.empty())
    return 0;
  ExitOnError exitOnError("grow-safetensors-dump: ");
  exitOnError(rewrite(inputs.front(), copyTo));
  return 0;
}
