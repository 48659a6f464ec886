//===- ExpandMath.cpp - Functions that devices define too loosely ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_GPUEXPANDMATHPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Arithmetic on f64.
class Arithmetic : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value number(double value) {
    return arith::ConstantOp::create(*this, getF64FloatAttr(value));
  }
  Value integer(int32_t value) {
    return arith::ConstantOp::create(*this, getI32IntegerAttr(value));
  }
  Value add(Value x, Value y) { return arith::AddFOp::create(*this, x, y); }
  Value subtract(Value x, Value y) {
    return arith::SubFOp::create(*this, x, y);
  }
  Value multiply(Value x, Value y) {
    return arith::MulFOp::create(*this, x, y);
  }
  /// The polynomial with the given coefficients, highest first.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value result = number(coefficients.front());
    for (double coefficient : coefficients.drop_front())
      result = add(multiply(result, x), number(coefficient));
    return result;
  }
  /// Whether bit `bit` of `x` is set.
  Value isSet(Value x, int32_t bit) {
    Value masked = arith::AndIOp::create(*this, x, integer(1 << bit));
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::ne, masked,
                                 integer(0));
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(*this, condition, x, y);
  }
};

/// sin(angle + quarters * pi / 2) of an angle in f32.
Value buildSine(Arithmetic &b, Value angle, int32_t quarters) {
  Value x = arith::ExtFOp::create(b, b.getF64Type(), angle);
  // Adding 1.5 * 2^52 leaves the nearest integer in the lowest bits.
  Value shift = b.number(6755399441055744.0);
  Value shifted =
      b.add(b.multiply(x, b.number(0x1.45f306dc9c883p-1)), shift); // 2 / pi
  Value nearest = b.subtract(shifted, shift);
  Value bits = arith::TruncIOp::create(
      b, b.getI32Type(), arith::BitcastOp::create(b, b.getI64Type(), shifted));
  Value k = arith::AddIOp::create(b, bits, b.integer(quarters));
  // pi / 2 in two parts, of which the first has 33 bits: its products are
  // exact.
  Value r = b.subtract(x, b.multiply(nearest, b.number(0x1.921fb544p+0)));
  r = b.subtract(r, b.multiply(nearest, b.number(0x1.0b4611a626331p-34)));
  // Taylor's series: the first term that is left out is less than 2^-40 of the
  // result for |r| <= pi / 4.
  Value square = b.multiply(r, r);
  Value sine = b.polynomial(square, {-1.0 / 39916800, 1.0 / 362880, -1.0 / 5040,
                                     1.0 / 120, -1.0 / 6});
  sine = b.add(r, b.multiply(b.multiply(sine, square), r));
  Value cosine =
      b.polynomial(square, {1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320,
                            -1.0 / 720, 1.0 / 24, -0.5});
  cosine = b.add(b.multiply(cosine, square), b.number(1.0));
  Value result = b.select(b.isSet(k, 0), cosine, sine);
  result = b.select(b.isSet(k, 1), arith::NegFOp::create(b, result), result);
  return arith::TruncFOp::create(b, b.getF32Type(), result);
}

template <typename OpTy, int32_t quarters>
struct ExpandSine : public OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    if (!op.getType().isF32())
      return failure();
    Arithmetic arithmetic(op.getLoc(), rewriter);
    rewriter.replaceOp(op, buildSine(arithmetic, op.getOperand(), quarters));
    return success();
  }
};

struct ExpandReciprocalRoot : public OpRewritePattern<math::RsqrtOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RsqrtOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!isa<Float32Type, Float64Type>(type))
      return failure();
    Value root = math::SqrtOp::create(rewriter, op.getLoc(), op.getOperand());
    Value one = arith::ConstantOp::create(rewriter, op.getLoc(),
                                          rewriter.getFloatAttr(type, 1.0));
    rewriter.replaceOpWithNewOp<arith::DivFOp>(op, one, root);
    return success();
  }
};

struct ExpandMath : public grow::impl::GPUExpandMathPassBase<ExpandMath> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ExpandSine<math::SinOp, 0>, ExpandSine<math::CosOp, 1>,
                 ExpandReciprocalRoot>(&getContext());
    grow::ReplacementCounter replaced;
    walkAndApplyPatterns(getOperation(), std::move(patterns), &replaced);
    grow::reportCount(getOperation(), getName(), replaced.count, "ops",
                      "replaced by basic arithmetic");
  }
};

} // namespace
