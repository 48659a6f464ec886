//===- RegroupTwice.cpp - Reading axes anew twice -------------------------===//
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
struct RegroupTwice : public OpRewritePattern<RegroupOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RegroupOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getInput().getType() == op.getType()) {
      rewriter.replaceOp(op, op.getInput());
      return success();
    }
    auto inner = op.getInput().getDefiningOp<RegroupOp>();
    if (!inner || inner.getAxis() != op.getAxis())
      return failure();
    rewriter.replaceOpWithNewOp<RegroupOp>(op, inner.getInput(), op.getAxis(),
                                           op.getOuter(), op.getInner());
    return success();
  }
};
} // namespace

void grow::proof::addRegroupTwice(LemmaSet &set) {
  set.add<RegroupTwice>({"regroup-twice",
                         "regroup(regroup(x)) = regroup(x)\n"
                         "regroup(x) = x\n"
                         "  if the axes are as before",
                         Exactness::Bits},
                        /*benefit=*/10);
}
