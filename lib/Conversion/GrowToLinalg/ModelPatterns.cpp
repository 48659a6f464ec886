//===- ModelPatterns.cpp - Model ops to linalg ----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

/// Iteration space of a stream: batch, position, channel.
static const SmallVector<int64_t> kStreamLoops{0, 1, 2};

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

namespace {
/// A weight as an input x output matrix, or as its transpose.
struct Matrix {
  Value value;
  bool transposed = false;
};
} // namespace

/// Looks through transpositions and widenings of a matrix, which contractions
/// do as they read it.
static Matrix lookThrough(Matrix matrix) {
  while (Operation *op = matrix.value.getDefiningOp()) {
    if (auto widen = dyn_cast<arith::ExtFOp>(op)) {
      matrix.value = widen.getIn();
    } else if (auto transpose = dyn_cast<linalg::TransposeOp>(op)) {
      matrix.value = transpose.getInput();
      matrix.transposed = !matrix.transposed;
    } else {
      break;
    }
  }
  return matrix;
}

/// The weight whose first `inputs` axes are summed over, as a matrix.
static Matrix asMatrix(LinalgBuilder &b, Value weight, int64_t inputs) {
  int64_t rank = cast<RankedTensorType>(weight.getType()).getRank();
  SmallVector<ReassociationIndices> groups(2);
  for (int64_t axis = 0; axis < rank; ++axis)
    groups[axis < inputs ? 0 : 1].push_back(axis);
  return lookThrough({b.collapse(weight, groups)});
}

/// `rows` times `matrix`, computed and left in `type`.
static Value multiply(LinalgBuilder &b, Value rows, const Matrix &matrix,
                      Type type) {
  int64_t outputs = cast<RankedTensorType>(matrix.value.getType())
                        .getDimSize(matrix.transposed ? 0 : 1);
  SmallVector<int64_t> loops = matrix.transposed ? SmallVector<int64_t>{1, 2}
                                                 : SmallVector<int64_t>{2, 1};
  Shape shape{b.getShape(rows)[0], b.getIndexAttr(outputs)};
  return b.contract({rows, {0, 2}}, {matrix.value, loops}, {0, 1}, shape, type);
}

/// Joins batch and position, and all axes after them.
static Value asRows(LinalgBuilder &b, Value stream) {
  int64_t rank = cast<RankedTensorType>(stream.getType()).getRank();
  SmallVector<ReassociationIndices> groups{{0, 1}, {}};
  for (int64_t axis = 2; axis < rank; ++axis)
    groups[1].push_back(axis);
  return b.collapse(stream, groups);
}

/// Splits rows into batch and position, and columns into the axes `columns`.
static Value fromRows(LinalgBuilder &b, Value rows, OpFoldResult batch,
                      OpFoldResult length, ArrayRef<int64_t> columns) {
  Shape shape{batch, length};
  SmallVector<ReassociationIndices> groups{{0, 1}, {}};
  for (int64_t size : columns) {
    groups[1].push_back(shape.size());
    shape.push_back(b.getIndexAttr(size));
  }
  return b.expand(rows, shape, groups);
}

/// `rows` plus `bias`, whose axes are joined, in the type of the rows.
static Value addBias(LinalgBuilder &b, Value rows, Value bias) {
  if (!bias)
    return rows;
  int64_t rank = cast<RankedTensorType>(bias.getType()).getRank();
  ReassociationIndices all = llvm::to_vector<2>(llvm::seq(rank));
  Type type = getElementTypeOrSelf(rows);
  return b.map({{rows, {0, 1}}, {b.collapse(bias, all), {1}}}, b.getShape(rows),
               type, [&](LinalgBuilder &b, ValueRange in) -> Value {
                 return arith::AddFOp::create(b, in[0], b.convert(in[1], type));
               });
}

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

