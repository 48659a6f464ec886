//===- LayerNormOfCentered.cpp - A layer norm of a centred stream ---------===//
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
struct LayerNormOfCentered : public OpRewritePattern<LayerNormOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerNormOp op,
                                PatternRewriter &rewriter) const override {
    auto center = op.getX().getDefiningOp<CenterOp>();
    if (!center ||
        static_cast<int64_t>(op.getCentered()) != getSize(op.getGain(), 0) ||
        static_cast<int64_t>(center.getAxis()) != getChannelAxis(op.getX()))
      return failure();
    rewriter.modifyOpInPlace(
        op, [&] { op.getXMutable().assign(center.getInput()); });
    return success();
  }
};
} // namespace

void grow::proof::addLayerNormOfCentered(LemmaSet &set) {
  set.add<LayerNormOfCentered>({"layer-norm-of-centered",
                                "layer_norm(center(x)) = layer_norm(x)\n"
                                "  where all channels are centred",
                                Exactness::Reals},
                               /*benefit=*/4);
}
