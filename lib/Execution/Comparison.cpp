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

static std::vector<double> getRow(const HostTensor &logits, int64_t row) {
  int64_t width = logits.getType().getShape().back();
  std::vector<double> result(width);
  for (int64_t i = 0; i < width; ++i)
    result[i] = logits.at(row * width + i);
  return result;
}

/// The first `width` logits of each token.
static HostTensor takeFirst(const HostTensor &logits, int64_t width) {
  RankedTensorType type = logits.getType();
  HostTensor result = HostTensor::allocate(
      type.clone({type.getDimSize(0), type.getDimSize(1), width}));
  uint64_t entryBytes = type.getElementTypeBitWidth() / 8;
  uint64_t rowBytes = type.getDimSize(2) * entryBytes;
  uint64_t takenBytes = width * entryBytes;
  char *end = result.getBytes().data();
  for (ArrayRef<char> left = logits.getBytes(); !left.empty();
       left = left.drop_front(rowBytes))
    end = llvm::copy(left.take_front(takenBytes), end);
  return result;
}

static Comparison compareAll(const HostTensor &expected,
                             const HostTensor &actual);

llvm::Expected<Comparison> grow::compareLogits(const HostTensor &expected,
                                               const HostTensor &actual) {
  RankedTensorType a = expected.getType(), b = actual.getType();
  if (a.getElementType() != b.getElementType() ||
      a.getShape().drop_back() != b.getShape().drop_back())
    return llvm::createStringError(
        llvm::formatv("the logits cannot be compared: the first model's are "
                      "{0}, the second's {1}",
                      a, b));
  int64_t width = std::min(a.getDimSize(2), b.getDimSize(2));
  if (a == b)
    return compareAll(expected, actual);
  return compareAll(takeFirst(expected, width), takeFirst(actual, width));
}

static Comparison compareAll(const HostTensor &expected,
                             const HostTensor &actual) {
  RankedTensorType type = expected.getType();
  Comparison result;
  result.identical = expected.getBytes() == actual.getBytes();
  int64_t width = type.getShape().back();
  result.logits = width;
  result.tokens = type.getNumElements() / width;
  double largest = 0;
  int64_t agreeing = 0;
  for (int64_t row = 0; row < result.tokens; ++row) {
    std::vector<double> a = getRow(expected, row), b = getRow(actual, row);
    for (int64_t i = 0; i < width; ++i) {
      result.finite &= std::isfinite(a[i]) && std::isfinite(b[i]);
      largest = std::max(largest, std::abs(a[i]));
      result.maxAbs = std::max(result.maxAbs, std::abs(a[i] - b[i]));
      int64_t index = row * width + i;
      result.maxULP =
          std::max(result.maxULP, getDistance(getPlace(expected, index),
                                              getPlace(actual, index)));
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
