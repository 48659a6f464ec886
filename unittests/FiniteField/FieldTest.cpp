//===- FieldTest.cpp - Arithmetic modulo a prime --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/FiniteField/Field.h"
#include "gtest/gtest.h"
#include <random>

using namespace llvm;
using namespace grow;

namespace {

using Int = Exact::Int;

// The smallest and the largest of 61 bits that are 3 modulo 4.
constexpr uint64_t kSmallPrime = (uint64_t(1) << 60) + 91;
constexpr uint64_t kLargePrime = (uint64_t(1) << 61) - 1;

TEST(FieldTest, FindsPrimes) {
  EXPECT_FALSE(isPrime(0));
  EXPECT_FALSE(isPrime(1));
  EXPECT_TRUE(isPrime(2));
  EXPECT_TRUE(isPrime(37));
  EXPECT_FALSE(isPrime(37 * 41));
  // Carmichael numbers and a strong pseudoprime to the bases 2, 3, 5 and 7.
  EXPECT_FALSE(isPrime(561));
  EXPECT_FALSE(isPrime(3215031751));
  EXPECT_FALSE(isPrime(3825123056546413051));
  EXPECT_TRUE(isPrime(kSmallPrime));
  EXPECT_TRUE(isPrime(kLargePrime));
  EXPECT_TRUE(isPrime(18446744073709551557u));
  // By trial division.
  for (uint64_t n = 3; n < 2000; n += 2) {
    bool hasDivisor = false;
    for (uint64_t d = 3; d * d <= n; d += 2)
      hasDivisor |= n % d == 0;
    EXPECT_EQ(isPrime(n), !hasDivisor) << n;
  }
}

TEST(FieldTest, ReducesProducts) {
  std::mt19937_64 engine(1);
  for (uint64_t prime : {kSmallPrime, kLargePrime}) {
    Field field(prime);
    auto check = [&](uint64_t a, uint64_t b) {
      auto product = static_cast<uint64_t>(static_cast<WideInt>(a) * b % prime);
      EXPECT_EQ(field.multiply(a, b), product) << a << " * " << b;
      EXPECT_EQ(field.subtract(field.add(a, b), b), a);
      EXPECT_EQ(field.add(a, field.negate(a)), 0u);
    };
    for (uint64_t a : {uint64_t(0), uint64_t(1), prime / 2, prime - 1})
      for (uint64_t b : {uint64_t(0), uint64_t(2), prime / 2, prime - 1})
        check(a, b);
    for (int i = 0; i < 10000; ++i)
      check(engine() % prime, engine() % prime);
  }
}

TEST(FieldTest, HoldsSumsOfProducts) {
  for (uint64_t prime : {kSmallPrime, kLargePrime}) {
    Field field(prime);
    WideInt sum = 0;
    for (int64_t i = 0; i < Field::kMostProducts; ++i)
      sum += static_cast<WideInt>(prime - 1) * (prime - 1);
    // (-1)^2, so many times.
    EXPECT_EQ(field.reduce(sum), static_cast<uint64_t>(Field::kMostProducts));
    EXPECT_EQ(field.reduce(~WideInt(0)),
              static_cast<uint64_t>(~WideInt(0) % prime));
  }
}

TEST(FieldTest, InvertsAndTakesRoots) {
  std::mt19937_64 engine(2);
  Field field(kSmallPrime);
  for (int i = 0; i < 100; ++i) {
    uint64_t a = 1 + engine() % (kSmallPrime - 1);
    uint64_t b = 1 + engine() % (kSmallPrime - 1);
    EXPECT_EQ(field.multiply(a, field.invert(a)), 1u);
    EXPECT_EQ(field.multiply(field.root(a), field.inverseRoot(a)), 1u);
    EXPECT_EQ(field.root(field.multiply(a, b)),
              field.multiply(field.root(a), field.root(b)));
    uint64_t square = field.multiply(a, a);
    EXPECT_TRUE(field.isSquare(square));
    EXPECT_EQ(field.multiply(field.root(square), field.root(square)), square);
    // Of p = 3 modulo 4, of a and -a one is a square.
    EXPECT_NE(field.isSquare(a), field.isSquare(field.negate(a)));
  }
}

TEST(FieldTest, KnowsNumbers) {
  Field field(kSmallPrime);
  EXPECT_EQ(field.get(int64_t(-3)), kSmallPrime - 3);
  EXPECT_EQ(field.get(std::numeric_limits<int64_t>::min()),
            field.negate((uint64_t(1) << 63) % kSmallPrime));
  EXPECT_EQ(field.get(Int(-3)), kSmallPrime - 3);
  Exact third = Exact::rational(Int(-1), Int(3));
  EXPECT_EQ(field.multiply(field.get(third), 3), kSmallPrime - 1);
  EXPECT_EQ(field.multiply(field.get(0.375), 8), 3u);
  EXPECT_EQ(field.get(-0.0), 0u);
  EXPECT_EQ(field.get(-1048576.0), kSmallPrime - 1048576);
  // One tenth is not quite 0.1.
  EXPECT_NE(field.multiply(field.get(0.1), 10), 1u);
}

TEST(FieldTest, PrimesMakeNumbersSquares) {
  // All primes below 60, a large one, and two products of large ones that
  // share one.
  int64_t large[] = {1000003, 2147483647, 67280421310721};
  Int big(large[0]), bigger(large[1]), biggest(large[2]);
  SmallVector<Int> numbers{Int(0), Int(-64), big * bigger, big * biggest};
  for (int64_t n = 2; n < 60; ++n)
    numbers.push_back(Int(n));
  std::set<uint64_t> primes;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    std::optional<uint64_t> prime = findPrime(seed, numbers);
    ASSERT_TRUE(prime);
    primes.insert(*prime);
    EXPECT_TRUE(isPrime(*prime));
    EXPECT_EQ(*prime % 4, 3u);
    Field field(*prime);
    for (int64_t n = 2; n < 60; ++n)
      EXPECT_TRUE(field.isSquare(n)) << n << " modulo " << *prime;
    for (int64_t n : large)
      EXPECT_TRUE(field.isSquare(field.get(n))) << n << " modulo " << *prime;
    // What growth rests on.
    Exact half = *Exact::root(1, 2), double_ = *Exact::root(8, 1);
    EXPECT_EQ(field.multiply(field.get(half), field.get(double_)), 2u);
  }
  EXPECT_EQ(primes.size(), 5u) << "different seeds, different primes";
  EXPECT_EQ(findPrime(3, numbers), findPrime(3, numbers));
}

TEST(FieldTest, MovesFactorsOutOfRoots) {
  SmallVector<Int> numbers{Int(6), Int(35)};
  Field field(*findPrime(1, numbers));
  std::mt19937_64 engine(3);
  uint64_t f = field.get(Exact::rational(Int(6), Int(35)));
  for (int i = 0; i < 100; ++i) {
    uint64_t u = 1 + engine() % (field.getPrime() - 1);
    uint64_t scaled = field.multiply(u, field.multiply(f, f));
    EXPECT_EQ(field.multiply(field.inverseRoot(scaled), f),
              field.inverseRoot(u));
  }
}

} // namespace
