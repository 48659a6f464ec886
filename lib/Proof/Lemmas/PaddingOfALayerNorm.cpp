//===- PaddingOfALayerNorm.cpp - A layer norm of a padded stream ----------===//
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
    Slices added = getNewSlices(padded);
    if (op.getBias() && !(added - findZeroSlices(op.getBias(), 0)).empty())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        diag << "channels " << added - findZeroSlices(op.getBias(), 0)
             << " are new, and its 'bias' is not zero there";
      });
    SmallVector<Value> operands{padded.getInput(),
                                drop(rewriter, op.getGain(), 0, added)};
    if (op.getBias())
      operands.push_back(drop(rewriter, op.getBias(), 0, added));
    Value narrow = cloneWith(rewriter, op, operands, getSize(operands[1], 0));
    rewriter.replaceOp(op, extend(rewriter, narrow, getChannelAxis(narrow),
                                  added, ZeroAttr::get(getContext())));
    return success();
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
