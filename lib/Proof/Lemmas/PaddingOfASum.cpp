//===- PaddingOfASum.cpp - A sum of padded streams ------------------------===//
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
struct PaddingOfASum : public OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    auto lhs = op.getLhs().getDefiningOp<ExtendOp>();
    auto rhs = op.getRhs().getDefiningOp<ExtendOp>();
    if (!lhs && !rhs)
      return failure();
    if (!lhs || !rhs || lhs.getAxis() != rhs.getAxis())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        diag << "adds new channels " << getNewSlices(lhs ? lhs : rhs)
             << " of one side to channels of the other side that are not zero";
      });
    if (!lhs.getFill().isZero() || !rhs.getFill().isZero())
      return rewriter.notifyMatchFailure(op, "not padded with zeros");
    Slices left = getNewSlices(lhs), right = getNewSlices(rhs);
    Slices both = left & right;
    if (both.empty())
      return rewriter.notifyMatchFailure(op, "padded in different places");
    auto axis = static_cast<int64_t>(lhs.getAxis());
    Value sum = arith::AddFOp::create(
        rewriter, op.getLoc(),
        extend(rewriter, lhs.getInput(), axis, (left - both).compress(both),
               lhs.getFill()),
        extend(rewriter, rhs.getInput(), axis, (right - both).compress(both),
               rhs.getFill()),
        op.getFastmathAttr());
    rewriter.replaceOp(op, extend(rewriter, sum, axis, both, lhs.getFill()));
    return success();
  }
};
} // namespace

void grow::proof::addPaddingOfASum(LemmaSet &set) {
  set.add<PaddingOfASum>(
      {"padding-of-a-sum", "[x, 0] + [y, 0] = [x + y, 0]", Exactness::Bits},
      /*benefit=*/4);
}
