//===- PaddingOfAScale.cpp - A padded stream that is scaled ---------------===//
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
struct PaddingOfAScale : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = op.getX().getDefiningOp<ExtendOp>();
    if (!padded || op.getAbout() || !padded.getFill().isZero())
      return failure();
    Value scaled =
        scale(rewriter, padded.getInput(), op.getFactor().getValue());
    rewriter.replaceOp(op, extend(rewriter, scaled, padded));
    return success();
  }
};
} // namespace

void grow::proof::addPaddingOfAScale(LemmaSet &set) {
  set.add<PaddingOfAScale>(
      {"padding-of-a-scale", "f [x, 0] = [f x, 0]", Exactness::Bits},
      /*benefit=*/4);
}
