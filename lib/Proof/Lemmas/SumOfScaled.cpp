//===- SumOfScaled.cpp - A sum of scaled streams --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factors.h"
#include "Lemmas.h"
#include "grow/Proof/Terms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct SumOfScaled : public OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<Exact> factor = findCommonFactor({op.getLhs(), op.getRhs()});
    if (!factor)
      return failure();
    Value sum =
        arith::AddFOp::create(rewriter, op.getLoc(), removeFactor(op.getLhs()),
                              removeFactor(op.getRhs()), op.getFastmathAttr());
    rewriter.replaceOp(op, scale(rewriter, sum, *factor));
    return success();
  }
};
} // namespace

void grow::proof::addSumOfScaled(LemmaSet &set) {
  set.add<SumOfScaled>(
      {"sum-of-scaled", "f x + f y = f (x + y)", Exactness::Reals},
      /*benefit=*/3);
}
