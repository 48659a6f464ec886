//===- JSONEdit.h - Editing JSON without reformatting it --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_JSONEDIT_H
#define GROW_CHECKPOINT_JSONEDIT_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>

namespace grow {

/// Returns `text`, a JSON object, with `value` under the top-level `key`: in
/// place of the value that is there, else as the last member. All other bytes
/// stay as they are, and the new ones follow the file's indentation. NaN and
/// infinities are accepted in `text`, since Python writes them.
llvm::Expected<std::string> setTopLevel(llvm::StringRef text,
                                        llvm::StringRef key,
                                        const llvm::json::Value &value);

} // namespace grow

#endif // GROW_CHECKPOINT_JSONEDIT_H
