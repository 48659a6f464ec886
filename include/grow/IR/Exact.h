//===- Exact.h - A rational times the root of a rational --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_EXACT_H
#define GROW_IR_EXACT_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/DynamicAPInt.h"
#include "llvm/ADT/Hashing.h"
#include <optional>

namespace mlir {
class AsmParser;
} // namespace mlir

namespace grow {

/// The exact number `numerator / denominator * sqrt(radicand)`.
///
/// Growth multiplies weights and scales by factors such as sqrt(k'/k). Kept
/// exact, such factors multiply and cancel without rounding, however often a
/// model is grown; a float appears once, when the number is lowered.
///
/// Always in canonical form, so that equal numbers compare equal: the fraction
/// is reduced, the denominator positive, the radicand square-free, and zero is
/// 0/1 * sqrt(1).
class Exact {
public:
  using Int = llvm::DynamicAPInt;

  Exact() : Exact(0) {}
  explicit Exact(int64_t value) : numerator(value), denominator(1) {}

  /// The rational `numerator / denominator`; `denominator` must not be zero.
  static Exact rational(Int numerator, Int denominator);

  /// The root of `numerator / denominator`, both positive. None if their
  /// product does not fit in 63 bits.
  static std::optional<Exact> root(int64_t numerator, int64_t denominator);
  /// The root of this number, if it is positive and rational. None as well if
  /// numerator times denominator does not fit in 63 bits.
  std::optional<Exact> root() const;

  /// The shortest decimal number that reads back as `value`: 1e-05 becomes
  /// 1/100000, as the author of a config file meant it. None unless finite.
  static std::optional<Exact> fromDouble(double value);

  /// The product. None if its radicand does not fit in 63 bits.
  std::optional<Exact> times(const Exact &other) const;
  /// The sum. None if the radicands differ: the sum is then no such number.
  std::optional<Exact> plus(const Exact &other) const;
  Exact inverse() const;
  Exact operator-() const;

  const Int &getNumerator() const { return numerator; }
  const Int &getDenominator() const { return denominator; }
  uint64_t getRadicand() const { return radicand; }

  bool isZero() const { return numerator == 0; }
  bool isOne() const { return *this == Exact(1); }
  bool isPositive() const { return numerator > 0; }
  /// Whether multiplying a float by this number can never round (short of
  /// overflow and underflow): plus or minus a power of two.
  bool isPowerOfTwo() const;

  /// The nearest number of the given format, ties to even: rounded once.
  llvm::APFloat toFloat(const llvm::fltSemantics &semantics) const;
  double toDouble() const;

  bool operator==(const Exact &other) const {
    return numerator == other.numerator && denominator == other.denominator &&
           radicand == other.radicand;
  }
  bool operator!=(const Exact &other) const { return !(*this == other); }

  void print(llvm::raw_ostream &os) const;
  /// Parses `3/8`, `1/4 * sqrt(2)`, `sqrt(2)` or a decimal such as `1.0e-05`.
  static mlir::FailureOr<Exact> parse(mlir::AsmParser &parser);

private:
  Int numerator;
  Int denominator;
  uint64_t radicand = 1;
};

llvm::hash_code hash_value(const Exact &value);
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Exact &value);

} // namespace grow

#endif // GROW_IR_EXACT_H