namespace {
struct LowerEmbedding : public OpRewritePattern<EmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(EmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Shape shape = b.getShape(op.getIds());
    shape.push_back(b.getIndexAttr(op.getType().getDimSize(2)));
    Value result =
        b.map({{op.getIds(), {0, 1}}}, shape, op.getType().getElementType(),
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value row =
                    arith::IndexCastOp::create(b, b.getIndexType(), in[0]);
                Value column = linalg::IndexOp::create(b, 2);
                return tensor::ExtractOp::create(b, op.getTable(),
                                                 ValueRange{row, column});
              });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerPositionEmbedding : public OpRewritePattern<PositionEmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PositionEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Shape shape = b.getShape(op.getSequence());
    shape.push_back(b.getIndexAttr(op.getType().getDimSize(2)));
    Value rows = b.slice(op.getTable(), 0, 0, shape[1]);
    rewriter.replaceOp(
        op, b.map({{rows, {1, 2}}}, shape, op.getType().getElementType(),
                  [](LinalgBuilder &, ValueRange in) { return in[0]; }));
    return success();
  }
};

struct LowerUnembedding : public OpRewritePattern<UnembeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(UnembeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Shape shape = b.getShape(op.getX());
    Type type = op.getType().getElementType();
    Matrix table = lookThrough({op.getTable(), /*transposed=*/true});
    Value logits =
        multiply(b, asRows(b, op.getX()), table, getComputeType(type));
    logits = fromRows(b, b.convertTensor(logits, type), shape[0], shape[1],
                      op.getType().getDimSize(2));
    rewriter.replaceOp(op, logits);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

/// 1 / sqrt(sum of squares / count + epsilon) for each position, where the
/// squares are of x, or of x minus `mean` if it is given.
Value getInverseScale(LinalgBuilder &b, Value x, Value mean, int64_t count,
                      const Exact &epsilon) {
  Type type = getComputeType(getElementTypeOrSelf(x));
  SmallVector<Indexed> inputs{{x, kStreamLoops}};
  if (mean)
    inputs.push_back({mean, {0, 1}});
  Value sum = b.reduce(inputs, /*loop=*/2, b.constant(type, 0.0),
                       [&](LinalgBuilder &b, ValueRange in) -> Value {
                         Value entry = b.convert(in[0], type);
                         if (mean)
                           entry = arith::SubFOp::create(b, entry, in[1]);
                         Value square = arith::MulFOp::create(b, entry, entry);
                         return arith::AddFOp::create(b, in.back(), square);
                       });
  return b.map({{sum, {0, 1}}}, b.getShape(sum), type,
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 Value mean =
                     arith::DivFOp::create(b, in[0], b.constant(type, count));
                 Value shifted =
                     arith::AddFOp::create(b, mean, b.constant(type, epsilon));
                 return arith::DivFOp::create(b, b.constant(type, 1.0),
                                              math::SqrtOp::create(b, shifted));
               });
}

struct LowerRMSNorm : public OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = op.getX();
    Type type = getComputeType(op.getType().getElementType());
    Value scale = getInverseScale(b, x, /*mean=*/{}, op.getCount(),
                                  op.getEpsilonAttr().getValue());
    Value result =
        b.map({{x, kStreamLoops}, {scale, {0, 1}}, {op.getGain(), {2}}},
              b.getShape(x), op.getType().getElementType(),
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value y =
                    arith::MulFOp::create(b, b.convert(in[0], type), in[1]);
                y = arith::MulFOp::create(b, y, b.convert(in[2], type));
                return b.convert(y, op.getType().getElementType());
              });
    rewriter.replaceOp(op, result);
    return success();
  }
};

struct LowerLayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value x = op.getX();
    Type type = getComputeType(op.getType().getElementType());
    Value sum = b.reduce({{x, kStreamLoops}}, /*loop=*/2, b.constant(type, 0.0),
                         [&](LinalgBuilder &b, ValueRange in) -> Value {
                           return arith::AddFOp::create(b, in[1],
                                                        b.convert(in[0], type));
                         });
    Value mean = b.map({{sum, {0, 1}}}, b.getShape(sum), type,
                       [&](LinalgBuilder &b, ValueRange in) -> Value {
                         return arith::DivFOp::create(
                             b, in[0], b.constant(type, op.getCentered()));
                       });
    Value scale = getInverseScale(b, x, mean, op.getCount(),
                                  op.getEpsilonAttr().getValue());
    SmallVector<Indexed> inputs{{x, kStreamLoops},
                                {mean, {0, 1}},
                                {scale, {0, 1}},
                                {op.getGain(), {2}}};
    if (op.getBias())
      inputs.push_back({op.getBias(), {2}});
    Value result =
        b.map(inputs, b.getShape(x), op.getType().getElementType(),
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value y =
                    arith::SubFOp::create(b, b.convert(in[0], type), in[1]);
                y = arith::MulFOp::create(b, y, in[2]);
                y = arith::MulFOp::create(b, y, b.convert(in[3], type));
                if (op.getBias())
                  y = arith::AddFOp::create(b, y, b.convert(in[4], type));
                return b.convert(y, op.getType().getElementType());
              });
    rewriter.replaceOp(op, result);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// Cosine and sine, times the rotary factor, of each position's angles.
