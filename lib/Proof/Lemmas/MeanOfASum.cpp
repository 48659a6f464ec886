//===- MeanOfASum.cpp - A sum of streams padded with their means ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct MeanOfASum : public OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    auto lhs = op.getLhs().getDefiningOp<ExtendOp>();
    auto rhs = op.getRhs().getDefiningOp<ExtendOp>();
    if (!lhs || !rhs || lhs.getAxis() != rhs.getAxis() ||
        !isa<MeanAttr>(lhs.getFill()) || !isa<MeanAttr>(rhs.getFill()) ||
        getNewSlices(lhs) != getNewSlices(rhs))
      return failure();
    Value sum = arith::AddFOp::create(rewriter, op.getLoc(), lhs.getInput(),
                                      rhs.getInput(), op.getFastmathAttr());
    rewriter.replaceOp(op, extend(rewriter, sum, lhs));
    return success();
  }
};
} // namespace

void grow::proof::addMeanOfASum(LemmaSet &set) {
  set.add<MeanOfASum>(
      {"mean-of-a-sum",
       "[x, mean(x)] + [y, mean(y)] = [z, mean(z)] with z = x + y",
       Exactness::Reals},
      /*benefit=*/4);
}
