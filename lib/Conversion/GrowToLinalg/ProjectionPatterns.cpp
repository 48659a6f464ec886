//===- ProjectionPatterns.cpp - Matrix products to linalg -----------------===//
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
#include <cmath>

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

Matrix grow::lookThrough(Matrix matrix) {
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

Matrix grow::asMatrix(LinalgBuilder &b, Value weight, int64_t inputs) {
  int64_t rank = cast<RankedTensorType>(weight.getType()).getRank();
  SmallVector<ReassociationIndices> groups(2);
  for (int64_t axis = 0; axis < rank; ++axis)
    groups[axis < inputs ? 0 : 1].push_back(axis);
  return lookThrough({b.collapse(weight, groups)});
}

Value grow::multiply(LinalgBuilder &b, Value rows, const Matrix &matrix,
                     Type type) {
  int64_t outputs = cast<RankedTensorType>(matrix.value.getType())
                        .getDimSize(matrix.transposed ? 0 : 1);
  SmallVector<int64_t> loops = matrix.transposed ? SmallVector<int64_t>{1, 2}
                                                 : SmallVector<int64_t>{2, 1};
  Shape shape{b.getShape(rows)[0], b.getIndexAttr(outputs)};
  return b.contract({rows, {0, 2}}, {matrix.value, loops}, {0, 1}, shape, type);
}

Value grow::asRows(LinalgBuilder &b, Value stream) {
  int64_t rank = cast<RankedTensorType>(stream.getType()).getRank();
  SmallVector<ReassociationIndices> groups{{0, 1}, {}};
  for (int64_t axis = 2; axis < rank; ++axis)
    groups[1].push_back(axis);
  return b.collapse(stream, groups);
}

Value grow::fromRows(LinalgBuilder &b, Value rows, OpFoldResult batch,
                     OpFoldResult length, ArrayRef<int64_t> columns) {
  Shape shape{batch, length};
  SmallVector<ReassociationIndices> groups{{0, 1}, {}};
  for (int64_t size : columns) {
    groups[1].push_back(shape.size());
    shape.push_back(b.getIndexAttr(size));
  }
  return b.expand(rows, shape, groups);
}

Value grow::addBias(LinalgBuilder &b, Value rows, Value bias) {
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
// MLP and dense
//===----------------------------------------------------------------------===//

/// See the description of ActivationAttr for the formulas.
static Value activate(LinalgBuilder &b, Activation activation, Value x) {
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

namespace {
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

struct LowerDense : public OpRewritePattern<DenseOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DenseOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Type type = getComputeType(op.getType().getElementType());
    Shape stream = b.getShape(op.getX());
    Value result =
        multiply(b, asRows(b, op.getX()), asMatrix(b, op.getWeight(), 1), type);
    result = addBias(b, result, op.getBias());
    if (op.getActivation())
      result = b.map({{result, {0, 1}}}, b.getShape(result), type,
                     [&](LinalgBuilder &b, ValueRange in) -> Value {
                       return activate(b, *op.getActivation(), in[0]);
                     });
    result = b.convertTensor(result, op.getType().getElementType());
    rewriter.replaceOp(op, fromRows(b, result, stream[0], stream[1],
                                    op.getType().getDimSize(2)));
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
    logits = b.convertTensor(addBias(b, logits, op.getBias()), type);
    rewriter.replaceOp(op, fromRows(b, logits, shape[0], shape[1],
                                    op.getType().getDimSize(2)));
    return success();
  }
};
} // namespace

void grow::populateProjectionPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerDense, LowerMLP, LowerUnembedding>(patterns.getContext());
}
