//===- ParallelizeElementwise.cpp - Elementwise ops over threads ----------===//
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
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace grow {
#define GEN_PASS_DEF_CPUPARALLELIZEELEMENTWISEPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Tile sizes, inner loops first, until a tile has `grain` elements; 0 leaves a
/// loop whole. A dynamic size counts as large.
SmallVector<int64_t> getTileSizes(linalg::LinalgOp op, int64_t grain) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<int64_t> tiles(sizes.size(), 0);
  for (size_t loop = sizes.size(); loop-- > 0;) {
    if (ShapedType::isStatic(sizes[loop]) && sizes[loop] <= grain) {
      grain /= std::max<int64_t>(sizes[loop], 1);
      continue;
    }
    tiles[loop] = std::max<int64_t>(grain, 1);
    grain = 0;
  }
  return tiles;
}

bool isElementwiseOnBuffers(linalg::LinalgOp op) {
  return op.hasPureBufferSemantics() &&
         op.getNumParallelLoops() == op.getNumLoops();
}

struct ParallelizeElementwise
    : public grow::impl::CPUParallelizeElementwisePassBase<
          ParallelizeElementwise> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isElementwiseOnBuffers(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    int64_t parallel = 0;
    for (linalg::LinalgOp op : ops)
      parallel += split(rewriter, op);
    grow::reportCount(getOperation(), getName(), parallel, "ops",
                      "split over threads");
  }

  /// Whether it is large enough.
  bool split(RewriterBase &rewriter, linalg::LinalgOp op) {
    SmallVector<int64_t> tiles = getTileSizes(op, grain);
    if (llvm::all_of(tiles, [](int64_t tile) { return tile == 0; }))
      return false;
    rewriter.setInsertionPoint(op);
    auto options =
        linalg::LinalgTilingOptions().setTileSizes(tiles).setLoopType(
            linalg::LinalgTilingLoopType::ParallelLoops);
    if (failed(linalg::tileLinalgOp(rewriter, op, options)))
      return false;
    rewriter.eraseOp(op);
    return true;
  }
};

} // namespace
