//===- FactorOfScores.cpp - Factors of queries and keys -------------------===//
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
struct FactorOfScores : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    bool changed =
        op.getQGain()
            ? moveGain(op, op.getQGainMutable(), rewriter) ||
                  moveGain(op, op.getKGainMutable(), rewriter)
            : move(op, op.getWqMutable(), op.getBqMutable(), rewriter) ||
                  move(op, op.getWkMutable(), op.getBkMutable(), rewriter);
    return success(changed);
  }

private:
  static bool multiply(AttentionOp op, const Exact &factor) {
    std::optional<Exact> product = op.getScale().getValue().times(factor);
    if (!product || !product->isPositive())
      return false;
    op.setScaleAttr(ExactAttr::get(op.getContext(), *product));
    return true;
  }

  static bool moveGain(AttentionOp op, MutableOperandRange gain,
                       PatternRewriter &rewriter) {
    Product product = factorOutGain(gain[0].get(), op.getQkUnitOffset());
    if (product.factor.isOne() || !multiply(op, product.factor))
      return false;
    rewriter.modifyOpInPlace(op, [&] { gain[0].set(product.term); });
    return true;
  }

  static bool move(AttentionOp op, OpOperand &weight, MutableOperandRange bias,
                   PatternRewriter &rewriter) {
    SmallVector<Value> terms{weight.get()};
    if (!bias.empty())
      terms.push_back(bias[0].get());
    std::optional<Exact> factor = findCommonFactor(terms);
    if (!factor || !multiply(op, *factor))
      return false;
    rewriter.modifyOpInPlace(op, [&] {
      weight.set(removeFactor(terms[0]));
      if (!bias.empty())
        bias[0].set(removeFactor(terms[1]));
    });
    return true;
  }
};
} // namespace

void grow::proof::addFactorOfScores(LemmaSet &set) {
  set.add<FactorOfScores>(
      {"factor-of-scores",
       "attention(x, c q, k; scale) = attention(x, q, k; c scale)\n"
       "  and the same for k; with norms of queries and keys, for their gains",
       Exactness::Reals},
      /*benefit=*/3);
}
