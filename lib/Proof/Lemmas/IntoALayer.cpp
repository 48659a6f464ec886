//===- IntoALayer.cpp - What pads a stream, inside the layer that reads it ===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Rewriting.h"
#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct IntoALayer : public OpRewritePattern<LayerOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(LayerOp op,
                                PatternRewriter &rewriter) const override {
    for (OpOperand &operand : op->getOpOperands()) {
      Operation *structure = operand.get().getDefiningOp();
      bool isParam = !getParamName(operand.get()).empty();
      // A key that a random fill reads cannot follow.
      if (!isa_and_nonnull<ExtendOp, ScaleOp, CenterOp>(structure) || isParam ||
          structure->getNumOperands() != 1)
        continue;
      Value input = structure->getOperand(0);
      BlockArgument argument =
          op.getBody().getArgument(operand.getOperandNumber());
      rewriter.setInsertionPointToStart(&op.getBody().front());
      Operation *inside = rewriter.clone(*structure);
      rewriter.modifyOpInPlace(op, [&] {
        rewriter.replaceAllUsesWith(argument, inside->getResult(0));
        inside->setOperand(0, argument);
        argument.setType(input.getType());
        operand.set(input);
      });
      return success();
    }
    return failure();
  }
};
} // namespace

void grow::proof::addIntoALayer(LemmaSet &set) {
  set.add<IntoALayer>({"into-a-layer",
                       "layer(g(x)) { f } = layer(x) { f o g }\n"
                       "  g: extend, scale, center",
                       Exactness::Bits},
                      /*benefit=*/3);
}
