//===- MeanChannelsWritten.cpp - Weights that write the mean --------------===//
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
struct MeanChannelsWritten
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto dense = dyn_cast<DenseOp>(op.getOperation());
    if (dense && dense.getActivation())
      return rewriter.notifyMatchFailure(op, "the mean is taken before the "
                                             "activation");
    SmallVector<AxisOperand> writers = getOperandsWith(op, Axis::HiddenOut);
    Slices means;
    for (const AxisOperand &param : writers)
      if (!isZero(param.get()))
        means = findMeanSlices(param.get(), param.axis);
    bool isCommon = llvm::all_of(writers, [&](const AxisOperand &param) {
      return isZero(param.get()) ||
             findMeanSlices(param.get(), param.axis) == means;
    });
    if (means.empty() || !isCommon)
      return failure();
    SmallVector<Value> operands(op->getOperands());
    for (const AxisOperand &param : writers)
      operands[param.operand->getOperandNumber()] =
          drop(rewriter, param.get(), param.axis, means);
    Value result = op->getResult(0);
    int64_t channels = getSize(result, getChannelAxis(result));
    Value narrow = cloneWith(rewriter, op, operands, channels - means.size());
    rewriter.replaceOp(op, extend(rewriter, narrow, getChannelAxis(narrow),
                                  means, MeanAttr::get(getContext())));
    return success();
  }
};
} // namespace

void grow::proof::addMeanChannelsWritten(LemmaSet &set) {
  set.add<MeanChannelsWritten>(
      {"mean-channels-written",
       "f(x, W, b) = [y, mean(y)] with y = f(x, W \\ I, b \\ I)\n"
       "  where the output columns I of W and b are the mean of the others;\n"
       "  f: embeddings, attention, mlp, dense without activation",
       Exactness::Reals},
      /*benefit=*/6);
}
