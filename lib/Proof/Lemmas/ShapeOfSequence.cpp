//===- ShapeOfSequence.cpp - Embeddings that read nothing but a shape -----===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct ShapeOfSequence
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!isa<PositionEmbeddingOp, TypeEmbeddingOp>(op.getOperation()))
      return failure();
    Value sequence = op->getOperand(0);
    Operation *structure = sequence.getDefiningOp();
    if (!isa_and_nonnull<ExtendOp, DropOp, ScaleOp, CenterOp>(structure))
      return failure();
    // Batch and sequence are what they were; only channels come and go.
    auto axis = structure->getAttrOfType<IntegerAttr>("axis");
    if (axis && axis.getInt() != getChannelAxis(sequence))
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op->setOperand(0, structure->getOperand(0)); });
    return success();
  }
};
} // namespace

void grow::proof::addShapeOfSequence(LemmaSet &set) {
  set.add<ShapeOfSequence>(
      {"shape-of-sequence",
       "position_embedding(g(x), T) = position_embedding(x, T)\n"
       "type_embedding(g(x), T) = type_embedding(x, T)\n"
       "  g: extend, drop, scale, center along channels",
       Exactness::Bits},
      /*benefit=*/6);
}
