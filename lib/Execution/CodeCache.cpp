//===- CodeCache.cpp - Machine code that outlives the process -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CodeCache.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileOutputBuffer.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/SHA256.h"
#include <unistd.h>

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {
/// What precedes the code in a file.
struct Header {
  std::array<char, 8> magic;
  std::array<uint8_t, 32> checksum;
};
} // namespace

static constexpr std::array<char, 8> kMagic = {'g', 'r', 'o', 'w',
                                               'o', 'b', 'j', '1'};

/// LLVM prunes files of this prefix only.
static constexpr StringLiteral kPrefix = "llvmcache-";

static std::array<uint8_t, 32> getChecksum(StringRef key, StringRef code) {
  // The length tells where the key ends.
  std::string size = std::to_string(key.size()) + ':';
  SHA256 hash;
  hash.update(size);
  hash.update(key);
  hash.update(code);
  return hash.final();
}

/// The code in a file, if it is what was stored under `key`.
static std::optional<StringRef> getCode(StringRef file, StringRef key) {
  Header header;
  if (file.size() < sizeof(header))
    return std::nullopt;
  std::memcpy(&header, file.data(), sizeof(header));
  StringRef code = file.drop_front(sizeof(header));
  if (header.magic != kMagic || header.checksum != getChecksum(key, code))
    return std::nullopt;
  return code;
}

std::string CodeCache::getPath(StringRef key) const {
  SmallString<128> path(directory);
  auto hash = SHA256::hash(arrayRefFromStringRef(key));
  sys::path::append(path, kPrefix + toHex(hash, /*LowerCase=*/true));
  return path.str().str();
}

//===----------------------------------------------------------------------===//
// Directory
//===----------------------------------------------------------------------===//

std::string CodeCache::getDefaultDirectory() {
  if (auto given = sys::Process::GetEnv("GROW_CACHE_DIR");
      given && !given->empty())
    return *given;
  SmallString<128> path;
  if (!sys::path::cache_directory(path))
    return "";
  sys::path::append(path, "grow", "code");
  return path.str().str();
}

/// Whether code from this directory can only be what this user has put there.
static bool isTrusted(const sys::fs::file_status &directory) {
  return sys::fs::is_directory(directory) && directory.getUser() == geteuid() &&
         !(directory.permissions() &
           (sys::fs::group_write | sys::fs::others_write));
}

static Error prepareDirectory(StringRef directory) {
  sys::fs::file_status status;
  if (!sys::fs::status(directory, status)) {
    if (isTrusted(status))
      return Error::success();
    return createFileError(
        directory, createStringError("expected a directory of this user that "
                                     "nobody else may write to"));
  }
  if (std::error_code error = sys::fs::create_directories(
          directory, /*IgnoreExisting=*/true, sys::fs::owner_all))
    return createFileError(directory, error);
  return Error::success();
}

std::unique_ptr<MemoryBuffer> CodeCache::lookup(StringRef key) const {
  sys::fs::file_status status;
  if (!isEnabled() || sys::fs::status(directory, status) || !isTrusted(status))
    return nullptr;
  std::string path = getPath(key);
  // The time of the last use decides what is removed.
  auto file = sys::fs::openNativeFileForRead(path, sys::fs::OF_UpdateAtime);
  if (!file) {
    consumeError(file.takeError());
    return nullptr;
  }
  scope_exit close([&] { sys::fs::closeFile(*file); });
  // Read, not mapped: what was checked cannot change afterwards.
  auto buffer = MemoryBuffer::getOpenFile(*file, path, /*FileSize=*/-1,
                                          /*RequiresNullTerminator=*/false,
                                          /*IsVolatile=*/true);
  if (!buffer)
    return nullptr;
  std::optional<StringRef> code = getCode((*buffer)->getBuffer(), key);
  return code ? MemoryBuffer::getMemBufferCopy(*code, path) : nullptr;
}

Error CodeCache::store(StringRef key, StringRef code) const {
  if (!isEnabled())
    return Error::success();
  if (Error error = prepareDirectory(directory))
    return error;
  std::string path = getPath(key);
  Header header = {kMagic, getChecksum(key, code)};
  auto file = FileOutputBuffer::create(path, sizeof(header) + code.size());
  if (!file)
    return createFileError(path, file.takeError());
  std::memcpy((*file)->getBufferStart(), &header, sizeof(header));
  llvm::copy(code, (*file)->getBufferStart() + sizeof(header));
  if (Error error = (*file)->commit())
    return createFileError(path, std::move(error));
  CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0); // now
  policy.Expiration = std::chrono::hours(30 * 24);
  policy.MaxSizeBytes = size;
  pruneCache(directory, policy);
  return Error::success();
}
