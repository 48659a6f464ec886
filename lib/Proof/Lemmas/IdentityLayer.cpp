//===- IdentityLayer.cpp - A layer that does nothing ----------------------===//
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
struct IdentityLayer : public OpRewritePattern<LayerOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerOp op,
                                PatternRewriter &rewriter) const override {
    auto argument = dyn_cast<BlockArgument>(op.getYielded());
    if (!argument)
      return rewriter.notifyMatchFailure(
          op, "what it adds to the stream is not zero");
    rewriter.replaceOp(op, op->getOperand(argument.getArgNumber()));
    return success();
  }
};
} // namespace

void grow::proof::addIdentityLayer(LemmaSet &set) {
  set.add<IdentityLayer>(
      {"identity-layer", "layer(x) { x } = x", Exactness::Bits},
      /*benefit=*/8);
}
