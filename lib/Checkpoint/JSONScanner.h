//===- JSONScanner.h - Positions and duplicates in JSON ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// llvm::json forgets where a value stood and how it was spelled, keeps one of
// two equal keys without a word, and recurses as deep as its input asks. For
// text from untrusted files this scanner comes first; llvm::json then parses
// the values it has delimited.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_JSONSCANNER_H
#define GROW_LIB_CHECKPOINT_JSONSCANNER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace grow {

/// One member of an object. The slices point into the scanned text.
struct JSONMember {
  std::string key;
  llvm::StringRef keyText; ///< With its quotes and escapes.
  llvm::StringRef valueText;
};

enum class NonFinite {
  Refuse, ///< As RFC 8259 says.
  Accept  ///< NaN, Infinity and -Infinity, which Python's json module writes.
};

/// The members of `text`, which must be one JSON object and white space. The
/// whole text is checked, strictly: UTF-8, grammar, no key twice in any object,
/// no more than 128 levels.
llvm::Expected<std::vector<JSONMember>>
scanJSONObject(llvm::StringRef text, NonFinite nonFinite = NonFinite::Refuse);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_JSONSCANNER_H
