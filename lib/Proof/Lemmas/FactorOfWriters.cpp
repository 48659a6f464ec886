//===- FactorOfWriters.cpp - Weights that write a multiple ----------------===//
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
struct FactorOfWriters
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto dense = dyn_cast<DenseOp>(op.getOperation());
    if (dense && dense.getActivation())
      return failure();
    SmallVector<AxisOperand> writers = getOperandsWith(op, Axis::HiddenOut);
    SmallVector<Value> terms = llvm::map_to_vector(
        writers, [](const AxisOperand &param) { return param.get(); });
    std::optional<Exact> factor = findCommonFactor(terms);
    if (!factor)
      return failure();
    rewriter.setInsertionPointAfter(op);
    auto clone = cast<ParameterizedOpInterface>(rewriter.clone(*op));
    rewriter.modifyOpInPlace(clone, [&] {
      for (const AxisOperand &param : writers)
        clone->setOperand(param.operand->getOperandNumber(),
                          removeFactor(param.get()));
    });
    rewriter.replaceOp(op, scale(rewriter, clone->getResult(0), *factor));
    return success();
  }
};
} // namespace

void grow::proof::addFactorOfWriters(LemmaSet &set) {
  set.add<FactorOfWriters>({"factor-of-writers",
                            "f(x, c W, c b) = c f(x, W, b)\n"
                            "  f: embeddings, attention, mlp, dense without "
                            "activation; W and b are what writes the result",
                            Exactness::Reals},
                           /*benefit=*/4);
}
