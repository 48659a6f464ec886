//===- QKNormOfScaled.cpp - Norms of scaled queries and keys --------------===//
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
struct QKNormOfScaled : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getQGain() || *op.getQkCount() != 1)
      return failure();
    SmallVector<OpOperand *> inputs{&op.getWqMutable(), &op.getWkMutable()};
    for (MutableOperandRange bias : {op.getBqMutable(), op.getBkMutable()})
      if (!bias.empty())
        inputs.push_back(&bias[0]);
    SmallVector<Value> terms = llvm::map_to_vector(
        inputs, [](OpOperand *operand) { return operand->get(); });
    std::optional<Exact> factor = findCommonFactor(terms);
    std::optional<Exact> epsilon =
        factor && factor->isPositive()
            ? overSquare(op.getQkEpsilonAttr().getValue(), *factor)
            : std::nullopt;
    if (!epsilon)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      for (auto [operand, term] : llvm::zip_equal(inputs, terms))
        operand->set(removeFactor(term));
      op.setQkEpsilonAttr(ExactAttr::get(op.getContext(), *epsilon));
    });
    return success();
  }
};
} // namespace

void grow::proof::addQKNormOfScaled(LemmaSet &set) {
  set.add<QKNormOfScaled>({"qk-norm-of-scaled",
                           "attention(x, c q, c k; qk epsilon, qk count 1) = "
                           "attention(x, q, k; epsilon / c^2, 1)\n"
                           "  where c is positive",
                           Exactness::Reals},
                          /*benefit=*/3);
}
