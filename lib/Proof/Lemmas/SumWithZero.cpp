//===- SumWithZero.cpp - A branch that adds nothing -----------------------===//
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
struct SumWithZero : public OpRewritePattern<arith::AddFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::AddFOp op,
                                PatternRewriter &rewriter) const override {
    if (isZero(op.getRhs()))
      rewriter.replaceOp(op, op.getLhs());
    else if (isZero(op.getLhs()))
      rewriter.replaceOp(op, op.getRhs());
    else
      return failure();
    return success();
  }
};
} // namespace

void grow::proof::addSumWithZero(LemmaSet &set) {
  set.add<SumWithZero>({"sum-with-zero", "x + 0 = x", Exactness::Bits},
                       /*benefit=*/8);
}
