//===- ExpandNarrowFloats.cpp - bf16 and f16 on any CPU -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_CPUEXPANDNARROWFLOATSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

bool isNarrow(Type type) {
  return isa<BFloat16Type, Float16Type>(getElementTypeOrSelf(type));
}

/// `type` with another element type, if it is a vector or a tensor.
Type withElements(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

/// Short words for integer arithmetic on scalars and vectors of one shape.
class BitBuilder : public ImplicitLocOpBuilder {
public:
  BitBuilder(Location loc, OpBuilder &builder, Type shape)
      : ImplicitLocOpBuilder(loc, builder), shape(shape) {}

  Type type(Type element) { return withElements(shape, element); }

  Value number(int32_t value) {
    IntegerAttr attr = getI32IntegerAttr(value);
    if (auto shaped = dyn_cast<ShapedType>(type(getI32Type())))
      return arith::ConstantOp::create(*this,
                                       DenseElementsAttr::get(shaped, attr));
    return arith::ConstantOp::create(*this, attr);
  }
  Value toInteger(Value x, unsigned width) {
    return arith::BitcastOp::create(*this, type(getIntegerType(width)), x);
  }
  Value toFloat(Value x, Type element) {
    return arith::BitcastOp::create(*this, type(element), x);
  }
  Value widen(Value x) {
    return arith::ExtUIOp::create(*this, type(getI32Type()), x);
  }
  Value narrow(Value x) {
    return arith::TruncIOp::create(*this, type(getI16Type()), x);
  }
  Value both(Value x, int32_t y) {
    return arith::AndIOp::create(*this, x, number(y));
  }
  Value either(Value x, Value y) { return arith::OrIOp::create(*this, x, y); }
  Value add(Value x, Value y) { return arith::AddIOp::create(*this, x, y); }
  Value left(Value x, int32_t bits) {
    return arith::ShLIOp::create(*this, x, number(bits));
  }
  Value right(Value x, int32_t bits) {
    return arith::ShRUIOp::create(*this, x, number(bits));
  }
  Value atLeast(Value x, int32_t y) {
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::uge, x,
                                 number(y));
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(*this, condition, x, y);
  }

private:
  Type shape;
};

//===----------------------------------------------------------------------===//
// Conversions between f64 and 16 bits
//===----------------------------------------------------------------------===//

/// Widens 16 bits to f64 by way of f32, which is exact.
struct SplitExtension : public OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Type type = op.getType();
    if (!isNarrow(op.getIn().getType()) || !getElementTypeOrSelf(type).isF64())
      return failure();
    Value single = arith::ExtFOp::create(
        rewriter, op.getLoc(), withElements(type, rewriter.getF32Type()),
        op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, type, single);
    return success();
  }
};

/// Rounds f64 to 16 bits by way of f32, in which the last bit of an inexact
/// number is made odd: the second rounding then sees on which side of a tie the
/// number was, and is the only one that counts.
struct SplitTruncation : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!isNarrow(op.getType()) || !getElementTypeOrSelf(x.getType()).isF64())
      return failure();
    BitBuilder b(op.getLoc(), rewriter, x.getType());
    Value single = arith::TruncFOp::create(b, b.type(b.getF32Type()), x);
    Value back = arith::ExtFOp::create(b, x.getType(), single);
    Value inexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, x);
    Value tooLarge = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                           math::AbsFOp::create(b, back),
                                           math::AbsFOp::create(b, x));
    Value bits = b.toInteger(single, 32);
    Value towardsZero = b.select(tooLarge, b.add(bits, b.number(-1)), bits);
    Value odd = b.either(towardsZero, b.number(1));
    Value sticky = b.toFloat(b.select(inexact, odd, bits), b.getF32Type());
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(op, op.getType(), sticky);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Conversions between f32 and f16
//===----------------------------------------------------------------------===//

