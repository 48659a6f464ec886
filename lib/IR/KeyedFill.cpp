//===- KeyedFill.cpp - Keys of random fills -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/KeyedFill.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/SHA256.h"

using namespace mlir;
using namespace grow;

uint64_t grow::getFillKey(FillAttrInterface fill, StringRef param) {
  StringAttr key = fill.getKey();
  std::string text =
      (Twine(fill.getSeed()) + ":" + (key ? key.getValue() : param)).str();
  std::array<uint8_t, 32> hash =
      llvm::SHA256::hash(llvm::arrayRefFromStringRef(text));
  return llvm::support::endian::read64le(hash.data());
}

/// Rebuilds a random fill with another seed and name.
static FillAttrInterface rekey(FillAttrInterface fill,
                               function_ref<uint64_t(uint64_t)> getSeed,
                               function_ref<StringAttr(StringAttr)> getKey) {
  return TypeSwitch<Attribute, FillAttrInterface>(fill)
      .Case([&](NormalAttr normal) {
        return NormalAttr::get(fill.getContext(), normal.getStddev(),
                               getSeed(normal.getSeed()),
                               getKey(normal.getKey()));
      })
      .Case([&](UniformAttr uniform) {
        return UniformAttr::get(fill.getContext(), uniform.getBound(),
                                getSeed(uniform.getSeed()),
                                getKey(uniform.getKey()));
      })
      .Default(fill);
}

FillAttrInterface grow::getUnkeyedFill(FillAttrInterface fill) {
  return rekey(
      fill, [](uint64_t) { return 0; },
      [](StringAttr) { return StringAttr(); });
}

FillAttrInterface grow::getFillKeyedBy(FillAttrInterface fill, StringRef name) {
  return rekey(
      fill, [](uint64_t seed) { return seed; },
      [&](StringAttr key) {
        return key ? key : StringAttr::get(fill.getContext(), name);
      });
}
