//===- PaddingOfASoftcap.cpp - A padded stream that is capped -------------===//
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
struct PaddingOfASoftcap : public OpRewritePattern<SoftcapOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SoftcapOp op,
                                PatternRewriter &rewriter) const override {
    auto padded = op.getX().getDefiningOp<ExtendOp>();
    if (!padded || !padded.getFill().isZero())
      return failure();
    Value capped =
        SoftcapOp::create(rewriter, op.getLoc(), padded.getInput().getType(),
                          padded.getInput(), op.getBoundAttr());
    rewriter.replaceOp(op, extend(rewriter, capped, padded));
    return success();
  }
};
} // namespace

void grow::proof::addPaddingOfASoftcap(LemmaSet &set) {
  set.add<PaddingOfASoftcap>({"padding-of-a-softcap",
                              "softcap([x, 0]) = [softcap(x), 0]",
                              Exactness::Bits},
                             /*benefit=*/4);
}