constexpr int32_t kHalfInfinity = 0x7c00, kSingleInfinity = 0x7f800000;
/// The bits by which the fraction of an f32 is longer.
constexpr int32_t kExtraBits = 13;
/// 2^112, by which the exponents of equal fields differ.
constexpr int32_t kRebias = 0x77800000;

/// f16 to f32: the fields fit after a shift, and a product, which is exact for
/// subnormal numbers too, corrects the exponent.
struct ExpandHalfExtension : public OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!getElementTypeOrSelf(x.getType()).isF16() ||
        !getElementTypeOrSelf(op.getType()).isF32())
      return failure();
    BitBuilder b(op.getLoc(), rewriter, x.getType());
    Type single = b.getF32Type();
    Value bits = b.widen(b.toInteger(x, 16));
    Value magnitude = b.both(bits, 0x7fff);
    Value shifted = b.left(magnitude, kExtraBits);
    Value finite =
        b.toInteger(arith::MulFOp::create(b, b.toFloat(shifted, single),
                                          b.toFloat(b.number(kRebias), single)),
                    32);
    Value special = b.either(shifted, b.number(kSingleInfinity));
    // Not a number stays so, and quiet.
    special = b.select(b.atLeast(magnitude, kHalfInfinity + 1),
                       b.either(special, b.number(0x400000)), special);
    Value result =
        b.select(b.atLeast(magnitude, kHalfInfinity), special, finite);
    result = b.either(result, b.left(b.both(bits, 0x8000), 16));
    rewriter.replaceOp(op, b.toFloat(result, single));
    return success();
  }
};

/// f32 to f16, to the nearest, ties to even.
struct ExpandHalfTruncation : public OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getIn();
    if (!getElementTypeOrSelf(op.getType()).isF16() ||
        !getElementTypeOrSelf(x.getType()).isF32())
      return failure();
    BitBuilder b(op.getLoc(), rewriter, x.getType());
    Type single = b.getF32Type();
    Value bits = b.toInteger(x, 32);
    Value magnitude = b.both(bits, 0x7fffffff);
    // A sum with 1/2 has the unit of a subnormal f16 in its last place.
    constexpr int32_t kOneHalf = 0x3f000000;
    Value subnormal = b.toInteger(
        arith::AddFOp::create(b, b.toFloat(magnitude, single),
                              b.toFloat(b.number(kOneHalf), single)),
        32);
    subnormal = b.add(subnormal, b.number(-kOneHalf));
    // Half of the last place less the smallest bit, plus one if that is odd.
    Value lastPlace = b.both(b.right(magnitude, kExtraBits), 1);
    constexpr int32_t kExponents = 112 << 23;
    Value normal = b.add(magnitude, b.number(0xfff - kExponents));
    normal = b.right(b.add(normal, lastPlace), kExtraBits);
    Value payload = b.both(b.right(magnitude, kExtraBits), 0x3ff);
    Value notANumber = b.either(payload, b.number(kHalfInfinity | 0x200));
    Value special = b.select(b.atLeast(magnitude, kSingleInfinity + 1),
                             notANumber, b.number(kHalfInfinity));
    constexpr int32_t kSmallestNormal = 0x38800000, kTooLarge = 0x47800000;
    Value result =
        b.select(b.atLeast(magnitude, kSmallestNormal), normal, subnormal);
    result = b.select(b.atLeast(magnitude, kTooLarge), special, result);
    result = b.either(result, b.both(b.right(bits, 16), 0x8000));
    rewriter.replaceOp(op, b.toFloat(b.narrow(result), b.getF16Type()));
    return success();
  }
};

