//===- FactorOfNorm.cpp - A factor of a gain ------------------------------===//
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
struct FactorOfNorm : public OpRewritePattern<NormOp> {
  using OpRewritePattern<NormOp>::OpRewritePattern;

  LogicalResult matchAndRewrite(NormOp op,
                                PatternRewriter &rewriter) const override {
    Value bias = getBias(op);
    bool hasBias = bias && !isZero(bias);
    Product gain = factorOutGain(op.getGain(), hasUnitOffset(op));
    Exact factor = hasBias ? factorOut(bias).factor : gain.factor;
    if (factor.isOne())
      return failure();
    SmallVector<Value> operands(op->getOperands());
    operands[1] =
        hasBias ? scale(rewriter, op.getGain(), factor.inverse(), getAbout(op))
                : gain.term;
    if (hasBias)
      operands[2] = factorOut(bias).term;
    Value plain = cloneWith(rewriter, op, operands, getSize(operands[1], 0));
    rewriter.replaceOp(op, scale(rewriter, plain, factor));
    return success();
  }
};
} // namespace

void grow::proof::addFactorOfNorm(LemmaSet &set) {
  set.add<FactorOfNorm<RMSNormOp>, FactorOfNorm<LayerNormOp>>(
      {"factor-of-norm",
       "norm(x, c g, c b) = c norm(x, g, b)\n"
       "  where b, or g without b, has the factor c",
       Exactness::Reals},
      /*benefit=*/3);
}
