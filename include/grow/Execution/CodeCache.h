//===- CodeCache.h - Machine code that outlives the process -----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_CODECACHE_H
#define GROW_EXECUTION_CODECACHE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace grow {

/// Object files by key, in a directory that several processes may use at once.
/// What is read from it will be executed, hence:
///
/// * Only a directory that belongs to this user, and that nobody else may write
///   to, is used. A missing one is made so.
/// * A file holds its key and a checksum over everything. One that is damaged,
///   truncated or of another key counts as missing.
/// * A file appears under its name when it is complete, by renaming.
///
/// The files used last stay: after each addition older ones are removed until
/// the directory is small enough again.
class CodeCache {
public:
  /// Bytes of all files that are kept.
  static constexpr uint64_t kDefaultSize = 512 << 20;

  /// The cache in `directory`. If that is empty, nothing is found or kept.
  explicit CodeCache(llvm::StringRef directory, uint64_t size = kDefaultSize)
      : directory(directory), size(size) {}

  /// `$GROW_CACHE_DIR` or, if that is not set, `grow/code` in the user's
  /// directory of caches; empty if there is none.
  static std::string getDefaultDirectory();

  bool isEnabled() const { return !directory.empty(); }

  /// The code that was stored under `key`; null if there is none.
  std::unique_ptr<llvm::MemoryBuffer> lookup(llvm::StringRef key) const;
  /// Keeps `code`, whatever was there under `key` before.
  llvm::Error store(llvm::StringRef key, llvm::StringRef code) const;

private:
  std::string getPath(llvm::StringRef key) const;

  std::string directory;
  uint64_t size;
};

} // namespace grow

#endif // GROW_EXECUTION_CODECACHE_H
