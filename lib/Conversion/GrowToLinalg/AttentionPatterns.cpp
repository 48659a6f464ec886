//===- AttentionPatterns.cpp - Attention to linalg ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelLowering.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "grow/IR/KernelOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

//===----------------------------------------------------------------------===//
// Queries and keys
//===----------------------------------------------------------------------===//

/// Cosine and sine, times the rotary factor, of each position's angles.
static std::pair<Value, Value>
getRotation(LinalgBuilder &b, OpFoldResult length, RopeAttr rope, Type type) {
  ArrayRef<double> frequencies = rope.getFrequencies().asArrayRef();
  Value table = arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             RankedTensorType::get(frequencies.size(), type),
             llvm::map_to_vector(frequencies, [&](double frequency) {
               return cast<Attribute>(b.getFloatAttr(type, frequency));
             })));
  Shape shape{length, b.getIndexAttr(frequencies.size())};
  auto build = [&](function_ref<Value(LinalgBuilder &, Value)> function) {
    return b.map(
        {{table, {1}}}, shape, type,
        [&](LinalgBuilder &b, ValueRange in) -> Value {
          Value position =
              arith::SIToFPOp::create(b, type, b.index(0, b.getI64Type()));
          Value angle = arith::MulFOp::create(b, position, in[0]);
          return arith::MulFOp::create(b, function(b, angle),
                                       b.constant(type, rope.getFactor()));
        });
  };
  Value cosine = build([](LinalgBuilder &b, Value angle) -> Value {
    return math::CosOp::create(b, angle);
  });
  Value sine = build([](LinalgBuilder &b, Value angle) -> Value {
    return math::SinOp::create(b, angle);
  });
  return {cosine, sine};
}

/// Turns pairs of channels by the angle of the position, axis 1. The last two
/// axes of `channels` are the pair and its member, in the order that `member`
/// says.
static Value turn(LinalgBuilder &b, Value channels, unsigned pair,
                  unsigned member, Value cosine, Value sine) {
  Type type = getElementTypeOrSelf(channels);
  unsigned rank = cast<RankedTensorType>(channels.getType()).getRank();
  auto loop = [&](unsigned i) { return b.getAffineDimExpr(i); };
  SmallVector<AffineExpr> other = llvm::to_vector(
      llvm::map_range(llvm::seq(rank), [&](unsigned i) { return loop(i); }));
  other[member] = 1 - loop(member);
  auto angle = AffineMap::get(rank, 0, {loop(1), loop(pair)}, b.getContext());
  AffineMap identity = b.getMultiDimIdentityMap(rank);
  Value into = b.empty(b.getShape(channels), type);
  // (x, y) -> (x cos - y sin, y cos + x sin)
  return linalg::GenericOp::create(
             b, into.getType(), ValueRange{channels, channels, cosine, sine},
             into,
             ArrayRef<AffineMap>{identity,
                                 AffineMap::get(rank, 0, other, b.getContext()),
                                 angle, angle, identity},
             SmallVector<utils::IteratorType>(rank,
                                              utils::IteratorType::parallel),
             [&](OpBuilder &builder, Location loc, ValueRange in) {
               LinalgBuilder b(loc, builder);
               Value along = arith::MulFOp::create(b, in[0], in[2]);
               Value across = arith::MulFOp::create(b, in[1], in[3]);
               Value isFirst =
                   arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                         linalg::IndexOp::create(b, member),
                                         arith::ConstantIndexOp::create(b, 0));
               Value signedAcross = arith::SelectOp::create(
                   b, isFirst, arith::NegFOp::create(b, across), across);
               linalg::YieldOp::create(
                   b, Value(arith::AddFOp::create(b, along, signedAcross)));
             })
      .getResult(0);
}

/// Turns the first channels, the last axis, of which the attribute says how
/// many and which of them are a pair.
static Value rotate(LinalgBuilder &b, Value heads, RopeAttr rope) {
  if (!rope)
    return heads;
  Shape shape = b.getShape(heads);
  int64_t axis = shape.size() - 1, pairs = rope.getFrequencies().size();
  bool isSplit = rope.getLayout() == RopeLayout::HalfSplit;
  bool isPartial = getConstantIntValue(shape.back()) != 2 * pairs;
  Value channels = heads;
  if (isPartial)
    channels = b.slice(heads, axis, 0, b.getIndexAttr(2 * pairs), 1);
  Shape split = b.getShape(channels);
  split.back() = b.getIndexAttr(isSplit ? 2 : pairs);
  split.push_back(b.getIndexAttr(isSplit ? pairs : 2));
  SmallVector<ReassociationIndices> groups(axis + 1);
  for (int64_t i = 0; i <= axis; ++i)
    groups[i].push_back(i);
  groups.back().push_back(axis + 1);
  auto [cosine, sine] =
      getRotation(b, shape[1], rope, getElementTypeOrSelf(heads));
  Value turned =
      turn(b, b.expand(channels, split, groups), isSplit ? axis + 1 : axis,
           isSplit ? axis : axis + 1, cosine, sine);
  turned = b.collapse(turned, groups);
  return isPartial ? b.insert(turned, heads, axis, 0, 1) : turned;
}

