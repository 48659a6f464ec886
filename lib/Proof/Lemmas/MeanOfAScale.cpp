//===- MeanOfAScale.cpp - A stream padded with its mean that is scaled ----===//
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
struct MeanOfAScale : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = op.getX().getDefiningOp<ExtendOp>();
    if (!padded || op.getAbout() || !isa<MeanAttr>(padded.getFill()))
      return failure();
    Value scaled =
        scale(rewriter, padded.getInput(), op.getFactor().getValue());
    rewriter.replaceOp(op, extend(rewriter, scaled, padded));
    return success();
  }
};
} // namespace

void grow::proof::addMeanOfAScale(LemmaSet &set) {
  set.add<MeanOfAScale>({"mean-of-a-scale", "f [x, mean(x)] = [f x, mean(f x)]",
                         Exactness::Reals},
                        /*benefit=*/4);
}
