//===- FuseElementwise.cpp - Fuse ops that walk the same elements ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_CPUFUSEELEMENTWISEPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Fusing must save a walk over memory and compute nothing twice.
bool savesWalk(OpOperand *operand) {
  auto producer = operand->get().getDefiningOp<linalg::LinalgOp>();
  auto consumer = cast<linalg::LinalgOp>(operand->getOwner());
  return producer && producer->hasOneUse() &&
         producer.getNumReductionLoops() == 0 &&
         consumer.getNumReductionLoops() == 0 &&
         producer.getNumLoops() == consumer.getNumLoops();
}

struct FuseElementwise
    : public grow::impl::CPUFuseElementwisePassBase<FuseElementwise> {
  void runOnOperation() override {
    int64_t before = grow::countOps<linalg::LinalgOp>(getOperation());
    RewritePatternSet patterns(&getContext());
    linalg::populateElementwiseOpsFusionPatterns(patterns, savesWalk);
    // Reshapes between them, of batch x sequence to rows, move out of the way.
    linalg::populateFoldReshapeOpsByCollapsingPatterns(
        patterns, [](OpOperand *) { return true; });
    // Removes the operands that a fused op no longer needs. Not to be joined by
    // those of tensor.empty: where a dynamic size is a constant, the two undo
    // each other for ever.
    linalg::GenericOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    int64_t saved = before - grow::countOps<linalg::LinalgOp>(getOperation());
    grow::reportCount(getOperation(), getName(), saved, "walks",
                      "over memory saved");
  }
};

} // namespace
