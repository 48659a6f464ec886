//===- Safetensors.h - Small checkpoints for tests --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_UNITTESTS_RUNTIME_SAFETENSORS_H
#define GROW_UNITTESTS_RUNTIME_SAFETENSORS_H

#include "llvm/Support/FileSystem.h"
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

/// A file that goes with the object.
class Safetensors {
public:
  Safetensors() {
    llvm::SmallString<128> name;
    (void)llvm::sys::fs::createTemporaryFile("grow-runtime", "safetensors",
                                             name);
    path = name.str().str();
  }
  Safetensors(const Safetensors &) = delete;
  ~Safetensors() { (void)llvm::sys::fs::remove(path); }

  const std::string &getPath() const { return path; }

  void writeBytes(const std::string &bytes) const {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  /// Whatever the header says.
  void write(const std::string &header, const std::vector<float> &data) const {
    writeBytes(makeLength(header.size()) + header +
               std::string(reinterpret_cast<const char *>(data.data()),
                           data.size() * sizeof(float)));
  }
  /// As a file begins whose header has `length` bytes.
  static std::string makeLength(uint64_t length) {
    std::string bytes;
    for (int i = 0; i < 8; ++i)
      bytes += static_cast<char>(length >> 8 * i);
    return bytes;
  }

private:
  std::string path;
};

#endif // GROW_UNITTESTS_RUNTIME_SAFETENSORS_H
