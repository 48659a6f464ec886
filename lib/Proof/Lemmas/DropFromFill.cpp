//===- DropFromFill.cpp - Leaving out slices of one number ----------------===//
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
struct DropFromFill : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto fill = op.getInput().getDefiningOp<FillOp>();
    if (!fill || fill.getFill().isRandom())
      return failure();
    rewriter.replaceOpWithNewOp<FillOp>(op, op.getType(), fill.getFill(),
                                        Value(), DenseI64ArrayAttr());
    return success();
  }
};
} // namespace

void grow::proof::addDropFromFill(LemmaSet &set) {
  set.add<DropFromFill>(
      {"drop-from-fill", "fill(c) \\ I = fill(c)", Exactness::Bits},
      /*benefit=*/10);
}
