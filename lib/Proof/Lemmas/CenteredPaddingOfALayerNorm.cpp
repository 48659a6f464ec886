//===- CenteredPaddingOfALayerNorm.cpp - A layer norm of a centred stream,
// padded ===//
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
struct CenteredPaddingOfALayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded || !padded.getFill().isZero() ||
        static_cast<int64_t>(op.getCentered()) != getSize(op.getGain(), 0))
      return failure();
    if (!isCentered(padded.getInput(), getChannelAxis(op.getX())))
      return rewriter.notifyMatchFailure(op, "the stream is not centred");
    return moveOutPadding(
        rewriter, op, padded,
        getSize(padded.getInput(), getChannelAxis(op.getX())));
  }
};
} // namespace

void grow::proof::addCenteredPaddingOfALayerNorm(LemmaSet &set) {
  set.add<CenteredPaddingOfALayerNorm>(
      {"centered-padding-of-a-layer-norm",
       "layer_norm([x, 0], g, b) = [layer_norm(x, g \\ I, b \\ I), 0]\n"
       "  with the same count, where all channels are centred, mean(x) = 0 and "
       "b[I] = 0",
       Exactness::Reals},
      /*benefit=*/4);
}