/// The norm over the channels of each head, if the op asks for one.
static Value normalizeHeads(LinalgBuilder &b, AttentionOp op, Value heads,
                            Value gain) {
  if (!gain)
    return heads;
  RMSNormSettings settings{op.getQkEpsilonAttr().getValue(),
                           static_cast<int64_t>(*op.getQkCount()),
                           op.getQkUnitOffset()};
  return normalize(b, heads, gain, settings, getElementTypeOrSelf(heads));
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

Value grow::getSlopes(LinalgBuilder &b, AttentionOp op, Type type) {
  if (!op.getAlibi())
    return {};
  auto tensor =
      RankedTensorType::get({op.getGroups(), op.getHeadsPerGroup()}, type);
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             tensor, llvm::map_to_vector(*op.getAlibi(), [&](double slope) {
               return cast<Attribute>(b.getFloatAttr(type, slope));
             })));
}

/// `slope * (key - row)`.
static Value getLinearBias(LinalgBuilder &b, Value slope,
                           const ScorePlace &place) {
  Type integer = b.getI64Type();
  Value distance = arith::SubIOp::create(
      b, arith::IndexCastOp::create(b, integer, place.key),
      arith::IndexCastOp::create(b, integer, place.row));
  return arith::MulFOp::create(
      b, slope, arith::SIToFPOp::create(b, slope.getType(), distance));
}

/// Whether the row sees the key: all that a causal op leaves.
static Value isVisible(LinalgBuilder &b, AttentionOp op,
                       const ScorePlace &place) {
  Value visible =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sle, place.key, place.row);
  if (!op.getWindow())
    return visible;
  // No key is as far away that this sum would overflow.
  constexpr uint64_t kWidest = uint64_t(1) << 62;
  int64_t window = std::min(*op.getWindow(), kWidest);
  Value end = arith::AddIOp::create(b, place.key,
                                    arith::ConstantIndexOp::create(b, window));
  Value isNear =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, end, place.row);
  return arith::AndIOp::create(b, visible, isNear);
}

Value grow::finishScore(LinalgBuilder &b, AttentionOp op, Value score,
                        Value slope, const ScorePlace &place) {
  Type type = score.getType();
  score = arith::MulFOp::create(b, score,
                                b.constant(type, op.getScaleAttr().getValue()));
  if (op.getSoftcapAttr())
    score = softcap(b, score, op.getSoftcapAttr().getValue());
  if (op.getAlibi())
    score = arith::AddFOp::create(b, score, getLinearBias(b, slope, place));
  if (!op.getCausal())
    return score;
  Value lowest = b.constant(type, -std::numeric_limits<double>::infinity());
  return arith::SelectOp::create(b, isVisible(b, op, place), score, lowest);
}

/// Scaled, capped, biased and masked scores. Loops b, g, r, s, t.
static Value finishScores(LinalgBuilder &b, AttentionOp op, Value scores) {
  Type type = getElementTypeOrSelf(scores);
  SmallVector<Indexed> inputs{{scores, {0, 1, 2, 3, 4}}};
  Value slopes = getSlopes(b, op, type);
  if (slopes)
    inputs.push_back({slopes, {1, 2}});
  return b.map(inputs, b.getShape(scores), type,
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 ScorePlace place{linalg::IndexOp::create(b, 3),
                                  linalg::IndexOp::create(b, 4)};
                 return finishScore(b, op, in[0], slopes ? in[1] : Value(),
                                    place);
               });
}

