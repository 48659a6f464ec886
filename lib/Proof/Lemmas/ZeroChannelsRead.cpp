//===- ZeroChannelsRead.cpp - Weights that read zeros ---------------------===//
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
struct ZeroChannelsRead
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (getOperandsWith(op, Axis::HiddenIn).empty())
      return failure();
    auto padded = getPadding(op->getOperand(0));
    if (!padded)
      return failure();
    if (!padded.getFill().isZero())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        diag << "reads channels " << getNewSlices(padded)
             << " of the stream, which are new and not zero";
      });
    dropEverywhere(rewriter, op, Axis::HiddenIn, getNewSlices(padded));
    rewriter.modifyOpInPlace(op, [&] { op->setOperand(0, padded.getInput()); });
    return success();
  }
};
} // namespace

void grow::proof::addZeroChannelsRead(LemmaSet &set) {
  set.add<ZeroChannelsRead>(
      {"zero-channels-read",
       "f([x, 0], W) = f(x, W \\ I)\n"
       "  where I are the rows of W that read the zeros;\n"
       "  f: attention, mlp, dense, unembedding",
       Exactness::Bits},
      /*benefit=*/4);
}
