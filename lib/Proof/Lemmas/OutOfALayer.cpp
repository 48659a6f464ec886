//===- OutOfALayer.cpp - What pads the result of a layer, after it --------===//
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
struct OutOfALayer : public OpRewritePattern<LayerOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerOp op,
                                PatternRewriter &rewriter) const override {
    Operation *structure = op.getYielded().getDefiningOp();
    // A key that a random fill reads cannot follow.
    if (!isa_and_nonnull<ExtendOp, ScaleOp, CenterOp>(structure) ||
        structure->getNumOperands() != 1)
      return failure();
    Operation *yield = op.getBody().front().getTerminator();
    Value inner = structure->getOperand(0);
    rewriter.setInsertionPointAfter(op);
    Operation *outside = rewriter.clone(*structure);
    rewriter.replaceAllUsesExcept(op.getResult(), outside->getResult(0),
                                  outside);
    rewriter.modifyOpInPlace(yield, [&] { yield->setOperand(0, inner); });
    rewriter.modifyOpInPlace(op, [&] {
      op.getResult().setType(cast<RankedTensorType>(inner.getType()));
    });
    rewriter.modifyOpInPlace(outside,
                             [&] { outside->setOperand(0, op.getResult()); });
    return success();
  }
};
} // namespace

void grow::proof::addOutOfALayer(LemmaSet &set) {
  set.add<OutOfALayer>({"out-of-a-layer",
                        "layer(x) { g o f } = g(layer(x) { f })\n"
                        "  g: extend, scale, center",
                        Exactness::Bits},
                       /*benefit=*/3);
}