/// The exponentials of scores, less their maximum, and their sum along the last
/// axis.
static std::pair<Value, Value> softmax(LinalgBuilder &b, Value scores) {
  Type type = getElementTypeOrSelf(scores);
  Shape shape = b.getShape(scores);
  SmallVector<int64_t> all{0, 1, 2, 3, 4}, rows{0, 1, 2, 3};
  Value lowest = b.constant(type, -std::numeric_limits<double>::infinity());
  Value maximum = b.reduce({{scores, all}}, /*loop=*/4, lowest,
                           [](LinalgBuilder &b, ValueRange in) -> Value {
                             return arith::MaximumFOp::create(b, in[0], in[1]);
                           });
  Value weights = b.map({{scores, all}, {maximum, rows}}, shape, type,
                        [](LinalgBuilder &b, ValueRange in) -> Value {
                          return math::ExpOp::create(
                              b, arith::SubFOp::create(b, in[0], in[1]));
                        });
  Value sums = b.reduce({{weights, all}}, /*loop=*/4, b.constant(type, 0.0),
                        [](LinalgBuilder &b, ValueRange in) -> Value {
                          return arith::AddFOp::create(b, in[1], in[0]);
                        });
  return {weights, sums};
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The context of all positions, from a tensor of all scores.
static Value attendAsWhole(LinalgBuilder &b, AttentionOp op, Value q, Value k,
                           Value v) {
  Type type = getElementTypeOrSelf(q);
  Shape shape = b.getShape(q);
  OpFoldResult batch = shape[0], length = shape[1], groups = shape[2],
               heads = shape[3];
  // Loops b, g, r, s, t and then what is summed over or added.
  Value scores =
      b.contract({q, {0, 3, 1, 2, 5}}, {k, {0, 4, 1, 5}}, {0, 1, 2, 3, 4},
                 {batch, groups, heads, length, length}, type);
  auto [weights, sums] = softmax(b, finishScores(b, op, scores));
  Shape contextShape{batch, length, groups, heads,
                     b.getIndexAttr(op.getValueWidth())};
  Value context = b.contract({weights, {0, 1, 2, 3, 5}}, {v, {0, 5, 1, 4}},
                             {0, 3, 1, 2, 4}, contextShape, type);
  return b.map({{context, {0, 1, 2, 3, 4}}, {sums, {0, 2, 3, 1}}}, contextShape,
               type, [](LinalgBuilder &b, ValueRange in) -> Value {
                 return arith::DivFOp::create(b, in[0], in[1]);
               });
}

/// Whether the target may compute attention as a whole: what tensor cores can
/// do.
static bool canBeFused(AttentionOp op) {
  constexpr int64_t kStep = 16, kWidest = 256;
  auto suits = [](int64_t width) {
    return width % kStep == 0 && width > 0 && width <= kWidest;
  };
  Type type = op.getType().getElementType();
  return (type.isBF16() || type.isF16()) && suits(op.getKeyWidth()) &&
         suits(op.getValueWidth());
}

/// The context by one op, in the type of the model.
static Value attendAtOnce(LinalgBuilder &b, AttentionOp op, Value q, Value k,
                          Value v) {
  Type type = op.getType().getElementType();
  Shape shape = b.getShape(q);
  shape.back() = b.getIndexAttr(op.getValueWidth());
  Value init = b.empty(shape, type);
  return FusedAttentionOp::create(
             b, init.getType(), b.convertTensor(q, type),
             b.convertTensor(k, type), b.convertTensor(v, type),
             getSlopes(b, op, b.getF32Type()), init, op.getScaleAttr(),
             op.getSoftcapAttr(), op.getCausalAttr(), op.getWindowAttr())
      .getResult();
}

namespace {
struct LowerAttention : public OpRewritePattern<AttentionOp> {
  LowerAttention(MLIRContext *context, const AttentionBlocks &blocks)
      : OpRewritePattern(context), blocks(blocks) {}

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Type type = getComputeType(op.getType().getElementType());
    Shape stream = b.getShape(op.getX());
    OpFoldResult batch = stream[0], length = stream[1];
    int64_t groups = op.getGroups(), heads = op.getHeadsPerGroup();
    Value rows = asRows(b, op.getX());
    auto project = [&](Value weight, Value bias, ArrayRef<int64_t> columns) {
      Value result = multiply(b, rows, asMatrix(b, weight, 1), type);
      return fromRows(b, addBias(b, result, bias), batch, length, columns);
    };
    // q[b,s,g,r,k], k[b,t,g,k], v[b,t,g,v]
    Value q =
        project(op.getWq(), op.getBq(), {groups, heads, op.getKeyWidth()});
    Value k = project(op.getWk(), op.getBk(), {groups, op.getKeyWidth()});
    Value v = project(op.getWv(), op.getBv(), {groups, op.getValueWidth()});
    q = rotate(b, normalizeHeads(b, op, q, op.getQGain()), op.getRopeAttr());
    k = rotate(b, normalizeHeads(b, op, k, op.getKGain()), op.getRopeAttr());

    Value context = attend(b, op, q, k, v);
    Value result =
        multiply(b, asRows(b, context), asMatrix(b, op.getWo(), 3), type);
    result = b.convertTensor(addBias(b, result, op.getBo()),
                             op.getType().getElementType());
    rewriter.replaceOp(
        op, fromRows(b, result, batch, length, op.getType().getDimSize(2)));
    return success();
  }

private:
  Value attend(LinalgBuilder &b, AttentionOp op, Value q, Value k,
               Value v) const {
    // Without tokens there is nothing to cut.
    bool isEmpty = llvm::is_contained(op.getType().getShape(), 0);
    if (!isEmpty && blocks.fused && canBeFused(op))
      return attendAtOnce(b, op, q, k, v);
    if (!isEmpty && blocks)
      return attendInBlocks(b, op, q, k, v, blocks);
    return attendAsWhole(b, op, q, k, v);
  }

  AttentionBlocks blocks;
};
} // namespace

void grow::populateAttentionPatterns(RewritePatternSet &patterns,
                                     const AttentionBlocks &blocks) {
  patterns.add<LowerAttention>(patterns.getContext(), blocks);
}
