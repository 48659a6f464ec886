//===- TestUtils.h - Files and errors for checkpoint tests ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_UNITTESTS_CHECKPOINT_TESTUTILS_H
#define GROW_UNITTESTS_CHECKPOINT_TESTUTILS_H

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "gtest/gtest.h"

namespace grow {

/// A directory for the length of a test.
class ScratchDir {
public:
  ScratchDir() {
    EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("grow-unittest", path));
  }
  ~ScratchDir() { llvm::sys::fs::remove_directories(path); }

  std::string operator/(llvm::StringRef name) const {
    llvm::SmallString<128> result(path);
    llvm::sys::path::append(result, name);
    return result.str().str();
  }
  std::string write(llvm::StringRef name, llvm::StringRef content) const {
    std::error_code code;
    llvm::raw_fd_ostream(*this / name, code) << content;
    EXPECT_FALSE(code);
    return *this / name;
  }
  /// Sorted names of all that is in it.
  std::vector<std::string> list() const {
    std::vector<std::string> names;
    std::error_code code;
    for (llvm::sys::fs::directory_iterator it(path, code), end; it != end;
         it.increment(code))
      names.push_back(llvm::sys::path::filename(it->path()).str());
    llvm::sort(names);
    return names;
  }

private:
  llvm::SmallString<128> path;
};

inline std::string readFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  EXPECT_TRUE(!!buffer) << path.str();
  return buffer ? (*buffer)->getBuffer().str() : "";
}

/// A safetensors file.
inline std::string makeFile(llvm::StringRef header, llvm::StringRef data = "") {
  std::string length(8, '\0');
  llvm::support::endian::write64le(length.data(), header.size());
  return length + header.str() + data.str();
}

/// Whether an Error or Expected<T> holds an error whose message contains
/// `expected`.
template <typename T>
testing::AssertionResult failsWith(T &&result, llvm::StringRef expected) {
  std::string message;
  if constexpr (std::is_same_v<std::decay_t<T>, llvm::Error>) {
    message = toString(std::move(result));
  } else {
    if (!result)
      message = toString(result.takeError());
  }
  if (message.empty())
    return testing::AssertionFailure() << "no error";
  if (!llvm::StringRef(message).contains(expected))
    return testing::AssertionFailure() << "the error is: " << message;
  return testing::AssertionSuccess();
}

inline testing::AssertionResult succeeds(llvm::Error error) {
  if (!error)
    return testing::AssertionSuccess();
  return testing::AssertionFailure() << toString(std::move(error));
}

} // namespace grow

#endif // GROW_UNITTESTS_CHECKPOINT_TESTUTILS_H
