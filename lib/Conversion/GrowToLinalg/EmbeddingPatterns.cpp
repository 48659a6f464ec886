//===- EmbeddingPatterns.cpp - Embeddings to linalg -----------------------===//
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
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

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

/// The shape of what an op makes of the batch and the positions of `sequence`,
/// token numbers or a stream.
Shape getStreamShape(LinalgBuilder &b, Value sequence, int64_t hidden) {
  Shape shape = b.getShape(sequence);
  shape.resize(2);
  shape.push_back(b.getIndexAttr(hidden));
  return shape;
}

struct LowerPositionEmbedding : public OpRewritePattern<PositionEmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PositionEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Shape shape =
        getStreamShape(b, op.getSequence(), op.getType().getDimSize(2));
    Value rows = b.slice(op.getTable(), 0, op.getOffset(), shape[1]);
    rewriter.replaceOp(
        op, b.map({{rows, {1, 2}}}, shape, op.getType().getElementType(),
                  [](LinalgBuilder &, ValueRange in) { return in[0]; }));
    return success();
  }
};

struct LowerTypeEmbedding : public OpRewritePattern<TypeEmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TypeEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Shape shape =
        getStreamShape(b, op.getSequence(), op.getType().getDimSize(2));
    Value row = b.collapse(
        b.slice(op.getTable(), 0, op.getRow(), b.getIndexAttr(1)), {{0, 1}});
    rewriter.replaceOp(
        op, b.map({{row, {2}}}, shape, op.getType().getElementType(),
                  [](LinalgBuilder &, ValueRange in) { return in[0]; }));
    return success();
  }
};

struct LowerPatchEmbedding : public OpRewritePattern<PatchEmbeddingOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PatchEmbeddingOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Type type = op.getType().getElementType();
    OpFoldResult batch = b.getShape(op.getImages())[0];
    Value result = b.empty({batch, b.getIndexAttr(op.getType().getDimSize(1)),
                            b.getIndexAttr(op.getType().getDimSize(2))},
                           type);
    Shape first{batch, b.getIndexAttr(1),
                b.getIndexAttr(op.getType().getDimSize(2))};
    Value classToken =
        b.map({{op.getClassToken(), {2}}}, first, type,
              [](LinalgBuilder &, ValueRange in) { return in[0]; });
    result = b.insert(classToken, result, /*axis=*/1, /*offset=*/0);
    result = b.insert(project(b, op, batch), result, /*axis=*/1, /*offset=*/1);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// The patches' embeddings: a contraction over channels, rows and columns, in
  /// this order, that reads the images where they are.
  static Value project(LinalgBuilder &b, PatchEmbeddingOp op,
                       OpFoldResult batch) {
    ArrayRef<int64_t> image = op.getImages().getType().getShape();
    ArrayRef<int64_t> patch = op.getWeight().getType().getShape();
    OpFoldResult down = b.getIndexAttr(image[2] / patch[1]);
    OpFoldResult across = b.getIndexAttr(image[3] / patch[2]);
    OpFoldResult channels = b.getIndexAttr(patch[0]);
    OpFoldResult rows = b.getIndexAttr(patch[1]);
    OpFoldResult columns = b.getIndexAttr(patch[2]);
    OpFoldResult hidden = b.getIndexAttr(patch[3]);
    // Loops: image, patch down and across, hidden; channel, row, column.
    Value patches =
        b.expand(op.getImages(), {batch, channels, down, rows, across, columns},
                 {{0}, {1}, {2, 3}, {4, 5}});
    Type type = op.getType().getElementType();
    Value result = b.contract(
        {patches, {0, 4, 1, 5, 2, 6}}, {op.getWeight(), {4, 5, 6, 3}},
        {0, 1, 2, 3}, {batch, down, across, hidden}, getComputeType(type));
    result = b.collapse(result, {{0, 1, 2}, {3}});
    result = b.convertTensor(addBias(b, result, op.getBias()), type);
    int64_t count = op.getType().getDimSize(1) - 1;
    return fromRows(b, result, batch, b.getIndexAttr(count), patch[3]);
  }
};

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

struct LowerSelectToken : public OpRewritePattern<SelectTokenOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SelectTokenOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, b.slice(op.getX(), /*axis=*/1, op.getPosition(),
                                   b.getIndexAttr(1)));
    return success();
  }
};

struct LowerSoftcap : public OpRewritePattern<SoftcapOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SoftcapOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Type element = op.getType().getElementType();
    Type type = getComputeType(element);
    rewriter.replaceOp(
        op, b.map({{op.getX(), {0, 1, 2}}}, b.getShape(op.getX()), element,
                  [&](LinalgBuilder &b, ValueRange in) -> Value {
                    Value capped = softcap(b, b.convert(in[0], type),
                                           op.getBoundAttr().getValue());
                    return b.convert(capped, element);
                  }));
    return success();
  }
};
} // namespace

Value grow::softcap(LinalgBuilder &b, Value x, const Exact &bound) {
  Value limit = b.constant(x.getType(), bound);
  Value bent = math::TanhOp::create(b, arith::DivFOp::create(b, x, limit));
  return arith::MulFOp::create(b, limit, bent);
}

void grow::populateEmbeddingPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerEmbedding, LowerPatchEmbedding, LowerPositionEmbedding,
               LowerSelectToken, LowerSoftcap, LowerTypeEmbedding>(
      patterns.getContext());
}
