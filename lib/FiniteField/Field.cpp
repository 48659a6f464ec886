//===- Field.cpp - Arithmetic modulo a prime ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/FiniteField/Field.h"
#include "Random.h"
#include <cmath>
#include <numeric>
#include <set>

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

static constexpr uint64_t kLeastPrime = uint64_t(1) << 60;

Field::Field(uint64_t prime) : prime(prime) {
  assert(prime > kLeastPrime && prime < 2 * kLeastPrime &&
         "reductions are made for primes of 61 bits");
  reciprocal = static_cast<uint64_t>((static_cast<WideInt>(1) << 124) / prime);
  wordSize = static_cast<uint64_t>((static_cast<WideInt>(1) << 64) % prime);
}

uint64_t Field::power(uint64_t base, uint64_t exponent) const {
  uint64_t result = 1;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = multiply(result, base);
    base = multiply(base, base);
  }
  return result;
}

uint64_t Field::invert(uint64_t a) const {
  assert(a != 0 && "zero has no inverse");
  return power(a, prime - 2);
}

uint64_t Field::get(int64_t value) const {
  if (value >= 0)
    return static_cast<uint64_t>(value) % prime;
  return negate((-static_cast<uint64_t>(value)) % prime);
}

uint64_t Field::get(const Exact::Int &value) const {
  return static_cast<int64_t>(
      mod(value, Exact::Int(static_cast<int64_t>(prime))));
}

uint64_t Field::get(const Exact &value) const {
  uint64_t fraction =
      multiply(get(value.getNumerator()), invert(get(value.getDenominator())));
  return multiply(fraction, root(value.getRadicand() % prime));
}

uint64_t Field::get(double value) const {
  constexpr int kDigits = 53;
  int exponent;
  double mantissa = std::frexp(value, &exponent);
  uint64_t integer = get(static_cast<int64_t>(std::ldexp(mantissa, kDigits)));
  exponent -= kDigits;
  uint64_t two = exponent < 0 ? invert(2) : 2;
  return multiply(integer, power(two, std::abs(exponent)));
}

//===----------------------------------------------------------------------===//
// Primes
//===----------------------------------------------------------------------===//

static uint64_t powerModulo(uint64_t base, uint64_t exponent,
                            uint64_t modulus) {
  WideInt result = 1, square = base % modulus;
  for (; exponent; exponent >>= 1) {
    if (exponent & 1)
      result = result * square % modulus;
    square = square * square % modulus;
  }
  return static_cast<uint64_t>(result);
}

/// One round of the test of Miller and Rabin, for an odd number.
static bool passesMillerRabin(uint64_t number, uint64_t base) {
  uint64_t odd = (number - 1) >> llvm::countr_zero(number - 1);
  WideInt value = powerModulo(base, odd, number);
  if (value == 1 || value == number - 1)
    return true;
  for (; odd != (number - 1) / 2; odd *= 2) {
    value = value * value % number;
    if (value == number - 1)
      return true;
  }
  return false;
}

bool grow::isPrime(uint64_t number) {
  // These bases decide it for all numbers of 64 bits (Sorenson and Webster,
  // Math. Comp. 86, 2017).
  constexpr uint64_t bases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
  if (number < 2)
    return false;
  for (uint64_t base : bases)
    if (number % base == 0)
      return number == base;
  return llvm::all_of(
      bases, [&](uint64_t base) { return passesMillerRabin(number, base); });
}

namespace {
/// Numbers greater than 1, no two with a common factor, of which all numbers
/// that were added are products. Small ones are prime.
class CoprimeBase {
public:
  void add(Exact::Int number);

  const std::set<int64_t> &getPrimes() const { return primes; }
  ArrayRef<Exact::Int> getOthers() const { return others; }

private:
  void addOther(Exact::Int number);

  std::set<int64_t> primes;
  SmallVector<Exact::Int> others;
};
} // namespace

void CoprimeBase::add(Exact::Int number) {
  constexpr int64_t kMostDivisor = 1 << 16;
  number = llvm::abs(number);
  if (number == 0)
    return;
  for (int64_t divisor = 2; divisor <= kMostDivisor && number != 1;
       divisor += 1 + (divisor > 2)) {
    while (number % Exact::Int(divisor) == 0) {
      primes.insert(divisor);
      number /= Exact::Int(divisor);
    }
    // What has no divisor up to its root is prime.
    if (number < Exact::Int(divisor) * Exact::Int(divisor))
      break;
  }
  if (number != 1 && number <= Exact::Int(kMostDivisor))
    primes.insert(static_cast<int64_t>(number));
  else
    addOther(number);
}

void CoprimeBase::addOther(Exact::Int number) {
  for (size_t i = 0; i < others.size() && number != 1; ++i) {
    Exact::Int common = gcd(number, others[i]);
    if (common == 1)
      continue;
    if (common == others[i]) {
      number /= common;
      --i; // it may divide it again
      continue;
    }
    // Both fall apart.
    Exact::Int rest = others[i] / common;
    others.erase(others.begin() + i);
    addOther(common);
    addOther(rest);
    return addOther(number);
  }
  if (number != 1)
    others.push_back(number);
}

std::optional<uint64_t> grow::findPrime(uint64_t seed,
                                        ArrayRef<Exact::Int> numbers) {
  CoprimeBase base;
  for (const Exact::Int &number : numbers)
    base.add(number);

  // For p = 7 modulo 8, 2 is a square, and by quadratic reciprocity an odd
  // prime q is one if and only if -p is a square modulo q. So p = -s^2 modulo
  // 8 and some of the q, and of the rest half of the candidates fall out each
  // time.
  constexpr uint64_t kMostModulus = uint64_t(1) << 40;
  constexpr int64_t kMostCandidates = int64_t(1) << 23;
  uint64_t modulus = 8;
  SmallVector<Exact::Int> rest(base.getOthers());
  for (int64_t prime : base.getPrimes()) {
    if (prime == 2)
      continue;
    if (modulus <= kMostModulus / prime)
      modulus *= prime;
    else
      rest.push_back(Exact::Int(prime));
  }

  RandomStream random(getKey(seed, "prime"));
  for (int64_t candidates = 0; candidates < kMostCandidates; ++candidates) {
    uint64_t s = random.next() % modulus;
    if (std::gcd(s, modulus) != 1)
      continue;
    auto square = static_cast<uint64_t>(static_cast<WideInt>(s) * s % modulus);
    uint64_t offset = random.next() % (kLeastPrime / modulus);
    uint64_t candidate = kLeastPrime + offset * modulus;
    candidate += modulus - candidate % modulus + modulus - square;
    if (candidate >= 2 * kLeastPrime)
      continue;
    Field field(candidate);
    // Cheap for numbers that are no primes: they seldom pass.
    bool fits = llvm::all_of(rest, [&](const Exact::Int &number) {
      return field.power(field.get(number), (candidate - 1) / 2) == 1;
    });
    if (fits && isPrime(candidate))
      return candidate;
  }
  return std::nullopt;
}
