//===- CollapseLoops.cpp - Collapse contiguous loops ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_CPUCOLLAPSELOOPSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

bool canCollapse(linalg::LinalgOp op) {
  // A block in a loop is a part of something, with gaps between its rows.
  if (op.hasIndexSemantics() || op->getParentOfType<LoopLikeOpInterface>())
    return false;
  // Upstream takes every index for a loop; those of panels are not.
  if (!llvm::all_of(op.getIndexingMapsArray(),
                    [](AffineMap map) { return map.isProjectedPermutation(); }))
    return false;
  return llvm::none_of(op->getOperands(), [](Value operand) {
    return operand.getDefiningOp<tensor::ExtractSliceOp>() != nullptr;
  });
}

/// Returns the longest runs of loops of one kind that are contiguous in every
/// operand.
SmallVector<ReassociationIndices> getContiguousLoops(linalg::LinalgOp op) {
  SmallVector<ReassociationIndices> runs;
  if (!canCollapse(op))
    return runs;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  SmallVector<utils::IteratorType> kinds = op.getIteratorTypesArray();
  ReassociationIndices run;
  auto finishRun = [&] {
    if (run.size() > 1)
      runs.push_back(run);
    run.clear();
  };
  for (int64_t loop = 0, end = op.getNumLoops(); loop < end; ++loop) {
    ReassociationIndices longer = run;
    longer.push_back(loop);
    if (!run.empty() && (kinds[run.back()] != kinds[loop] ||
                         !linalg::areDimSequencesPreserved(maps, {longer})))
      finishRun();
    run.push_back(loop);
  }
  finishRun();
  return runs;
}

struct CollapseLoops
    : public grow::impl::CPUCollapseLoopsPassBase<CollapseLoops> {
  void runOnOperation() override {
    int64_t loops = countLoops();
    RewritePatternSet patterns(&getContext());
    linalg::populateCollapseDimensions(patterns, getContiguousLoops);
    // A chain of collapsed ops leaves pairs of reshapes that cancel.
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns,
                                                         &getContext());
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, &getContext());
    tensor::populateFoldTensorEmptyPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    grow::reportCount(getOperation(), getName(), loops - countLoops(), "loops",
                      "collapsed into others");
  }

  int64_t countLoops() {
    int64_t loops = 0;
    getOperation()->walk(
        [&](linalg::LinalgOp op) { loops += op.getNumLoops(); });
    return loops;
  }
};

} // namespace
