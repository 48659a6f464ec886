//===- DropOfLogits.cpp - Logits of fewer tokens --------------------------===//
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
struct DropOfLogits : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto unembedding = op.getInput().getDefiningOp<UnembeddingOp>();
    if (!unembedding ||
        static_cast<int64_t>(op.getAxis()) != getChannelAxis(op.getInput()))
      return failure();
    Slices dropped = getDroppedSlices(op);
    SmallVector<Value> operands{
        unembedding.getX(), drop(rewriter, unembedding.getTable(), 0, dropped)};
    if (unembedding.getBias())
      operands.push_back(drop(rewriter, unembedding.getBias(), 0, dropped));
    rewriter.replaceOp(op, cloneWith(rewriter, unembedding, operands,
                                     getSize(operands[1], 0)));
    return success();
  }
};
} // namespace

void grow::proof::addDropOfLogits(LemmaSet &set) {
  set.add<DropOfLogits>(
      {"drop-of-logits",
       "unembedding(x, T, b) \\ I = unembedding(x, T \\ I, b \\ I)",
       Exactness::Bits},
      /*benefit=*/5);
}
