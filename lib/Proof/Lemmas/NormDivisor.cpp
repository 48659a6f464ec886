//===- NormDivisor.cpp - The divisor of a norm, in its gain ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Factors.h"
#include "Lemmas.h"
#include "Norms.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
template <typename NormOp>
struct NormDivisor : public OpRewritePattern<NormOp> {
  using OpRewritePattern<NormOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(NormOp op,
                                PatternRewriter &rewriter) const override {
    auto count = static_cast<int64_t>(op.getCount());
    if (count == 1)
      return failure();
    std::optional<Exact> root = Exact::root(count, 1);
    std::optional<Exact> epsilon =
        op.getEpsilon().getValue().times(Exact(count));
    if (!root || !epsilon)
      return rewriter.notifyMatchFailure(op, "the count is out of range");
    Value gain = scale(rewriter, op.getGain(), *root, getAbout(op));
    rewriter.modifyOpInPlace(op, [&] {
      op.getGainMutable().assign(gain);
      op.setEpsilonAttr(ExactAttr::get(op.getContext(), *epsilon));
      op.setCount(1);
    });
    return success();
  }
};
} // namespace

void grow::proof::addNormDivisor(LemmaSet &set) {
  set.add<NormDivisor<RMSNormOp>, NormDivisor<LayerNormOp>>(
      {"norm-divisor",
       "norm(x, g; epsilon, count) = norm(x, sqrt(count) g; count epsilon, 1)\n"
       "  g / sqrt(sum(x^2) / n + e) = g sqrt(n) / sqrt(sum(x^2) + n e)",
       Exactness::Reals},
      /*benefit=*/2);
}
