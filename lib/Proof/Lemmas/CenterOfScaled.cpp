//===- CenterOfScaled.cpp - Centring what is scaled -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Terms.h"
#include "Lemmas.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct CenterOfScaled : public OpRewritePattern<CenterOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CenterOp op,
                                PatternRewriter &rewriter) const override {
    auto scaled = op.getInput().getDefiningOp<ScaleOp>();
    if (!scaled || scaled.getAbout())
      return failure();
    Value center = CenterOp::create(rewriter, op.getLoc(), op.getType(),
                                    scaled.getX(), op.getAxis());
    rewriter.replaceOp(op,
                       scale(rewriter, center, scaled.getFactor().getValue()));
    return success();
  }
};
} // namespace

void grow::proof::addCenterOfScaled(LemmaSet &set) {
  set.add<CenterOfScaled>(
      {"center-of-scaled", "center(f x) = f center(x)", Exactness::Reals},
      /*benefit=*/4);
}
