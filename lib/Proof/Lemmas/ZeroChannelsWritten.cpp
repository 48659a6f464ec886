//===- ZeroChannelsWritten.cpp - Weights that write zeros -----------------===//
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
struct ZeroChannelsWritten
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    SmallVector<AxisOperand> writers = getOperandsWith(op, Axis::HiddenOut);
    if (writers.empty())
      return failure();
    int64_t channels =
        getSize(op->getResult(0), getChannelAxis(op->getResult(0)));
    Slices zeros = Slices::all(channels);
    for (const AxisOperand &param : writers) {
      // A mean was taken of these zeros, too: it has to go first.
      if (!findMeanSlices(param.get(), param.axis).empty())
        return failure();
      zeros = zeros & findZeroSlices(param.get(), param.axis);
    }
    if (zeros.empty() || zeros.size() == channels)
      return rewriter.notifyMatchFailure(
          op, [&](Diagnostic &diag) { explain(op, writers, diag); });
    SmallVector<Value> operands(op->getOperands());
    for (const AxisOperand &param : writers)
      operands[param.operand->getOperandNumber()] =
          drop(rewriter, param.get(), param.axis, zeros);
    Value narrow = cloneWith(rewriter, op, operands, channels - zeros.size());
    rewriter.replaceOp(op, extend(rewriter, narrow, getChannelAxis(narrow),
                                  zeros, ZeroAttr::get(getContext())));
    return success();
  }

private:
  static void explain(ParameterizedOpInterface op,
                      ArrayRef<AxisOperand> writers, Diagnostic &diag) {
    for (const AxisOperand &param : writers) {
      Slices free = findNewSlices(param.get(), param.axis) -
                    findZeroSlices(param.get(), param.axis) -
                    findMeanSlices(param.get(), param.axis);
      if (!free.empty())
        diag << "channels " << free << " are new to the stream, but '"
             << param.role->name
             << "' writes neither zeros nor the mean of the others there";
    }
  }
};
} // namespace

void grow::proof::addZeroChannelsWritten(LemmaSet &set) {
  set.add<ZeroChannelsWritten>(
      {"zero-channels-written",
       "f(x, W, b) = [f(x, W \\ I, b \\ I), 0]\n"
       "  where the output columns I of W and b are zero;\n"
       "  f: embeddings, attention, mlp, dense",
       Exactness::Bits},
      /*benefit=*/5);
}
