//===- Exact.cpp - A rational times the root of a rational ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Exact.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/APInt.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MathExtras.h"
#include <charconv>
#include <cmath>

using namespace llvm;
using namespace grow;

/// Bits of a significand that is rounded once more: more than twice the
/// precision of any format that a model is computed in.
static constexpr unsigned kWorkingBits = 160;

/// Writes `n` as `square^2 * rest` with a square-free rest.
static std::pair<uint64_t, uint64_t> splitSquare(uint64_t n) {
  uint64_t square = 1, rest = 1;
  // Trial division up to the cube root; what is left then is 1, a prime, a
  // product of two primes, or the square of one.
  for (uint64_t p = 2; p <= n / p / p; ++p) {
    for (; n % (p * p) == 0; n /= p * p)
      square *= p;
    if (n % p == 0) {
      n /= p;
      rest *= p;
    }
  }
  uint64_t root = std::llround(std::sqrt(static_cast<long double>(n)));
  if (root * root == n)
    return {square * root, rest};
  return {square, rest * n};
}

static APInt toAPInt(const DynamicAPInt &value) {
  SmallString<64> digits;
  raw_svector_ostream(digits) << value;
  unsigned bits = APInt::getSufficientBitsNeeded(digits, 10) + 1;
  return APInt(bits, digits, 10);
}

static DynamicAPInt power(int64_t base, unsigned exponent) {
  DynamicAPInt result(1);
  for (unsigned i = 0; i < exponent; ++i)
    result *= base;
  return result;
}

Exact Exact::rational(Int numerator, Int denominator) {
  assert(denominator != 0 && "a fraction needs a denominator");
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  Int divisor = gcd(llvm::abs(numerator), denominator);
  Exact result;
  result.numerator = numerator / divisor;
  result.denominator = denominator / divisor;
  return result;
}

std::optional<Exact> Exact::root(int64_t numerator, int64_t denominator) {
  if (numerator <= 0 || denominator <= 0)
    return std::nullopt;
  int64_t divisor = std::gcd(numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  int64_t product;
  if (MulOverflow(numerator, denominator, product))
    return std::nullopt;
  auto [square, rest] = splitSquare(product);
  Exact result = rational(Int(static_cast<int64_t>(square)), Int(denominator));
  result.radicand = rest;
  return result;
}

std::optional<Exact> Exact::root() const {
  Int most(std::numeric_limits<int64_t>::max());
  if (!isPositive() || radicand != 1 || numerator > most || denominator > most)
    return std::nullopt;
  return root(static_cast<int64_t>(numerator),
              static_cast<int64_t>(denominator));
}

std::optional<Exact> Exact::fromDouble(double value) {
  if (!std::isfinite(value))
    return std::nullopt;
  // The shortest digits that read back as the value: d.ddde±xx.
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                           std::chars_format::scientific);
  auto [mantissa, exponentText] =
      StringRef(buffer, end.ptr - buffer).split('e');
  int exponent = 0;
  [[maybe_unused]] bool failed =
      exponentText.ltrim('+').getAsInteger(10, exponent);
  bool negative = mantissa.consume_front("-");
  auto [whole, decimals] = mantissa.split('.');
  exponent -= decimals.size();
  // At most 17 digits: they fit.
  int64_t digits = 0;
  failed |= StringRef((whole + decimals).str()).getAsInteger(10, digits);
  assert(!failed && "to_chars wrote a decimal number");
  Int integer(negative ? -digits : digits);
  if (exponent >= 0)
    return rational(integer * power(10, exponent), Int(1));
  return rational(integer, power(10, -exponent));
}

std::optional<Exact> Exact::times(const Exact &other) const {
  int64_t common = std::gcd(radicand, other.radicand);
  int64_t product;
  if (MulOverflow(static_cast<int64_t>(radicand / common),
                  static_cast<int64_t>(other.radicand / common), product))
    return std::nullopt;
  Exact result = rational(numerator * other.numerator * common,
                          denominator * other.denominator);
  result.radicand = result.isZero() ? 1 : product;
  return result;
}

std::optional<Exact> Exact::plus(const Exact &other) const {
  if (isZero())
    return other;
  if (other.isZero())
    return *this;
  if (radicand != other.radicand)
    return std::nullopt;
  Exact result =
      rational(numerator * other.denominator + other.numerator * denominator,
               denominator * other.denominator);
  result.radicand = result.isZero() ? 1 : radicand;
  return result;
}

Exact Exact::inverse() const {
  assert(!isZero() && "zero has no inverse");
  Exact result =
      rational(denominator, numerator * Int(static_cast<int64_t>(radicand)));
  result.radicand = radicand;
  return result;
}

Exact Exact::operator-() const {
  Exact result = *this;
  result.numerator = -result.numerator;
  return result;
}

bool Exact::isPowerOfTwo() const {
  return radicand == 1 && !isZero() &&
         toAPInt(llvm::abs(numerator)).isPowerOf2() &&
         toAPInt(denominator).isPowerOf2();
}

