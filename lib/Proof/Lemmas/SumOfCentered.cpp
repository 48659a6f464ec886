//===- SumOfCentered.cpp - A sum of centred streams -----------------------===//
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
struct SumOfCentered : public OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    auto lhs = op.getLhs().getDefiningOp<CenterOp>();
    auto rhs = op.getRhs().getDefiningOp<CenterOp>();
    if (!lhs || !rhs || lhs.getAxis() != rhs.getAxis())
      return failure();
    Value sum = arith::AddFOp::create(rewriter, op.getLoc(), lhs.getInput(),
                                      rhs.getInput(), op.getFastmathAttr());
    rewriter.replaceOpWithNewOp<CenterOp>(op, sum.getType(), sum,
                                          lhs.getAxis());
    return success();
  }
};
} // namespace

void grow::proof::addSumOfCentered(LemmaSet &set) {
  set.add<SumOfCentered>({"sum-of-centered",
                          "center(x) + center(y) = center(x + y)",
                          Exactness::Reals},
                         /*benefit=*/3);
}
