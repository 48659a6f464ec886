//===- DropFromCenter.cpp - Leaving out slices of what is centred along another
// axis ===//
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
struct DropFromCenter : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto center = op.getInput().getDefiningOp<CenterOp>();
    if (!center || center.getAxis() == op.getAxis())
      return failure();
    Value narrow = drop(rewriter, center.getInput(), op);
    rewriter.replaceOpWithNewOp<CenterOp>(op, narrow.getType(), narrow,
                                          center.getAxis());
    return success();
  }
};
} // namespace

void grow::proof::addDropFromCenter(LemmaSet &set) {
  set.add<DropFromCenter>({"drop-from-center",
                           "center(x) \\ I = center(x \\ I)\n"
                           "  along two axes",
                           Exactness::Bits},
                          /*benefit=*/10);
}
