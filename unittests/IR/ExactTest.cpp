//===- ExactTest.cpp - A rational times the root of a rational ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Exact.h"
#include "llvm/ADT/StringExtras.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace llvm;
using namespace grow;

namespace {

using Int = Exact::Int;

Exact fraction(int64_t numerator, int64_t denominator) {
  return Exact::rational(Int(numerator), Int(denominator));
}

Exact root(int64_t numerator, int64_t denominator = 1) {
  return *Exact::root(numerator, denominator);
}

std::string str(const Exact &value) {
  std::string text;
  raw_string_ostream(text) << value;
  return text;
}

/// base^exponent.
Int power(int64_t base, unsigned exponent) {
  Int result(1);
  for (unsigned i = 0; i < exponent; ++i)
    result *= base;
  return result;
}

//===----------------------------------------------------------------------===//
// Canonical form
//===----------------------------------------------------------------------===//

TEST(ExactTest, FractionsAreReduced) {
  EXPECT_EQ(fraction(6, -8), fraction(-3, 4));
  EXPECT_EQ(str(fraction(6, -8)), "-3/4");
  EXPECT_EQ(fraction(0, -7), Exact(0));
  EXPECT_EQ(str(fraction(7, 7)), "1");
  EXPECT_TRUE(fraction(7, 7).isOne());
}

TEST(ExactTest, RootsAreSquareFree) {
  EXPECT_EQ(str(root(72)), "6 * sqrt(2)");
  EXPECT_EQ(str(root(1, 2)), "1/2 * sqrt(2)");
  EXPECT_EQ(str(root(8, 2)), "2");
  EXPECT_EQ(str(root(2)), "sqrt(2)");
  EXPECT_EQ(root(3, 12), fraction(1, 2));
  // Two large primes, a large prime's square, and a square times a prime.
  EXPECT_EQ(str(root(4294967291ll * 2147483647ll)),
            "sqrt(9223372021822390277)");
  EXPECT_EQ(str(root(2147483647ll * 2147483647ll)), "2147483647");
  EXPECT_EQ(str(root(2097143ll * 2097143ll * 2097133ll)),
            "2097143 * sqrt(2097133)");
}

/// Against trial division by every square.
TEST(ExactTest, RootsOfSmallNumbers) {
  for (int64_t n = 1; n < 3000; ++n) {
    int64_t square = 1;
    for (int64_t i = 1; i * i <= n; ++i)
      if (n % (i * i) == 0)
        square = i;
    Exact value = root(n);
    EXPECT_EQ(value.getNumerator(), Int(square)) << n;
    EXPECT_EQ(static_cast<int64_t>(value.getRadicand()), n / (square * square))
        << n;
  }
}

TEST(ExactTest, RootsOutOfRangeAreRefused) {
  EXPECT_FALSE(Exact::root(0, 1));
  EXPECT_FALSE(Exact::root(-2, 1));
  EXPECT_FALSE(Exact::root(2, -1));
  EXPECT_FALSE(Exact::root(0, 0));
  EXPECT_FALSE(Exact::root(INT64_MAX, 2));
  EXPECT_TRUE(Exact::root(INT64_MAX, 1));
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

TEST(ExactTest, ProductsCancel) {
  EXPECT_EQ(*root(6).times(root(10)), *root(15).times(Exact(2)));
  EXPECT_EQ(*root(3, 2).times(root(2, 3)), Exact(1));
  EXPECT_EQ(*root(2).times(Exact(0)), Exact(0));
  EXPECT_EQ(str(*fraction(-1, 4).times(root(2))), "-1/4 * sqrt(2)");
}

TEST(ExactTest, ProductsOutOfRangeAreRefused) {
  // Both radicands are square-free, prime to each other and large.
  EXPECT_FALSE(root(4294967291ll).times(root(4294967279ll)));
}

TEST(ExactTest, Sums) {
  EXPECT_EQ(*fraction(1, 2).plus(fraction(1, 3)), fraction(5, 6));
  EXPECT_EQ(*root(2).plus(*root(2).times(Exact(3))), *root(2).times(Exact(4)));
  EXPECT_EQ(*root(2).plus(-root(2)), Exact(0));
  EXPECT_EQ(*root(2).plus(Exact(0)), root(2));
  EXPECT_EQ(*Exact(0).plus(root(2)), root(2));
  EXPECT_FALSE(root(2).plus(Exact(1)));
  EXPECT_FALSE(root(2).plus(root(3)));
}

TEST(ExactTest, Inverses) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000; ++i) {
    Exact value =
        *root(random() % 5000 + 1, random() % 5000 + 1)
             .times(fraction(static_cast<int64_t>(random() % 999) - 500,
                             random() % 500 + 1));
    if (value.isZero())
      continue;
    EXPECT_TRUE(value.times(value.inverse())->isOne()) << str(value);
    EXPECT_EQ(value.inverse().inverse(), value);
    EXPECT_EQ(-(-value), value);
    EXPECT_NE(-value, value);
  }
}

