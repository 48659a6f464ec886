//===- NormPatterns.cpp - Norms to linalg ---------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelLowering.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace grow;

/// The loops of all axes of a tensor of the given rank.
static SmallVector<int64_t> getLoops(int64_t rank) {
  return llvm::to_vector(llvm::seq(rank));
}

//===----------------------------------------------------------------------===//
// What both norms share
//===----------------------------------------------------------------------===//

namespace {
/// An entry, in the compute type, less the mean of its position.
using Center = function_ref<Value(LinalgBuilder &, Value entry, Value mean)>;
} // namespace

/// 1 / sqrt(sum of squares / count + epsilon) for each index before the last,
/// where the squares are of x, or of what `center` makes of it and `mean`.
static Value getInverseScale(LinalgBuilder &b, Value x, Value mean,
                             Center center, int64_t count,
                             const Exact &epsilon) {
  Type type = getComputeType(getElementTypeOrSelf(x));
  int64_t channel = cast<RankedTensorType>(x.getType()).getRank() - 1;
  SmallVector<Indexed> inputs{{x, getLoops(channel + 1)}};
  if (mean)
    inputs.push_back({mean, getLoops(channel)});
  Value sum = b.reduce(inputs, channel, b.constant(type, 0.0),
                       [&](LinalgBuilder &b, ValueRange in) -> Value {
                         Value entry = b.convert(in[0], type);
                         if (mean)
                           entry = center(b, entry, in[1]);
                         Value square = arith::MulFOp::create(b, entry, entry);
                         return arith::AddFOp::create(b, in.back(), square);
                       });
  return b.map({{sum, getLoops(channel)}}, b.getShape(sum), type,
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 Value mean =
                     arith::DivFOp::create(b, in[0], b.constant(type, count));
                 Value shifted =
                     arith::AddFOp::create(b, mean, b.constant(type, epsilon));
                 return arith::DivFOp::create(b, b.constant(type, 1.0),
                                              math::SqrtOp::create(b, shifted));
               });
}

//===----------------------------------------------------------------------===//
// Root mean square norm
//===----------------------------------------------------------------------===//

Value grow::normalize(LinalgBuilder &b, Value x, Value gain,
                      const RMSNormSettings &settings, Type result) {
  Type type = getComputeType(getElementTypeOrSelf(x));
  int64_t channel = cast<RankedTensorType>(x.getType()).getRank() - 1;
  Value scale = getInverseScale(b, x, /*mean=*/{}, /*center=*/{},
                                settings.count, settings.epsilon);
  return b.map(
      {{x, getLoops(channel + 1)},
       {scale, getLoops(channel)},
       {gain, {channel}}},
      b.getShape(x), result, [&](LinalgBuilder &b, ValueRange in) -> Value {
        Value factor = b.convert(in[2], type);
        if (settings.unitOffset)
          factor = arith::AddFOp::create(b, b.constant(type, 1.0), factor);
        Value y = arith::MulFOp::create(b, b.convert(in[0], type), in[1]);
        y = arith::MulFOp::create(b, y, factor);
        return b.convert(y, result);
      });
}

namespace {
struct LowerRMSNorm : public OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    RMSNormSettings settings{op.getEpsilonAttr().getValue(),
                             static_cast<int64_t>(op.getCount()),
                             op.getUnitOffset()};
    rewriter.replaceOp(op, normalize(b, op.getX(), op.getGain(), settings,
                                     op.getType().getElementType()));
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Layer norm
//===----------------------------------------------------------------------===//

struct LowerLayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = op.getX();
    Type type = getComputeType(op.getType().getElementType());
    auto subtractMean = [&](LinalgBuilder &b, Value entry, Value mean) {
      return center(b, op, entry, mean);
    };
    Value mean = getMean(b, op);
    Value scale = getInverseScale(b, x, mean, subtractMean, op.getCount(),
                                  op.getEpsilonAttr().getValue());
    SmallVector<Indexed> inputs{
        {x, {0, 1, 2}}, {mean, {0, 1}}, {scale, {0, 1}}, {op.getGain(), {2}}};
    if (op.getBias())
      inputs.push_back({op.getBias(), {2}});
    Value result =
        b.map(inputs, b.getShape(x), op.getType().getElementType(),
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value y = subtractMean(b, b.convert(in[0], type), in[1]);
                y = arith::MulFOp::create(b, y, in[2]);
                y = arith::MulFOp::create(b, y, b.convert(in[3], type));
                if (op.getBias())
                  y = arith::AddFOp::create(b, y, b.convert(in[4], type));
                return b.convert(y, op.getType().getElementType());
              });
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  static bool centersAll(LayerNormOp op) {
    return static_cast<int64_t>(op.getCentered()) == op.getType().getDimSize(2);
  }

  /// The mean of the channels that are centered. Others are not even added as
  /// zeros: a channel that grew and then learned is no part of the mean.
  static Value getMean(LinalgBuilder &b, LayerNormOp op) {
    Type type = getComputeType(op.getType().getElementType());
    Value x = op.getX();
    if (!centersAll(op))
      x = b.slice(x, /*axis=*/2, /*offset=*/0,
                  b.getIndexAttr(op.getCentered()));
    Value sum = b.reduce({{x, {0, 1, 2}}}, /*loop=*/2, b.constant(type, 0.0),
                         [&](LinalgBuilder &b, ValueRange in) -> Value {
                           return arith::AddFOp::create(b, in[1],
                                                        b.convert(in[0], type));
                         });
    return b.map({{sum, {0, 1}}}, b.getShape(sum), type,
                 [&](LinalgBuilder &b, ValueRange in) -> Value {
                   return arith::DivFOp::create(
                       b, in[0], b.constant(type, op.getCentered()));
                 });
  }

  /// `entry` less the mean, if its channel, loop 2, is centered.
  static Value center(LinalgBuilder &b, LayerNormOp op, Value entry,
                      Value mean) {
    Value centered = arith::SubFOp::create(b, entry, mean);
    if (centersAll(op))
      return centered;
    Value isCentered = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ult, linalg::IndexOp::create(b, 2),
        arith::ConstantIndexOp::create(b, op.getCentered()));
    return arith::SelectOp::create(b, isCentered, centered, entry);
  }
};
} // namespace

void grow::populateNormPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerLayerNorm, LowerRMSNorm>(patterns.getContext());
}
