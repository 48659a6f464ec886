//===- ApproximateMath.cpp - Polynomials for f32 --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's polynomials are off by about 5 ULP, flush what exp makes subnormal
// and lose the sign of erf(-0). These follow the same plan as vector libraries:
// reduce the argument, evaluate a polynomial by fused steps, and select between
// a form for small and one for large arguments, without branches.
//
// The coefficients minimise the largest relative error on the interval that is
// given with each (Remez' algorithm with 40 digits, then rounded to f32).
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_CPUAPPROXIMATEMATHPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Builds arithmetic on f32, or on vectors of f32 of one shape.
class Arithmetic {
public:
  Arithmetic(Operation *op, PatternRewriter &rewriter)
      : b(op->getLoc(), rewriter), type(op->getResultTypes().front()) {}

  Value number(float value) { return constant(type, b.getF32FloatAttr(value)); }
  Value integer(int32_t value) {
    return constant(getIntegerType(), b.getI32IntegerAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value subtract(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value multiply(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value divide(Value x, Value y) { return arith::DivFOp::create(b, x, y); }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value absolute(Value x) { return math::AbsFOp::create(b, x); }
  Value copySign(Value x, Value sign) {
    return math::CopySignOp::create(b, x, sign);
  }
  /// `ifBelow` where x is less than `bound`.
  Value selectBelow(Value x, float bound, Value ifBelow, Value otherwise) {
    Value isBelow =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, number(bound));
    return arith::SelectOp::create(b, isBelow, ifBelow, otherwise);
  }
  /// The bound where x exceeds it. NaN stays NaN, which minimumf would say,
  /// too, in three instructions instead of one.
  Value atMost(Value x, float bound) {
    Value limit = number(bound);
    Value exceeds =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x, limit);
    return arith::SelectOp::create(b, exceeds, limit, x);
  }
  Value atLeast(Value x, float bound) {
    return selectBelow(x, bound, number(bound), x);
  }
  /// The polynomial with the given coefficients, highest first.
  Value polynomial(Value x, ArrayRef<float> coefficients) {
    Value result = number(coefficients.front());
    for (float coefficient : coefficients.drop_front())
      result = fma(result, x, number(coefficient));
    return result;
  }
  /// e^x as e^r * 2^k with an integer k and |r| at most ln(2) / 2: returns e^r
  /// and k. If x is NaN, so is e^r.
  std::pair<Value, Value> splitExp(Value x);
  /// 2^k for k from -126 to 127.
  Value powerOfTwo(Value k) {
    Value biased = arith::AddIOp::create(b, k, integer(127));
    return arith::BitcastOp::create(
        b, type, arith::ShLIOp::create(b, biased, integer(23)));
  }
  Value halve(Value k) { return arith::ShRSIOp::create(b, k, integer(1)); }
  Value subtractIntegers(Value k, Value l) {
    return arith::SubIOp::create(b, k, l);
  }
  /// e^x for x whose result is a normal number, or NaN.
  Value normalExp(Value x) {
    auto [mantissa, k] = splitExp(x);
    return multiply(mantissa, powerOfTwo(k));
  }

private:
  Value constant(Type type, TypedAttr scalar) {
    TypedAttr value = scalar;
    if (auto shaped = dyn_cast<ShapedType>(type))
      value = DenseElementsAttr::get(shaped, Attribute(scalar));
    return arith::ConstantOp::create(b, value);
  }
  Type getIntegerType() {
    if (auto shaped = dyn_cast<ShapedType>(type))
      return shaped.clone(b.getI32Type());
    return b.getI32Type();
  }

  ImplicitLocOpBuilder b;
  Type type;
};

std::pair<Value, Value> Arithmetic::splitExp(Value x) {
  // Adding 1.5 * 2^23 leaves the nearest integer in the lowest bits: no
  // conversion that is undefined for NaN.
  Value shift = number(12582912.0f);
  Value shifted = fma(x, number(0x1.715476p+0f), shift); // 1 / ln 2
  auto getBits = [&](Value value) -> Value {
    return arith::BitcastOp::create(b, getIntegerType(), value);
  };
  Value k = subtractIntegers(getBits(shifted), getBits(shift));
  Value nearest = subtract(shifted, shift);
  // Cody and Waite: ln 2 in two parts, of which the first has zeros at its end.
  Value r = fma(nearest, number(-0x1.62e400p-1f), x);
  r = fma(nearest, number(-0x1.7f7d1cp-20f), r);
  // (e^r - 1 - r) / r^2 for |r| <= ln(2) / 2: 2^-28.2 of e^r.
  Value p = polynomial(r, {0x1.6a2250p-10f, 0x1.123b02p-7f, 0x1.5558f8p-5f,
                           0x1.555490p-3f, 0x1.fffffcp-2f});
  return {add(fma(multiply(p, r), r, r), number(1.0f)), k};
}

/// e^x. Two powers of two instead of one reach infinity and, rounded once, the
/// subnormal numbers.
Value buildExp(Arithmetic &b, Value x) {
  auto [mantissa, k] = b.splitExp(b.atLeast(b.atMost(x, 89.0f), -104.0f));
  Value half = b.halve(k);
  Value scaled = b.multiply(mantissa, b.powerOfTwo(half));
  return b.multiply(scaled, b.powerOfTwo(b.subtractIntegers(k, half)));
}

/// tanh x: x + x^3 P(x^2) where it is at most about a half, then
/// 1 - 2 / (e^2x + 1), which is 1 from 10 on.
Value buildTanh(Arithmetic &b, Value x) {
  Value magnitude = b.absolute(x);
  Value twice = b.atMost(b.add(magnitude, magnitude), 20.0f);
  Value one = b.number(1.0f);
  Value large =
      b.subtract(one, b.divide(b.number(2.0f), b.add(b.normalExp(twice), one)));
  // (tanh x - x) / x^3 for x <= 0.56: 2^-29.5 of tanh x.
  Value square = b.multiply(x, x);
  Value p =
      b.polynomial(square, {-0x1.963d62p-8f, 0x1.58669ap-6f, -0x1.b90fc0p-5f,
                            0x1.110c98p-3f, -0x1.555548p-2f});
  Value small = b.fma(b.multiply(p, square), magnitude, magnitude);
  return b.copySign(b.selectBelow(magnitude, 0.55f, small, large), x);
}

/// erf x: x + x P(x^2), then 1 - e^Q(x), which is 1 from 4 on.
Value buildErf(Arithmetic &b, Value x) {
  Value magnitude = b.absolute(x);
  // ln(1 - erf x) for x from 0.91 to 3.95: 2^-34.1 of erf x.
  Value q = b.polynomial(b.atMost(magnitude, 4.0f),
                         {-0x1.5fbe1cp-16f, 0x1.c5ffe4p-12f, -0x1.10e196p-8f,
                          0x1.9b3ee8p-6f, -0x1.bb6536p-4f, -0x1.444986p-1f,
                          -0x1.212708p+0f, 0x1.68a8bep-13f});
  Value large = b.subtract(b.number(1.0f), b.normalExp(q));
  // erf x / x - 1 for x <= 0.93: 2^-25.7 of erf x.
  Value p = b.polynomial(b.multiply(x, x),
                         {-0x1.3825c8p-11f, 0x1.46c234p-8f, -0x1.b676cap-6f,
                          0x1.ce1904p-4f, -0x1.8126dcp-2f, 0x1.06eba6p-3f});
  Value small = b.fma(p, magnitude, magnitude);
  return b.copySign(b.selectBelow(magnitude, 0.921875f, small, large), x);
}

template <typename OpTy, Value (*build)(Arithmetic &, Value)>
struct Approximate : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getType()).isF32() ||
        isa<TensorType>(op.getType()))
      return failure();
    Arithmetic arithmetic(op, rewriter);
    rewriter.replaceOp(op, build(arithmetic, op.getOperand()));
    return success();
  }
};

struct ApproximateMath
    : public grow::impl::CPUApproximateMathPassBase<ApproximateMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    // sin and cos are left to libm: the angles of positions are large, and
    // their tables are small.
    patterns.add<Approximate<math::ExpOp, buildExp>,
                 Approximate<math::TanhOp, buildTanh>,
                 Approximate<math::ErfOp, buildErf>>(&getContext());
    grow::ReplacementCounter replaced;
    walkAndApplyPatterns(getOperation(), std::move(patterns), &replaced);
    grow::reportCount(getOperation(), getName(), replaced.count, "ops",
                      "replaced by polynomials");
  }
};

} // namespace
