//===- PaddingOfAnRMSNorm.cpp - A root mean square norm of a padded stream ===//
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
struct PaddingOfAnRMSNorm : public OpRewritePattern<RMSNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RMSNormOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded)
      return failure();
    if (!padded.getFill().isZero())
      return rewriter.notifyMatchFailure(
          op, "new channels of the stream are not zero");
    Value gain = drop(rewriter, op.getGain(), 0, getNewSlices(padded));
    Value x = padded.getInput();
    Value narrow = cloneWith(rewriter, op, {x, gain}, getSize(gain, 0));
    rewriter.replaceOp(op, extend(rewriter, narrow, padded));
    return success();
  }
};
} // namespace

void grow::proof::addPaddingOfAnRMSNorm(LemmaSet &set) {
  set.add<PaddingOfAnRMSNorm>(
      {"padding-of-an-rms-norm",
       "rms_norm([x, 0], g) = [rms_norm(x, g \\ I), 0]\n"
       "  with the same count: sum([x, 0]^2) = sum(x^2)",
       Exactness::Bits},
      /*benefit=*/4);
}
