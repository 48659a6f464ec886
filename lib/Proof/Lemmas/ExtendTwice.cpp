//===- ExtendTwice.cpp - Padding twice ------------------------------------===//
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
struct ExtendTwice : public OpRewritePattern<ExtendOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ExtendOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ExtendOp>();
    if (!inner || inner.getAxis() != op.getAxis() || !op.getFill().isZero() ||
        !inner.getFill().isZero())
      return failure();
    Slices last = getNewSlices(op);
    rewriter.replaceOp(op, extend(rewriter, inner.getInput(),
                                  static_cast<int64_t>(op.getAxis()),
                                  getNewSlices(inner).spread(last) | last,
                                  op.getFill()));
    return success();
  }
};
} // namespace

void grow::proof::addExtendTwice(LemmaSet &set) {
  set.add<ExtendTwice>(
      {"extend-twice", "[[x, 0], 0] = [x, 0]", Exactness::Bits},
      /*benefit=*/10);
}
