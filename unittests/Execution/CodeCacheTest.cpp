//===- CodeCacheTest.cpp - Machine code that outlives the process ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CodeCache.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Testing/Support/SupportHelpers.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <fstream>
#include <thread>

using namespace llvm;
using namespace grow;

namespace {

class CodeCacheTest : public testing::Test {
protected:
  std::string getDirectory() const {
    return std::string(root.path("cache").str());
  }

  std::string find(const CodeCache &cache, StringRef key) const {
    std::unique_ptr<MemoryBuffer> code = cache.lookup(key);
    return code ? code->getBuffer().str() : "nothing";
  }

  /// The message of an attempt to store, empty if it succeeds.
  std::string store(const CodeCache &cache, StringRef key,
                    StringRef code) const {
    return toString(cache.store(key, code));
  }

  std::vector<std::string> getFiles() const {
    std::vector<std::string> files;
    std::error_code error;
    for (sys::fs::directory_iterator it(getDirectory(), error), end;
         it != end && !error; it.increment(error))
      if (StringRef(it->path()).contains("llvmcache-"))
        files.push_back(it->path());
    return files;
  }

  /// The only file, written over with other contents.
  void replaceFile(function_ref<std::string(std::string)> change) const {
    std::vector<std::string> files = getFiles();
    ASSERT_EQ(files.size(), 1u);
    auto file = MemoryBuffer::getFile(files.front());
    ASSERT_TRUE(static_cast<bool>(file));
    std::string contents = change((*file)->getBuffer().str());
    std::ofstream(files.front(), std::ios::binary) << contents;
  }

