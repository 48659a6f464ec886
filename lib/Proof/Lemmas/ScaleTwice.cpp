//===- ScaleTwice.cpp - Scaling twice -------------------------------------===//
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
struct ScaleTwice : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getFactor().getValue().isOne()) {
      rewriter.replaceOp(op, op.getX());
      return success();
    }
    auto inner = op.getX().getDefiningOp<ScaleOp>();
    if (!inner || inner.getAboutAttr() != op.getAboutAttr())
      return failure();
    std::optional<Exact> product =
        op.getFactor().getValue().times(inner.getFactor().getValue());
    if (!product)
      return rewriter.notifyMatchFailure(op, "the product is out of range");
    rewriter.replaceOp(
        op, scale(rewriter, inner.getX(), *product, op.getAboutAttr()));
    return success();
  }
};
} // namespace

void grow::proof::addScaleTwice(LemmaSet &set) {
  set.add<ScaleTwice>({"scale-twice",
                       "f (g x) = (f g) x\n"
                       "1 x = x",
                       Exactness::Reals},
                      /*benefit=*/10);
}
