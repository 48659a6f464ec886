//===- Factors.cpp - Exact factors of terms -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factors.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

Product grow::proof::factorOut(Value term) {
  auto scaled = term ? term.getDefiningOp<ScaleOp>() : ScaleOp();
  if (!scaled || scaled.getAbout())
    return {Exact(1), term};
  return {scaled.getFactor().getValue(), scaled.getX()};
}

Product grow::proof::factorOutGain(Value gain, bool hasUnitOffset) {
  if (!hasUnitOffset)
    return factorOut(gain);
  auto scaled = gain.getDefiningOp<ScaleOp>();
  if (!scaled || !scaled.getAbout() ||
      scaled.getAboutAttr().getValue() != Exact(-1))
    return {Exact(1), gain};
  return {scaled.getFactor().getValue(), scaled.getX()};
}

std::optional<Exact> grow::proof::findCommonFactor(ArrayRef<Value> terms) {
  std::optional<Exact> common;
  for (Value term : terms) {
    if (isZero(term))
      continue;
    Exact factor = factorOut(term).factor;
    if (common && *common != factor)
      return std::nullopt;
    common = factor;
  }
  if (!common || common->isOne())
    return std::nullopt;
  return common;
}

Value grow::proof::removeFactor(Value term) {
  return isZero(term) ? term : factorOut(term).term;
}

std::optional<Exact> grow::proof::timesSquare(const Exact &value,
                                              const Exact &factor) {
  std::optional<Exact> square = factor.times(factor);
  return square ? value.times(*square) : std::nullopt;
}

std::optional<Exact> grow::proof::overSquare(const Exact &value,
                                             const Exact &factor) {
  return timesSquare(value, factor.inverse());
}
