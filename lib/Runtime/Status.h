//===- Status.h - Errors without LLVM ---------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_STATUS_H
#define GROW_LIB_RUNTIME_STATUS_H

#include <string>

namespace grow::runtime {

/// Success, or why something failed.
class [[nodiscard]] Status {
public:
  static Status success() { return Status(); }
  /// The parts of `text` follow one another.
  template <typename... Parts>
  static Status error(const Parts &...parts) {
    Status status;
    status.failed = true;
    (append(status.text, parts), ...);
    return status;
  }

  /// Whether something failed.
  explicit operator bool() const { return failed; }
  const std::string &getText() const { return text; }

private:
  static void append(std::string &text, const std::string &part) {
    text += part;
  }
  static void append(std::string &text, const char *part) { text += part; }
  template <typename Number>
  static void append(std::string &text, const Number &part) {
    text += std::to_string(part);
  }

  bool failed = false;
  std::string text;
};

/// Returns from the function if an expression of type Status is an error.
#define GROW_RETURN_IF_ERROR(...)                                              \
  if (::grow::runtime::Status status_ = (__VA_ARGS__))                         \
  return status_

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_STATUS_H
