//===- Transpose.cpp - Transposition in registers -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Transpose.h"

#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace {

/// Shuffles two vectors of `n` elements such that element `i` of the result is
/// the one that `getElement(i)` numbers, those of `y` from `n` on.
Value shuffle(ImplicitLocOpBuilder &b, Value x, Value y, int64_t n,
              function_ref<int64_t(int64_t)> getElement) {
  return vector::ShuffleOp::create(
      b, x, y, llvm::map_to_vector(llvm::seq(n), getElement));
}

/// Transposes each square of `unit` by `unit` elements: `unit` rows of a group,
/// and in each vector a unit of 128 bits, which interleaving does not leave.
/// These are perfect shuffles: seen as one array, a round rotates the bits of
/// an element's position by one, and after all of them the bits of the row and
/// those of the column have changed places.
SmallVector<Value> transposeUnits(ImplicitLocOpBuilder &b,
                                  ArrayRef<Value> group, int64_t n) {
  int64_t unit = group.size(), half = unit / 2;
  SmallVector<Value> rows(group);
  for (int64_t round = 1; round < unit; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < half; ++i)
      for (int64_t start : {int64_t(0), half})
        next.push_back(shuffle(
            b, rows[i], rows[i + half], n, [&](int64_t element) -> int64_t {
              int64_t place = element % unit;
              return element - place + start + place / 2 + place % 2 * n;
            }));
    rows = std::move(next);
  }
  return rows;
}

/// Exchanges units: of two rows `distance` apart, the later units of the first
/// and the earlier units of the second.
void exchangeUnits(ImplicitLocOpBuilder &b, SmallVectorImpl<Value> &rows,
                   int64_t distance) {
  int64_t n = rows.size();
  for (int64_t i = 0; i < n; ++i) {
    if (i & distance)
      continue;
    Value x = rows[i], y = rows[i + distance];
    rows[i] = shuffle(b, x, y, n, [&](int64_t element) {
      return element & distance ? element - distance + n : element;
    });
    rows[i + distance] = shuffle(b, x, y, n, [&](int64_t element) {
      return element & distance ? element + n : element + distance;
    });
  }
}

} // namespace

SmallVector<Value> grow::transpose(ImplicitLocOpBuilder &b,
                                   ArrayRef<Value> rows) {
  constexpr int64_t kUnitBits = 128;
  int64_t n = rows.size();
  int64_t unit = std::min<int64_t>(
      n, kUnitBits /
             cast<VectorType>(rows.front().getType()).getElementTypeBitWidth());
  SmallVector<Value> result;
  for (int64_t first = 0; first < n; first += unit)
    result.append(transposeUnits(b, rows.slice(first, unit), n));
  for (int64_t distance = unit; distance < n; distance *= 2)
    exchangeUnits(b, result, distance);
  return result;
}
