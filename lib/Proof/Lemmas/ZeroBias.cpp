//===- ZeroBias.cpp - A bias of zeros -------------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// The biases of an op that it can do without.
SmallVector<MutableOperandRange> getBiases(Operation *op) {
  using Ranges = SmallVector<MutableOperandRange>;
  return llvm::TypeSwitch<Operation *, Ranges>(op)
      .Case([](AttentionOp op) {
        return Ranges{op.getBqMutable(), op.getBkMutable(), op.getBvMutable(),
                      op.getBoMutable()};
      })
      .Case([](MLPOp op) {
        return Ranges{op.getUpBiasMutable(), op.getGateBiasMutable(),
                      op.getDownBiasMutable()};
      })
      .Case<LayerNormOp, DenseOp, UnembeddingOp>(
          [](auto op) { return Ranges{op.getBiasMutable()}; })
      .Default(Ranges());
}

struct ZeroBias : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    for (MutableOperandRange bias : getBiases(op)) {
      if (bias.empty() || !isZero(bias[0].get()))
        continue;
      rewriter.modifyOpInPlace(op, [&] { bias.clear(); });
      return success();
    }
    return failure();
  }
};
} // namespace

void grow::proof::addZeroBias(LemmaSet &set) {
  set.add<ZeroBias>({"zero-bias",
                     "f(x, W, b) = f(x, W)\n"
                     "  where b is zero",
                     Exactness::Bits},
                    /*benefit=*/1);
}