/// Products of pairs of bf16: those of the high halves are added first.
struct ExpandBF16Dot : public OpRewritePattern<x86vector::DotBF16Op> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(x86vector::DotBF16Op op,
                                PatternRewriter &rewriter) const override {
    BitBuilder b(op.getLoc(), rewriter, op.getType());
    Type pairs = b.type(b.getI32Type()), single = b.getF32Type();
    Value x = vector::BitCastOp::create(b, pairs, op.getA());
    Value y = vector::BitCastOp::create(b, pairs, op.getB());
    // A bf16 is the high half of an f32.
    constexpr int32_t kHighHalf = ~0xffff;
    auto high = [&](Value pair) {
      return b.toFloat(b.both(pair, kHighHalf), single);
    };
    auto low = [&](Value pair) { return b.toFloat(b.left(pair, 16), single); };
    Value sum = vector::FMAOp::create(b, high(x), high(y), op.getSrc());
    rewriter.replaceOpWithNewOp<vector::FMAOp>(op, low(x), low(y), sum);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct ExpandNarrowFloats
    : public grow::impl::CPUExpandNarrowFloatsPassBase<ExpandNarrowFloats> {
  using Base::Base;

  void runOnOperation() override {
    grow::ReplacementCounter computed(isArithmetic), expanded(isConversion);
    if (failed(computeInF32(computed)))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    patterns.add<SplitExtension, SplitTruncation>(&getContext());
    if (expandF16)
      patterns.add<ExpandHalfExtension, ExpandHalfTruncation>(&getContext());
    if (expandBF16Dot)
      patterns.add<ExpandBF16Dot>(&getContext());
    arith::populateExpandBFloat16Patterns(patterns);
    if (failed(applyPatternsGreedily(
            getOperation(), std::move(patterns),
            GreedyRewriteConfig().setListener(&expanded))))
      return signalPassFailure();
    if (computed.count + expanded.count > 0)
      grow::reportPassed(getOperation(), getName())
          << remark::reason("{0} ops computed in f32, {1} conversions expanded",
                            computed.count, expanded.count)
          << remark::metric("ops", computed.count)
          << remark::metric("conversions", expanded.count);
  }

private:
  /// Leaves no arithmetic on 16 bits: LLVM would do the same with conversions
  /// of its own, after those of the IR have been expanded.
  LogicalResult computeInF32(grow::ReplacementCounter &computed) {
    MLIRContext *context = &getContext();
    Type narrow[] = {BFloat16Type::get(context), Float16Type::get(context)};
    TypeConverter converter;
    arith::populateEmulateUnsupportedFloatsConversions(
        converter, narrow, Float32Type::get(context));
    RewritePatternSet patterns(context);
    arith::populateEmulateUnsupportedFloatsPatterns(patterns, converter);
    ConversionTarget target(*context);
    arith::populateEmulateUnsupportedFloatsLegality(target, converter);
    target.addDynamicallyLegalDialect<math::MathDialect>(
        [&](Operation *op) { return converter.isLegal(op); });
    ConversionConfig config;
    config.listener = &computed;
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns), config)))
      return failure();
    keepRoundings();
    return success();
  }

  /// Not a cast that a conversion of types makes on the way.
  static bool isArithmetic(Operation *op) {
    return isa_and_nonnull<arith::ArithDialect, math::MathDialect>(
        op->getDialect());
  }

  /// Between f32 and 16 bits: others are made of it.
  static bool isConversion(Operation *op) {
    auto isF32 = [](Type type) { return getElementTypeOrSelf(type).isF32(); };
    return isa<arith::ExtFOp, arith::TruncFOp>(op) &&
           (isF32(op->getOperand(0).getType()) ||
            isF32(op->getResult(0).getType()));
  }

  /// Upstream allows its conversions to cancel. Then a result would be rounded
  /// or not, depending on which ops were fused before.
  void keepRoundings() {
    getOperation()->walk([](Operation *op) {
      if (auto extension = dyn_cast<arith::ExtFOp>(op))
        extension.removeFastmathAttr();
      else if (auto truncation = dyn_cast<arith::TruncFOp>(op))
        truncation.removeFastmathAttr();
    });
  }
};

} // namespace
