//===- LowerContractions.cpp - Contractions on tensor cores ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/NVGPU/Passes.h"

#include "TensorCores.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/IR/Matchers.h"

namespace grow {
#define GEN_PASS_DEF_NVGPULOWERCONTRACTIONSPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

/// The number of threads of a block, if it is known and all are in a row.
std::optional<int64_t> getThreads(gpu::LaunchOp launch) {
  if (!matchPattern(launch.getBlockSizeY(), m_One()) ||
      !matchPattern(launch.getBlockSizeZ(), m_One()))
    return std::nullopt;
  return getConstantIntValue(launch.getBlockSizeX());
}

struct NVGPULowerContractions
    : public grow::impl::NVGPULowerContractionsPassBase<
          NVGPULowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    TensorCoreTile tile{blockRows, blockColumns, blockDepth,
                        stages,    warpRows,     warpColumns};
    if (std::string problem = tile.check(); !problem.empty()) {
      getOperation()->emitError("the tile of tensor cores does not do: ")
          << problem;
      return signalPassFailure();
    }
    getOperation()->walk([&](gpu::LaunchOp launch) {
      if (getThreads(launch) == tile.getThreads())
        lower(launch, tile);
    });
  }

  void lower(gpu::LaunchOp launch, const TensorCoreTile &tile) {
    SmallVector<linalg::GenericOp> ops;
    launch.walk([&](linalg::GenericOp op) { ops.push_back(op); });
    for (linalg::GenericOp op : ops) {
      std::optional<MatrixProduct> product = matchMatrixProduct(op);
      if (!product)
        continue;
      linalg::FillOp fill = getZeroFill(op);
      LoopBuilder b(op.getLoc(), op);
      emitTensorCoreProduct(b, launch, *product, /*accumulate=*/!fill, tile);
      op.erase();
      if (fill)
        fill.erase();
    }
  }
};

} // namespace
