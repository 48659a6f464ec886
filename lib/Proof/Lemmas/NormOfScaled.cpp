//===- NormOfScaled.cpp - A norm of a scaled stream -----------------------===//
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
struct NormOfScaled : public OpRewritePattern<NormOp> {
  using OpRewritePattern<NormOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(NormOp op,
                                PatternRewriter &rewriter) const override {
    Product x = factorOut(op.getX());
    if (op.getCount() != 1 || x.factor.isOne() || !x.factor.isPositive())
      return failure();
    std::optional<Exact> epsilon =
        overSquare(op.getEpsilon().getValue(), x.factor);
    if (!epsilon)
      return failure();
    rewriter.modifyOpInPlace(op, [&] {
      op.getXMutable().assign(x.term);
      op.setEpsilonAttr(ExactAttr::get(op.getContext(), *epsilon));
    });
    return success();
  }
};
} // namespace

void grow::proof::addNormOfScaled(LemmaSet &set) {
  set.add<NormOfScaled<RMSNormOp>, NormOfScaled<LayerNormOp>>(
      {"norm-of-scaled",
       "norm(c x, g; epsilon, 1) = norm(x, g; epsilon / c^2, 1)\n"
       "  where c is positive",
       Exactness::Reals},
      /*benefit=*/3);
}
