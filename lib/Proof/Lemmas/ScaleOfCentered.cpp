//===- ScaleOfCentered.cpp - Scaling what is centred ----------------------===//
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
struct ScaleOfCentered : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto center = op.getX().getDefiningOp<CenterOp>();
    if (!center || op.getAbout())
      return failure();
    Value scaled =
        scale(rewriter, center.getInput(), op.getFactor().getValue());
    rewriter.replaceOpWithNewOp<CenterOp>(op, op.getType(), scaled,
                                          center.getAxis());
    return success();
  }
};
} // namespace

void grow::proof::addScaleOfCentered(LemmaSet &set) {
  set.add<ScaleOfCentered>(
      {"scale-of-centered", "c center(x) = center(c x)", Exactness::Reals},
      /*benefit=*/4);
}
