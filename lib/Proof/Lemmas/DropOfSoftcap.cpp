//===- DropOfSoftcap.cpp - Capped logits of fewer tokens ------------------===//
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
struct DropOfSoftcap : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto softcap = op.getInput().getDefiningOp<SoftcapOp>();
    if (!softcap)
      return failure();
    Value narrow = drop(rewriter, softcap.getX(), op);
    rewriter.replaceOpWithNewOp<SoftcapOp>(op, narrow.getType(), narrow,
                                           softcap.getBoundAttr());
    return success();
  }
};
} // namespace

void grow::proof::addDropOfSoftcap(LemmaSet &set) {
  set.add<DropOfSoftcap>(
      {"drop-of-softcap", "softcap(x) \\ I = softcap(x \\ I)", Exactness::Bits},
      /*benefit=*/5);
}