std::pair<Value, Value> getRotation(LinalgBuilder &b, OpFoldResult length,
                                    RopeAttr rope, Type type) {
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

/// Turns the pairs of channels, the last axis, by the angle of the position,
/// axis 1.
Value rotate(LinalgBuilder &b, Value heads, RopeAttr rope) {
  if (!rope)
    return heads;
  Type type = getElementTypeOrSelf(heads);
  Shape shape = b.getShape(heads);
  int64_t channels = shape.size() - 1, pairs = rope.getFrequencies().size();
  bool split = rope.getLayout() == RopeLayout::HalfSplit;
  int64_t second = split ? pairs : 1, stride = split ? 1 : 2;
  Value cosine, sine;
  std::tie(cosine, sine) = getRotation(b, shape[1], rope, type);
  Value first = b.slice(heads, channels, 0, b.getIndexAttr(pairs), stride);
  Value other = b.slice(heads, channels, second, b.getIndexAttr(pairs), stride);
  // (x, y) -> (x cos - y sin, y cos + x sin)
  auto turn = [&](Value x, Value y, bool subtract) {
    auto loops = llvm::to_vector(llvm::seq(channels + 1));
    return b.map({{x, loops},
                  {y, loops},
                  {cosine, {1, channels}},
                  {sine, {1, channels}}},
                 b.getShape(x), type,
                 [&](LinalgBuilder &b, ValueRange in) -> Value {
                   Value along = arith::MulFOp::create(b, in[0], in[2]);
                   Value across = arith::MulFOp::create(b, in[1], in[3]);
                   if (subtract)
                     return arith::SubFOp::create(b, along, across);
                   return arith::AddFOp::create(b, along, across);
                 });
  };
  Value turnedFirst = turn(first, other, /*subtract=*/true);
  Value turnedOther = turn(other, first, /*subtract=*/false);
  Value result = b.insert(turnedFirst, heads, channels, 0, stride);
  return b.insert(turnedOther, result, channels, second, stride);
}

struct LowerAttention : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

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
    q = rotate(b, q, op.getRopeAttr());
    k = rotate(b, k, op.getRopeAttr());

    // Loops b, g, r, s, t and then what is summed over or added.
    Shape scoresShape{batch, b.getIndexAttr(groups), b.getIndexAttr(heads),
                      length, length};
    Value scores = b.contract({q, {0, 3, 1, 2, 5}}, {k, {0, 4, 1, 5}},
                              {0, 1, 2, 3, 4}, scoresShape, type);
    auto [weights, sums] = softmax(b, op, scores);
    Shape contextShape{batch, length, b.getIndexAttr(groups),
                       b.getIndexAttr(heads),
                       b.getIndexAttr(op.getValueWidth())};
    Value context = b.contract({weights, {0, 1, 2, 3, 5}}, {v, {0, 5, 1, 4}},
                               {0, 3, 1, 2, 4}, contextShape, type);
    context =
        b.map({{context, {0, 1, 2, 3, 4}}, {sums, {0, 2, 3, 1}}}, contextShape,
              type, [](LinalgBuilder &b, ValueRange in) -> Value {
                return arith::DivFOp::create(b, in[0], in[1]);
              });

    Value result =
        multiply(b, asRows(b, context), asMatrix(b, op.getWo(), 3), type);
    result = b.convertTensor(addBias(b, result, op.getBo()),
                             op.getType().getElementType());
    rewriter.replaceOp(
        op, fromRows(b, result, batch, length, op.getType().getDimSize(2)));
    return success();
  }

