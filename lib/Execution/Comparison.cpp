//===- Comparison.cpp - How far two sets of logits are apart --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Comparison.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>

using namespace mlir;
using namespace grow;

std::optional<double> grow::getTolerance(Type elementType) {
  if (elementType.isF64())
    return 1e-12;
  if (elementType.isF32())
    return 1e-5;
  return std::nullopt;
}

/// The place of an entry in the order of all numbers of its type. Both zeros
/// have place 0.
static int64_t getPlace(const HostTensor &tensor, int64_t index) {
  unsigned width = tensor.getType().getElementTypeBitWidth();
  const char *entry = tensor.getBytes().data() + index * (width / 8);
  uint64_t bits = 0;
  for (unsigned byte = 0; byte < width / 8; ++byte)
    bits |= static_cast<uint64_t>(static_cast<uint8_t>(entry[byte]))
            << (8 * byte);
  uint64_t sign = uint64_t(1) << (width - 1);
  auto magnitude = static_cast<int64_t>(bits & ~sign);
  return bits & sign ? -magnitude : magnitude;
}

static uint64_t getDistance(int64_t a, int64_t b) {
  return a < b ? static_cast<uint64_t>(b) - static_cast<uint64_t>(a)
               : static_cast<uint64_t>(a) - static_cast<uint64_t>(b);
}

/// The logarithm of the sum of the exponentials of a token's logits.
static double logSumExp(ArrayRef<double> logits) {
  double largest = *llvm::max_element(logits);
  double sum = 0;
  for (double logit : logits)
    sum += std::exp(logit - largest);
  return largest + std::log(sum);
}

static double getKL(ArrayRef<double> expected, ArrayRef<double> actual) {
  double expectedSum = logSumExp(expected), actualSum = logSumExp(actual);
  double divergence = 0;
  for (auto [a, b] : llvm::zip(expected, actual)) {
    double logP = a - expectedSum, logQ = b - actualSum;
    divergence += std::exp(logP) * (logP - logQ);
  }
  // Rounding may leave a tiny negative number.
  return std::max(divergence, 0.0);
}

static size_t getTop1(ArrayRef<double> logits) {
  return llvm::max_element(logits) - logits.begin();
}

/// The logits of one token.
static std::vector<double> getRow(const HostTensor &logits, int64_t row) {
  int64_t width = logits.getType().getShape().back();
  std::vector<double> result(width);
  for (int64_t i = 0; i < width; ++i)
    result[i] = logits.at(row * width + i);
  return result;
}

/// The bytes of the first `width` logits of one token.
static ArrayRef<char> getRowBytes(const HostTensor &logits, int64_t row,
                                  int64_t width) {
  RankedTensorType type = logits.getType();
  int64_t entry = type.getElementTypeBitWidth() / 8;
  ArrayRef<char> bytes = logits.getBytes();
  return bytes.slice(row * type.getShape().back() * entry, width * entry);
}

/// Whether logits of type `actual` are those of type `expected` and perhaps
/// those of further tokens.
static bool isExtension(RankedTensorType expected, RankedTensorType actual) {
  return expected.getRank() == actual.getRank() &&
         expected.getElementType() == actual.getElementType() &&
         expected.getShape().drop_back() == actual.getShape().drop_back() &&
         expected.getShape().back() <= actual.getShape().back();
}

llvm::Expected<Comparison> grow::compareLogits(const HostTensor &expected,
                                               const HostTensor &actual) {
  RankedTensorType type = expected.getType();
  if (!isExtension(type, actual.getType()))
    return llvm::createStringError(
        llvm::formatv("the logits cannot be compared: the first model's are "
                      "{0}, the second's {1}",
                      type, actual.getType()));
  Comparison result;
  result.type = type.getElementType();
  result.identical = true;
  int64_t width = type.getShape().back();
  int64_t actualWidth = actual.getType().getShape().back();
  result.furtherLogits = actualWidth - width;
  result.tokens = type.getNumElements() / width;
  double largest = 0;
  int64_t agreeing = 0;
  for (int64_t row = 0; row < result.tokens; ++row) {
    bool isSame =
        getRowBytes(expected, row, width) == getRowBytes(actual, row, width);
    result.identical &= isSame;
    std::vector<double> a = getRow(expected, row);
    auto isFinite = [](double value) { return std::isfinite(value); };
    result.finite &= llvm::all_of(a, isFinite);
    for (double logit : a)
      largest = std::max(largest, std::abs(logit));
    if (isSame && actualWidth == width) {
      // Nothing else is left to measure, and it would take longer than a run.
      ++agreeing;
      continue;
    }
    std::vector<double> b = getRow(actual, row);
    result.finite &= llvm::all_of(b, isFinite);
    b.resize(width);
    for (int64_t i = 0; i < width; ++i) {
      result.maxAbs = std::max(result.maxAbs, std::abs(a[i] - b[i]));
      result.maxULP = std::max(
          result.maxULP, getDistance(getPlace(expected, row * width + i),
                                     getPlace(actual, row * actualWidth + i)));
    }
    double divergence = getKL(a, b);
    result.meanKL += divergence / result.tokens;
    result.maxKL = std::max(result.maxKL, divergence);
    agreeing += getTop1(a) == getTop1(b);
  }
  if (!result.finite) {
    // An infinity or a NaN leaves nothing to measure.
    double none = std::nan("");
    result.maxAbs = result.maxRel = result.meanKL = result.maxKL = none;
    return result;
  }
  result.top1Agreement = static_cast<double>(agreeing) / result.tokens;
  if (result.maxAbs > 0)
    result.maxRel = result.maxAbs / largest;
  std::optional<double> tolerance = getTolerance(type.getElementType());
  result.equivalent =
      result.identical || (tolerance && result.maxRel <= *tolerance);
  return result;
}
