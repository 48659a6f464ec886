//===- RegroupOfScaled.cpp - Reading axes anew of what is scaled or centred
//===//
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
struct RegroupOfScaled : public OpRewritePattern<RegroupOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(RegroupOp op,
                                PatternRewriter &rewriter) const override {
    auto first = static_cast<int64_t>(op.getAxis());
    Operation *outer = op.getInput().getDefiningOp();
    auto center = dyn_cast_or_null<CenterOp>(outer);
    bool isAcross = center && static_cast<int64_t>(center.getAxis()) != first &&
                    static_cast<int64_t>(center.getAxis()) != first + 1;
    if (!isa_and_nonnull<ScaleOp>(outer) && !isAcross)
      return failure();
    Value inner = RegroupOp::create(rewriter, op.getLoc(), outer->getOperand(0),
                                    first, op.getOuter(), op.getInner());
    Operation *clone = rewriter.clone(*outer);
    clone->setOperand(0, inner);
    clone->getResult(0).setType(inner.getType());
    rewriter.replaceOp(op, clone);
    return success();
  }
};
} // namespace

void grow::proof::addRegroupOfScaled(LemmaSet &set) {
  set.add<RegroupOfScaled>({"regroup-of-scaled",
                            "regroup(c x) = c regroup(x)\n"
                            "regroup(center(x)) = center(regroup(x))\n"
                            "  centred along another axis",
                            Exactness::Bits},
                           /*benefit=*/9);
}