private:
  /// The exponentials of scaled and masked scores, less their maximum, and
  /// their sum along the last axis.
  static std::pair<Value, Value> softmax(LinalgBuilder &b, AttentionOp op,
                                         Value scores) {
    Type type = getElementTypeOrSelf(scores);
    Shape shape = b.getShape(scores);
    SmallVector<int64_t> all{0, 1, 2, 3, 4}, rows{0, 1, 2, 3};
    Value lowest = b.constant(type, -std::numeric_limits<double>::infinity());
    Value scaled =
        b.map({{scores, all}}, shape, type,
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value score = arith::MulFOp::create(
                    b, in[0], b.constant(type, op.getScaleAttr().getValue()));
                if (!op.getCausal())
                  return score;
                Value visible = arith::CmpIOp::create(
                    b, arith::CmpIPredicate::sle, linalg::IndexOp::create(b, 4),
                    linalg::IndexOp::create(b, 3));
                return arith::SelectOp::create(b, visible, score, lowest);
              });
    Value maximum =
        b.reduce({{scaled, all}}, /*loop=*/4, lowest,
                 [](LinalgBuilder &b, ValueRange in) -> Value {
                   return arith::MaximumFOp::create(b, in[0], in[1]);
                 });
    Value weights = b.map({{scaled, all}, {maximum, rows}}, shape, type,
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
};

//===----------------------------------------------------------------------===//
// MLP
//===----------------------------------------------------------------------===//

/// See the description of ActivationAttr for the formulas.
Value activate(LinalgBuilder &b, Activation activation, Value x) {
  Type type = x.getType();
  auto number = [&](double value) { return b.constant(type, value); };
  auto multiply = [&](Value x, Value y) -> Value {
    return arith::MulFOp::create(b, x, y);
  };
  auto add = [&](Value x, Value y) -> Value {
    return arith::AddFOp::create(b, x, y);
  };
  switch (activation) {
  case Activation::ReLU:
    return arith::MaximumFOp::create(b, x, number(0.0));
  case Activation::GELU: {
    Value erf = math::ErfOp::create(b, multiply(x, number(M_SQRT1_2)));
    return multiply(multiply(x, number(0.5)), add(number(1.0), erf));
  }
  case Activation::GELUTanh: {
    Value cube = multiply(multiply(x, x), x);
    Value inner = multiply(number(M_2_SQRTPI * M_SQRT1_2),
                           add(x, multiply(number(0.044715), cube)));
    Value tanh = math::TanhOp::create(b, inner);
    return multiply(multiply(x, number(0.5)), add(number(1.0), tanh));
  }
  case Activation::SiLU: {
    Value exp = math::ExpOp::create(b, arith::NegFOp::create(b, x));
    return arith::DivFOp::create(b, x, add(number(1.0), exp));
  }
  }
  llvm_unreachable("all activations are handled");
}

struct LowerMLP : public OpRewritePattern<MLPOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MLPOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Type type = getComputeType(op.getType().getElementType());
    Shape stream = b.getShape(op.getX());
    Value rows = asRows(b, op.getX());
    Value up = multiply(b, rows, asMatrix(b, op.getUp(), 1), type);
    up = addBias(b, up, op.getUpBias());
    Value gate;
    if (op.getGate()) {
      gate = multiply(b, rows, asMatrix(b, op.getGate(), 1), type);
      gate = addBias(b, gate, op.getGateBias());
    }
    SmallVector<Indexed> inputs{{up, {0, 1}}};
    if (gate)
      inputs.push_back({gate, {0, 1}});
    Value hidden =
        b.map(inputs, b.getShape(up), type,
              [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value active = activate(b, op.getActivation(), in.back());
                return gate ? arith::MulFOp::create(b, active, in[0]) : active;
              });
    Value result = multiply(b, hidden, asMatrix(b, op.getDown(), 1), type);
    result = b.convertTensor(addBias(b, result, op.getDownBias()),
                             op.getType().getElementType());
    rewriter.replaceOp(op, fromRows(b, result, stream[0], stream[1],
                                    op.getType().getDimSize(2)));
    return success();
  }
};
} // namespace

void grow::populateModelToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerAttention, LowerEmbedding, LowerLayerNorm, LowerMLP,
               LowerPositionEmbedding, LowerRMSNorm, LowerUnembedding>(
      patterns.getContext());
}
