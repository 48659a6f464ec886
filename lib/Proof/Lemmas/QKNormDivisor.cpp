//===- QKNormDivisor.cpp - The divisor of norms of queries and keys, in the
// scale ===//
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
struct QKNormDivisor : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getQGain() || *op.getQkCount() == 1)
      return failure();
    Exact count(static_cast<int64_t>(*op.getQkCount()));
    std::optional<Exact> epsilon =
        op.getQkEpsilonAttr().getValue().times(count);
    std::optional<Exact> factor = op.getScale().getValue().times(count);
    if (!epsilon || !factor)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.setQkEpsilonAttr(ExactAttr::get(op.getContext(), *epsilon));
      op.setScaleAttr(ExactAttr::get(op.getContext(), *factor));
      op.setQkCount(1);
    });
    return success();
  }
};
} // namespace

void grow::proof::addQKNormDivisor(LemmaSet &set) {
  set.add<QKNormDivisor>({"qk-norm-divisor",
                          "attention(x; scale, qk epsilon, qk count) = "
                          "attention(x; count scale, count epsilon, 1)",
                          Exactness::Reals},
                         /*benefit=*/2);
}