APFloat Exact::toFloat(const fltSemantics &semantics) const {
  if (isZero())
    return APFloat::getZero(semantics);
  // floor(sqrt(n^2 r / d^2) 2^shift) as an integer whose last bit also stands
  // for everything below it; a hexadecimal literal is then rounded once, into
  // the subnormals too.
  APInt n = toAPInt(llvm::abs(numerator)), d = toAPInt(denominator);
  unsigned width = 2 * (n.getBitWidth() + d.getBitWidth() + kWorkingBits) + 128;
  unsigned shift = kWorkingBits + d.getBitWidth();
  n = n.zext(width);
  d = d.zext(width);
  APInt quotient, remainder, significand;
  APInt::udivrem((n * n * APInt(width, radicand)).shl(2 * shift), d * d,
                 quotient, remainder);
  significand = quotient.sqrt();
  if ((significand * significand).ugt(quotient))
    --significand;
  if (!remainder.isZero() || significand * significand != quotient)
    significand |= 1;

  SmallString<128> literal;
  significand.toString(literal, 16, /*Signed=*/false,
                       /*formatAsCLiteral=*/true);
  raw_svector_ostream(literal) << "p-" << shift;
  APFloat result(semantics);
  auto status = result.convertFromString(literal, APFloat::rmNearestTiesToEven);
  cantFail(status.takeError(), "the literal is well formed");
  if (numerator < 0)
    result.changeSign();
  return result;
}

double Exact::toDouble() const {
  return toFloat(APFloat::IEEEdouble()).convertToDouble();
}

/// Prints a double so that the IR's parser takes it for a float literal.
static void printDecimal(raw_ostream &os, double value) {
  char buffer[64];
  auto end = std::to_chars(buffer, buffer + sizeof(buffer), value,
                           std::chars_format::scientific);
  auto [mantissa, exponent] = StringRef(buffer, end.ptr - buffer).split('e');
  os << mantissa << (mantissa.contains('.') ? "" : ".0") << 'e' << exponent;
}

void Exact::print(raw_ostream &os) const {
  // A short fraction reads best; 1/100000 reads better as 1.0e-05.
  constexpr int64_t kReadableDenominator = 1024;
  bool isOneTimesRoot = radicand != 1 && numerator == 1 && denominator == 1;
  if (!isOneTimesRoot) {
    std::optional<Exact> decimal;
    if (radicand == 1 && denominator > kReadableDenominator)
      decimal = fromDouble(toDouble());
    if (decimal && *decimal == *this) {
      printDecimal(os, toDouble());
    } else {
      os << numerator;
      if (denominator != 1)
        os << '/' << denominator;
    }
  }
  if (radicand != 1)
    os << (isOneTimesRoot ? "" : " * ") << "sqrt(" << radicand << ')';
}

hash_code grow::hash_value(const Exact &value) {
  return hash_combine(hash_value(value.getNumerator()),
                      hash_value(value.getDenominator()), value.getRadicand());
}

raw_ostream &grow::operator<<(raw_ostream &os, const Exact &value) {
  value.print(os);
  return os;
}

/// Parses the parenthesised radicand after `sqrt`.
static mlir::FailureOr<Exact> parseRoot(mlir::AsmParser &parser) {
  int64_t radicand = 0;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLParen() || parser.parseDecimalInteger(radicand) ||
      parser.parseRParen())
    return mlir::failure();
  if (radicand <= 0)
    return parser.emitError(loc) << "expects a positive number under the root, "
                                    "but found "
                                 << radicand;
  return *Exact::root(radicand, 1);
}

/// Parses an integer that is not so long that arithmetic on it would take
/// noticeable time. Every double is a fraction of much shorter ones.
static mlir::OptionalParseResult parseInteger(mlir::AsmParser &parser,
                                              APInt &value) {
  constexpr unsigned kMostBits = 4096;
  SMLoc loc = parser.getCurrentLocation();
  mlir::OptionalParseResult result = parser.parseOptionalDecimalInteger(value);
  if (result.has_value() && succeeded(*result) &&
      value.getActiveBits() > kMostBits)
    return parser.emitError(loc)
           << "expects a number of at most " << kMostBits << " bits";
  return result;
}

/// Parses `3`, `3/8` or `1.0e-05`.
static mlir::FailureOr<Exact> parseRational(mlir::AsmParser &parser) {
  bool negative = succeeded(parser.parseOptionalMinus());
  APInt numerator, denominator;
  mlir::OptionalParseResult integer = parseInteger(parser, numerator);
  Exact result;
  if (!integer.has_value()) {
    double decimal;
    if (parser.parseFloat(decimal))
      return mlir::failure();
    std::optional<Exact> exact = Exact::fromDouble(decimal);
    if (!exact)
      return parser.emitError(parser.getCurrentLocation())
             << "expects a finite number";
    result = *exact;
  } else {
    if (failed(*integer))
      return mlir::failure();
    result = Exact::rational(Exact::Int(numerator), Exact::Int(1));
    if (succeeded(parser.parseOptionalSlash())) {
      SMLoc loc = parser.getCurrentLocation();
      mlir::OptionalParseResult below = parseInteger(parser, denominator);
      if (!below.has_value())
        return parser.emitError(loc) << "expects a denominator";
      if (failed(*below))
        return mlir::failure();
      if (denominator.isZero())
        return parser.emitError(loc) << "expects a denominator other than zero";
      result = Exact::rational(Exact::Int(numerator), Exact::Int(denominator));
    }
  }
  return negative ? -result : result;
}

mlir::FailureOr<Exact> Exact::parse(mlir::AsmParser &parser) {
  if (succeeded(parser.parseOptionalKeyword("sqrt")))
    return parseRoot(parser);
  mlir::FailureOr<Exact> result = parseRational(parser);
  if (failed(result) || failed(parser.parseOptionalStar()))
    return result;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseKeyword("sqrt"))
    return mlir::failure();
  mlir::FailureOr<Exact> root = parseRoot(parser);
  if (failed(root))
    return mlir::failure();
  std::optional<Exact> product = result->times(*root);
  if (!product)
    return parser.emitError(loc) << "the number under the root is too large";
  return *product;
}
