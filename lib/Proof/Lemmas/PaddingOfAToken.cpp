//===- PaddingOfAToken.cpp - One token of a padded stream -----------------===//
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
struct PaddingOfAToken : public OpRewritePattern<SelectTokenOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectTokenOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = getPadding(op.getX());
    if (!padded || padded.getFill().isRandom())
      return failure();
    Value token = SelectTokenOp::create(rewriter, op.getLoc(),
                                        padded.getInput(), op.getPosition());
    rewriter.replaceOp(op, extend(rewriter, token, padded));
    return success();
  }
};
} // namespace

void grow::proof::addPaddingOfAToken(LemmaSet &set) {
  set.add<PaddingOfAToken>({"padding-of-a-token",
                            "select([x, p]) = [select(x), p]\n"
                            "  where p are zeros or the mean of x",
                            Exactness::Bits},
                           /*benefit=*/4);
}