TEST(ExactTest, PowersOfTwo) {
  for (const Exact &value : {Exact(1), Exact(-4), fraction(-1, 1024)})
    EXPECT_TRUE(value.isPowerOfTwo()) << str(value);
  for (const Exact &value : {Exact(0), Exact(3), root(2), fraction(2, 3)})
    EXPECT_FALSE(value.isPowerOfTwo()) << str(value);
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

TEST(ExactTest, DecimalsAreExact) {
  EXPECT_EQ(*Exact::fromDouble(1e-5), fraction(1, 100000));
  EXPECT_EQ(*Exact::fromDouble(0.1), fraction(1, 10));
  EXPECT_EQ(*Exact::fromDouble(-2.5), fraction(-5, 2));
  EXPECT_EQ(*Exact::fromDouble(1e20), Exact::rational(power(10, 20), Int(1)));
  EXPECT_EQ(*Exact::fromDouble(-0.0), Exact(0));
  EXPECT_EQ(str(fraction(1, 100000)), "1.0e-05");
  EXPECT_EQ(str(fraction(5, 100000000)), "5.0e-08");
  EXPECT_EQ(str(fraction(1, 1000001)), "1/1000001");
  EXPECT_FALSE(Exact::fromDouble(INFINITY));
  EXPECT_FALSE(Exact::fromDouble(NAN));
}

TEST(ExactTest, DoublesSurviveBothConversions) {
  std::mt19937_64 random(2);
  for (int i = 0; i < 2000; ++i) {
    double value = bit_cast<double>(static_cast<uint64_t>(random()));
    if (!std::isfinite(value))
      continue;
    EXPECT_EQ(Exact::fromDouble(value)->toDouble(), value);
  }
  for (double value : {5e-324, 2.2250738585072014e-308, 4.4501477170144023e-308,
                       1.7976931348623157e308})
    EXPECT_EQ(Exact::fromDouble(value)->toDouble(), value);
}

struct Format {
  const char *name;
  const fltSemantics &(*semantics)();
};

class ExactToFloatTest : public ::testing::TestWithParam<Format> {
protected:
  const fltSemantics &semantics = GetParam().semantics();

  /// A non-negative finite float, or the would-be float after the largest, as
  /// a fraction of integers.
  std::pair<Int, Int> toFraction(const APFloat &value) const {
    if (value.isInfinity())
      return {power(2, APFloat::semanticsMaxExponent(semantics) + 1), Int(1)};
    if (value.isZero())
      return {Int(0), Int(1)};
    int exponent;
    APFloat fraction = frexp(value, exponent, APFloat::rmNearestTiesToEven);
    int shift = APFloat::semanticsPrecision(semantics);
    APSInt integer(128, /*isUnsigned=*/false);
    bool isExact = false;
    scalbn(fraction, shift, APFloat::rmNearestTiesToEven)
        .convertToInteger(integer, APFloat::rmTowardZero, &isExact);
    EXPECT_TRUE(isExact);
    exponent -= shift;
    Int numerator(static_cast<const APInt &>(integer));
    if (exponent >= 0)
      return {numerator * power(2, exponent), Int(1)};
    return {numerator, power(2, -exponent)};
  }

  /// Whether the positive `value` is smaller (-1), equal (0) or larger (1) than
  /// a / b, which is not negative.
  static int compare(const Exact &value, const Int &a, const Int &b) {
    Int left = value.getNumerator() * b, right = a * value.getDenominator();
    left = left * left * Int(static_cast<int64_t>(value.getRadicand()));
    right = right * right;
    return left < right ? -1 : left == right ? 0 : 1;
  }

  /// Checks by integer arithmetic alone that `toFloat` rounds `value` to
  /// nearest, ties to even: the value lies between the midpoints on both sides.
  void expectNearest(const Exact &value) {
    APFloat result = value.toFloat(semantics);
    ASSERT_FALSE(result.isNegative()) << str(value);
    bool isEven = !result.bitcastToAPInt()[0];
    auto [n, d] = toFraction(result);
    if (!result.isZero()) {
      APFloat below = result;
      below.next(/*nextDown=*/true);
      auto [nBelow, dBelow] = toFraction(below);
      int side = compare(value, n * dBelow + nBelow * d, 2 * d * dBelow);
      EXPECT_TRUE(side > 0 || (side == 0 && isEven)) << str(value);
    }
    if (!result.isInfinity()) {
      APFloat above = result;
      above.next(/*nextDown=*/false);
      auto [nAbove, dAbove] = toFraction(above);
      int side = compare(value, n * dAbove + nAbove * d, 2 * d * dAbove);
      EXPECT_TRUE(side < 0 || (side == 0 && isEven)) << str(value);
    }
    EXPECT_TRUE((-value).toFloat(semantics).bitwiseIsEqual(neg(result)));
  }
};

TEST_P(ExactToFloatTest, RandomNumbersRoundToNearest) {
  std::mt19937_64 random(3);
  int least = APFloat::semanticsMinExponent(semantics) -
              static_cast<int>(APFloat::semanticsPrecision(semantics)) - 3;
  int most = APFloat::semanticsMaxExponent(semantics) + 3;
  std::uniform_int_distribution<int> exponents(least, most);
  for (int i = 0; i < 2000; ++i) {
    Int numerator(static_cast<int64_t>(random() >> 20 | 1));
    Int denominator(static_cast<int64_t>(random() >> 20 | 1));
    int exponent = exponents(random);
    (exponent < 0 ? denominator : numerator) *= power(2, std::abs(exponent));
    Exact value = Exact::rational(numerator, denominator);
    expectNearest(i % 2 ? value : *value.times(root(random() % 1000 + 1)));
  }
}

/// Midpoints between neighbours, and numbers a hair on either side.
TEST_P(ExactToFloatTest, TiesGoToEven) {
  std::mt19937_64 random(4);
  unsigned bits = APFloat::semanticsSizeInBits(semantics);
  for (int i = 0; i < 500; ++i) {
    APInt pattern(bits, i < 20 ? i : random() >> (64 - bits));
    pattern.clearBit(bits - 1);
    APFloat value(semantics, pattern);
    if (!value.isFinite())
      continue;
    APFloat above = value;
    above.next(/*nextDown=*/false);
    auto [n, d] = toFraction(value);
    auto [nAbove, dAbove] = toFraction(above);
    Int numerator = n * dAbove + nAbove * d, denominator = 2 * d * dAbove;
    APFloat even = pattern[0] ? above : value;
    EXPECT_TRUE(Exact::rational(numerator, denominator)
                    .toFloat(semantics)
                    .bitwiseIsEqual(even))
        << toString(pattern, 16, /*Signed=*/false);
    Int fine = power(10, 30);
    // One part in 10^30 of the midpoint itself.
    EXPECT_TRUE(Exact::rational(numerator * (fine + 1), denominator * fine)
                    .toFloat(semantics)
                    .bitwiseIsEqual(above));
    EXPECT_TRUE(Exact::rational(numerator * (fine - 1), denominator * fine)
                    .toFloat(semantics)
                    .bitwiseIsEqual(value));
  }
}

TEST_P(ExactToFloatTest, ExtremesOverflowAndUnderflow) {
  EXPECT_TRUE(Exact(0).toFloat(semantics).isPosZero());
  EXPECT_TRUE(
      Exact::rational(power(2, 2000), Int(1)).toFloat(semantics).isInfinity());
  EXPECT_TRUE(
      Exact::rational(Int(1), power(2, 2000)).toFloat(semantics).isPosZero());
}

INSTANTIATE_TEST_SUITE_P(Formats, ExactToFloatTest,
                         ::testing::Values(Format{"f16", APFloat::IEEEhalf},
                                           Format{"bf16", APFloat::BFloat},
                                           Format{"f32", APFloat::IEEEsingle},
                                           Format{"f64", APFloat::IEEEdouble}),
                         [](const auto &info) {
                           return std::string(info.param.name);
                         });

} // namespace
