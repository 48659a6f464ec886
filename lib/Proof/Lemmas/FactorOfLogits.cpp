//===- FactorOfLogits.cpp - Multiples that an unembedding reads -----------===//
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
struct FactorOfLogits : public OpRewritePattern<UnembeddingOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(UnembeddingOp op,
                                PatternRewriter &rewriter) const override {
    Product table = factorOut(op.getTable()), x = factorOut(op.getX());
    if (op.getBias()) {
      if (table.factor.isOne())
        return failure();
      Value scaled = scale(rewriter, op.getX(), table.factor);
      rewriter.modifyOpInPlace(op, [&] {
        op.getTableMutable().assign(table.term);
        op.getXMutable().assign(scaled);
      });
      return success();
    }
    std::optional<Exact> factor = table.factor.times(x.factor);
    if (!factor || (table.factor.isOne() && x.factor.isOne()))
      return failure();
    Value logits = UnembeddingOp::create(rewriter, op.getLoc(), op.getType(),
                                         x.term, table.term, Value());
    rewriter.replaceOp(op, scale(rewriter, logits, *factor));
    return success();
  }
};
} // namespace

void grow::proof::addFactorOfLogits(LemmaSet &set) {
  set.add<FactorOfLogits>({"factor-of-logits",
                           "unembedding(x, c T) = c unembedding(x, T)\n"
                           "unembedding(c x, T) = c unembedding(x, T)\n"
                           "unembedding(x, c T, b) = unembedding(c x, T, b)",
                           Exactness::Reals},
                          /*benefit=*/4);
}
