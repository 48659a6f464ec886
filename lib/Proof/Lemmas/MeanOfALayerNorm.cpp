//===- MeanOfALayerNorm.cpp - A layer norm of a stream padded with its mean
//===//
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
struct MeanOfALayerNorm : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded || !isa<MeanAttr>(padded.getFill()) ||
        static_cast<int64_t>(op.getCentered()) != getSize(op.getGain(), 0))
      return failure();
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
    auto norm = narrow.getDefiningOp<LayerNormOp>();
    rewriter.modifyOpInPlace(
        norm, [&] { norm.setCentered(getSize(operands[1], 0)); });
    rewriter.replaceOp(op, extend(rewriter, narrow, getChannelAxis(narrow),
                                  added, ZeroAttr::get(getContext())));
    return success();
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
