//===- CheckpointUtils.h - Errors and names ---------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_CHECKPOINTUTILS_H
#define GROW_LIB_CHECKPOINT_CHECKPOINTUTILS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include <cerrno>

namespace grow {

template <typename... Ts>
llvm::Error makeError(const char *format, Ts &&...values) {
  return llvm::createStringError(
      llvm::inconvertibleErrorCode(),
      llvm::formatv(format, std::forward<Ts>(values)...).str());
}

/// The same, followed by what the system says about `code`.
template <typename... Ts>
llvm::Error makeSystemError(std::error_code code, const char *format,
                            Ts &&...values) {
  return llvm::createStringError(
      code, llvm::formatv(format, std::forward<Ts>(values)...).str() + ": " +
                code.message());
}

inline std::error_code getErrno() {
  return std::error_code(errno, std::generic_category());
}

/// A name from a file, which may hold anything, safe to print on one line.
inline std::string quote(llvm::StringRef name) {
  bool isUTF8 = llvm::json::isUTF8(name);
  std::string result = "'";
  for (char c : name) {
    if (llvm::isPrint(c) || (isUTF8 && !llvm::isASCII(c)))
      result += c;
    else
      result += llvm::formatv("\\x{0:x-2}", static_cast<uint8_t>(c)).str();
  }
  return result + "'";
}

inline std::string formatShape(llvm::ArrayRef<int64_t> shape) {
  return llvm::formatv("[{0:$[, ]}]",
                       llvm::make_range(shape.begin(), shape.end()));
}

/// Whether `name`, which may come from an untrusted file, stays within the
/// directory that it is appended to.
inline bool isFileName(llvm::StringRef name) {
  return !name.empty() && name != "." && name != ".." &&
         llvm::sys::path::filename(name) == name;
}

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_CHECKPOINTUTILS_H
