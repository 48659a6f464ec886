//===- Field.h - Arithmetic modulo a prime ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The integers modulo a prime of 61 bits, in which the constants of growth,
// rationals and roots of rationals, are exact.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_FINITEFIELD_FIELD_H
#define GROW_FINITEFIELD_FIELD_H

#include "grow/IR/Exact.h"
#include "llvm/ADT/ArrayRef.h"
#include <optional>

namespace grow {

/// Holds sums of 63 products of elements, not yet reduced.
__extension__ typedef unsigned __int128 WideInt;

/// The field of a prime between 2^60 and 2^61. Elements are the numbers below
/// the prime.
class Field {
public:
  explicit Field(uint64_t prime);

  /// How many products of elements a `WideInt` holds.
  static constexpr int64_t kMostProducts = 63;

  uint64_t getPrime() const { return prime; }

  uint64_t add(uint64_t a, uint64_t b) const {
    uint64_t sum = a + b;
    return sum >= prime ? sum - prime : sum;
  }
  uint64_t subtract(uint64_t a, uint64_t b) const {
    return a >= b ? a - b : a + prime - b;
  }
  uint64_t negate(uint64_t a) const { return a ? prime - a : 0; }
  uint64_t multiply(uint64_t a, uint64_t b) const {
    // Barrett's reduction: the quotient is at most 2 too small.
    WideInt product = static_cast<WideInt>(a) * b;
    auto quotient = static_cast<uint64_t>(
        (static_cast<WideInt>(static_cast<uint64_t>(product >> 59)) *
         reciprocal) >>
        65);
    uint64_t rest = static_cast<uint64_t>(product) - quotient * prime;
    rest = rest >= prime ? rest - prime : rest;
    return rest >= prime ? rest - prime : rest;
  }
  /// The element of any number.
  uint64_t reduce(WideInt value) const {
    auto high = static_cast<uint64_t>(value >> 64) % prime;
    return add(multiply(high, wordSize), static_cast<uint64_t>(value) % prime);
  }

  uint64_t power(uint64_t base, uint64_t exponent) const;
  /// One over `a`, which must not be zero.
  uint64_t invert(uint64_t a) const;
  /// The principal root, `a` to the power (p + 1) / 4. Its square is `a` if
  /// `a` is a square at all. Multiplicative.
  uint64_t root(uint64_t a) const { return power(a, (prime + 1) / 4); }
  /// One over the principal root of `a`, which must not be zero.
  uint64_t inverseRoot(uint64_t a) const {
    return power(a, prime - 1 - (prime + 1) / 4);
  }
  bool isSquare(uint64_t a) const { return power(a, (prime - 1) / 2) <= 1; }

  uint64_t get(int64_t value) const;
  uint64_t get(const Exact::Int &value) const;
  /// Numerator over denominator times the principal root of the radicand. The
  /// denominator must not be a multiple of the prime.
  uint64_t get(const Exact &value) const;
  /// The rational number that a finite double is.
  uint64_t get(double value) const;

private:
  uint64_t prime;
  uint64_t reciprocal; ///< 2^124 over the prime, rounded down.
  uint64_t wordSize;   ///< 2^64.
};

/// Whether a number is prime. Never errs.
bool isPrime(uint64_t number);

/// A random prime p between 2^60 and 2^61, p = 3 modulo 4, in whose field each
/// prime factor of each of the numbers is a square: then so is every product
/// and quotient of them, and for such products f the principal root of f^2 is
/// f. Prime factors above 65536 count as one with those they occur with in all
/// numbers. Numbers that are zero are ignored. None if no such prime is found,
/// which takes some thirty different prime factors.
std::optional<uint64_t> findPrime(uint64_t seed,
                                  llvm::ArrayRef<Exact::Int> numbers);

} // namespace grow

#endif // GROW_FINITEFIELD_FIELD_H
