//===- CenterOfCentered.cpp - Centring what is centred --------------------===//
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
struct CenterOfCentered : public OpRewritePattern<CenterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CenterOp op,
                                PatternRewriter &rewriter) const override {
    auto axis = static_cast<int64_t>(op.getAxis());
    if (!isCentered(op.getInput(), axis) && !isZero(op.getInput()))
      return failure();
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};
} // namespace

void grow::proof::addCenterOfCentered(LemmaSet &set) {
  set.add<CenterOfCentered>({"center-of-centered",
                             "center(x) = x\n"
                             "  where mean(x) = 0",
                             Exactness::Reals},
                            /*benefit=*/10);
}
