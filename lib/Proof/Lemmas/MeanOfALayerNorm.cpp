//===- MeanOfALayerNorm.cpp - A layer norm of a stream padded with its mean
//===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "Norms.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct MeanOfALayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded || !isa<MeanAttr>(padded.getFill()) ||
        static_cast<int64_t>(op.getCentered()) != getSize(op.getGain(), 0))
      return failure();
    return moveOutPadding(
        rewriter, op, padded,
        getSize(padded.getInput(), getChannelAxis(op.getX())));
  }
};
} // namespace

void grow::proof::addMeanOfALayerNorm(LemmaSet &set) {
  set.add<MeanOfALayerNorm>(
      {"mean-of-a-layer-norm",
       "layer_norm([x, mean(x)], g, b) = [layer_norm(x, g \\ I, b \\ I), 0]\n"
       "  with the same count, where all channels are centred, and b[I] = 0",
       Exactness::Reals},
      /*benefit=*/4);
}
