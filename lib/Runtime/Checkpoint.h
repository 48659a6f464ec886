//===- Checkpoint.h - Tensors in mapped files -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// grow/Checkpoint reads the same files with more care for what else is in them,
// and with LLVM.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_CHECKPOINT_H
#define GROW_LIB_RUNTIME_CHECKPOINT_H

#include "Manifest.h"
#include <map>
#include <memory>
#include <string>

namespace grow::runtime {

/// A file, mapped read-only.
class MappedFile {
public:
  MappedFile() = default;
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;
  ~MappedFile();

  Status open(const std::string &path);

  const std::string &getPath() const { return path; }
  std::string_view getBytes() const { return {data, size}; }
  /// Tells the system that these bytes will not be read again soon.
  void release(std::string_view bytes) const;

private:
  std::string path;
  char *data = nullptr;
  size_t size = 0;
};

/// A tensor, where its file is mapped.
struct StoredTensor {
  const MappedFile *file;
  TensorType type;
  std::string_view bytes;
};

/// The tensors of a safetensors file, or of a directory with such files.
class Checkpoint {
public:
  Status open(const std::string &path);

  /// Fails unless there is such a tensor and it has this type.
  Status lookup(const Parameter &parameter, const StoredTensor *&tensor) const;

private:
  Status addFile(const std::string &path);
  Status addTensors(const MappedFile &file);
  Status addShards(const std::string &index);

  std::string path;
  std::vector<std::unique_ptr<MappedFile>> files;
  std::map<std::string, StoredTensor, std::less<>> tensors;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_CHECKPOINT_H