  unittest::TempDir root{"grow-code-cache", /*Unique=*/true};
};

TEST_F(CodeCacheTest, FindsWhatWasStored) {
  CodeCache cache(getDirectory());
  EXPECT_EQ(find(cache, "a"), "nothing");
  EXPECT_EQ(store(cache, "a", "code of a"), "");
  EXPECT_EQ(store(cache, "b", "code of b"), "");
  EXPECT_EQ(find(cache, "a"), "code of a");
  EXPECT_EQ(find(CodeCache(getDirectory()), "b"), "code of b");
  EXPECT_EQ(find(cache, "c"), "nothing");
  EXPECT_EQ(store(cache, "a", "newer"), "");
  EXPECT_EQ(find(cache, "a"), "newer");
}

TEST_F(CodeCacheTest, KeepsNothingWithoutDirectory) {
  CodeCache cache("");
  EXPECT_FALSE(cache.isEnabled());
  EXPECT_EQ(store(cache, "a", "code"), "");
  EXPECT_EQ(find(cache, "a"), "nothing");
}

TEST_F(CodeCacheTest, MakesDirectoryForThisUserOnly) {
  ASSERT_EQ(store(CodeCache(getDirectory()), "a", "code"), "");
  ErrorOr<sys::fs::perms> permissions = sys::fs::getPermissions(getDirectory());
  ASSERT_TRUE(static_cast<bool>(permissions));
  EXPECT_EQ(*permissions, sys::fs::owner_all);
}

TEST_F(CodeCacheTest, NoticesDamage) {
  CodeCache cache(getDirectory());
  std::string code(1000, 'x');
  ASSERT_EQ(store(cache, "a", code), "");
  auto file = MemoryBuffer::getFile(getFiles().front());
  std::string whole = (*file)->getBuffer().str();
  // A flipped bit anywhere: the magic, the checksum, the code.
  for (size_t position : {size_t(0), size_t(7), size_t(8), size_t(39),
                          size_t(40), whole.size() - 1}) {
    replaceFile([&](std::string) {
      std::string damaged = whole;
      damaged[position] ^= 1;
      return damaged;
    });
    EXPECT_EQ(find(cache, "a"), "nothing") << "at " << position;
  }
  for (size_t size :
       {size_t(0), size_t(1), size_t(39), size_t(40), whole.size() - 1}) {
    replaceFile([&](std::string) { return whole.substr(0, size); });
    EXPECT_EQ(find(cache, "a"), "nothing") << "of " << size << " bytes";
  }
  replaceFile([&](std::string) { return whole + "x"; });
  EXPECT_EQ(find(cache, "a"), "nothing");
  EXPECT_EQ(store(cache, "a", code), "");
  EXPECT_EQ(find(cache, "a"), code);
}

// A valid file under the name of another key: the checksum includes the key.
TEST_F(CodeCacheTest, ChecksKey) {
  CodeCache cache(getDirectory());
  ASSERT_EQ(store(cache, "a", "code of a"), "");
  std::string fileOfA = getFiles().front();
  auto contents = MemoryBuffer::getFile(fileOfA);
  std::string whole = (*contents)->getBuffer().str();
  ASSERT_FALSE(sys::fs::remove(fileOfA));
  ASSERT_EQ(store(cache, "b", "code of b"), "");
  replaceFile([&](std::string) { return whole; });
  EXPECT_EQ(find(cache, "b"), "nothing");
}

TEST_F(CodeCacheTest, TrustsOwnDirectoryOnly) {
  CodeCache cache(getDirectory());
  ASSERT_EQ(store(cache, "a", "code"), "");
  for (sys::fs::perms others : {sys::fs::group_write, sys::fs::others_write}) {
    ASSERT_FALSE(
        sys::fs::setPermissions(getDirectory(), sys::fs::owner_all | others));
    EXPECT_EQ(find(cache, "a"), "nothing");
    EXPECT_TRUE(StringRef(store(cache, "b", "code"))
                    .contains("expected a directory of this user that nobody "
                              "else may write to"));
  }
  ASSERT_FALSE(sys::fs::setPermissions(getDirectory(), sys::fs::owner_all));
  EXPECT_EQ(find(cache, "a"), "code");
}

TEST_F(CodeCacheTest, SaysWhyNothingIsKept) {
  std::ofstream(getDirectory()) << "a file";
  CodeCache below(getDirectory() + "/below");
  EXPECT_EQ(find(below, "a"), "nothing");
  EXPECT_NE(store(below, "a", "code"), "");
  EXPECT_NE(store(CodeCache(getDirectory()), "a", "code"), "");
}

TEST_F(CodeCacheTest, RemovesWhatWasUsedLongestAgo) {
  CodeCache cache(getDirectory(), /*size=*/25000);
  std::string code(10000, 'x');
  ASSERT_EQ(store(cache, "a", code), "");
  ASSERT_EQ(store(cache, "b", code), "");
  ASSERT_EQ(find(cache, "b"), code);
  // The clock of the file system may be coarse.
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ASSERT_EQ(find(cache, "a"), code);
  ASSERT_EQ(store(cache, "c", code), "");
  EXPECT_EQ(find(cache, "a"), code);
  EXPECT_EQ(find(cache, "b"), "nothing");
  EXPECT_EQ(find(cache, "c"), code);
}

// Readers see one of both codes or nothing, never a part.
TEST_F(CodeCacheTest, IsSharedByManyWriters) {
  std::string one(50000, '1'), two(70000, '2');
  std::atomic<unsigned> wrong{0};
  auto work = [&](const std::string &own) {
    CodeCache cache(getDirectory());
    for (int i = 0; i < 50; ++i) {
      if (Error error = cache.store("key", own)) {
        consumeError(std::move(error));
        ++wrong;
      }
      std::unique_ptr<MemoryBuffer> code = cache.lookup("key");
      if (!code || (code->getBuffer() != one && code->getBuffer() != two))
        ++wrong;
    }
  };
  std::thread first(work, one), second(work, two);
  first.join();
  second.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(getFiles().size(), 1u);
}

TEST_F(CodeCacheTest, DefaultDirectory) {
  const char *before = std::getenv("GROW_CACHE_DIR");
  std::string saved = before ? before : "";
  setenv("GROW_CACHE_DIR", "/somewhere", /*overwrite=*/1);
  EXPECT_EQ(CodeCache::getDefaultDirectory(), "/somewhere");
  setenv("GROW_CACHE_DIR", "", 1);
  EXPECT_TRUE(
      StringRef(CodeCache::getDefaultDirectory()).ends_with("grow/code"));
  if (before)
    setenv("GROW_CACHE_DIR", saved.c_str(), 1);
  else
    unsetenv("GROW_CACHE_DIR");
}

} // namespace
