//===- PaddingOfALayerNorm.cpp - A layer norm of a padded stream ----------===//
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
struct PaddingOfALayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded || !padded.getFill().isZero())
      return failure();
    auto centered = static_cast<int64_t>(op.getCentered());
    if (getNewSlices(padded).getRanges().front().begin < centered)
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        diag << "it centres channels " << 0 << ".." << centered - 1
             << ", of which " << getNewSlices(padded)
             << " are new and zero: they move the mean";
      });
    return moveOutPadding(rewriter, op, padded, centered);
  }
};
} // namespace

void grow::proof::addPaddingOfALayerNorm(LemmaSet &set) {
  set.add<PaddingOfALayerNorm>(
      {"padding-of-a-layer-norm",
       "layer_norm([x, 0], g, b) = [layer_norm(x, g \\ I, b \\ I), 0]\n"
       "  with the same count and centred channels, none of which is new, and "
       "b[I] = 0",
       Exactness::Bits},
      /*benefit=*/4);
}
