//===- DropFromScale.cpp - Leaving out slices of what is scaled -----------===//
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
struct DropFromScale : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto scaled = op.getInput().getDefiningOp<ScaleOp>();
    if (!scaled)
      return failure();
    Value narrow = drop(rewriter, scaled.getX(), op);
    rewriter.replaceOp(op,
                       scale(rewriter, narrow, scaled.getFactor().getValue(),
                             scaled.getAboutAttr()));
    return success();
  }
};
} // namespace

void grow::proof::addDropFromScale(LemmaSet &set) {
  set.add<DropFromScale>(
      {"drop-from-scale", "(f x) \\ I = f (x \\ I)", Exactness::Bits},
      /*benefit=*/10);
}
