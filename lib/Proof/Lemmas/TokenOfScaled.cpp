//===- TokenOfScaled.cpp - One token of a scaled stream -----===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factors.h"
#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct TokenOfScaled : public OpRewritePattern<SelectTokenOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SelectTokenOp op,
                                PatternRewriter &rewriter) const override {
    Product x = factorOut(op.getX());
    if (x.factor.isOne())
      return failure();
    Value token =
        SelectTokenOp::create(rewriter, op.getLoc(), x.term, op.getPosition());
    rewriter.replaceOp(op, scale(rewriter, token, x.factor));
    return success();
  }
};
} // namespace

void grow::proof::addTokenOfScaled(LemmaSet &set) {
  set.add<TokenOfScaled>(
      {"token-of-scaled", "select(c x) = c select(x)", Exactness::Reals},
      /*benefit=*/4);
}
