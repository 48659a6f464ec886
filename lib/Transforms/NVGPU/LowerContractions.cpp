//===- LowerContractions.cpp - Contractions on tensor cores ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/NVGPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "TensorCores.h"
#include "WarpgroupProduct.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
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

/// What is left of `bytes` of workgroup memory beside what a launch declares,
/// each buffer with what may lie before it.
int64_t getBytesLeft(gpu::LaunchOp launch, int64_t bytes) {
  for (BlockArgument buffer : launch.getWorkgroupAttributions()) {
    std::optional<int64_t> taken =
        grow::getBytes(cast<MemRefType>(buffer.getType()));
    if (!taken || *taken > bytes)
      return 0;
    bytes -= llvm::alignTo(*taken, 1024);
  }
  return bytes;
}

/// A product in a launch, and how it is computed.
struct PlannedProduct {
  linalg::GenericOp op;
  MatrixProduct product;
  TensorCoreTile tile;
  std::optional<MappedProduct> mapped;
};

struct NVGPULowerContractions
    : public grow::impl::NVGPULowerContractionsPassBase<
          NVGPULowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    products = mappedProducts = 0;
    tile = {blockRows, blockColumns, blockDepth, stages, warpRows, warpColumns};
    std::string problem = tile.check();
    if (problem.empty() && warpgroups) {
      warpgroupTile = {tile.getThreads(), warpgroupColumns, warpgroupStages};
      problem = warpgroupTile.check();
    }
    if (!problem.empty()) {
      getOperation()->emitError("the tile of tensor cores does not do: ")
          << problem;
      return signalPassFailure();
    }
    WalkResult result = getOperation()->walk(
        [&](gpu::LaunchOp launch) { return WalkResult(lower(launch)); });
    if (result.wasInterrupted())
      return signalPassFailure();
    if (products > 0)
      reportPassed(getOperation(), getName())
          << remark::reason("{0} products on tensor cores, {1} by warpgroups",
                            products, mappedProducts)
          << remark::metric("products", products)
          << remark::metric("by-warpgroups", mappedProducts);
  }

private:
  LogicalResult lower(gpu::LaunchOp launch) {
    std::vector<PlannedProduct> plan;
    int64_t bytes = 0;
    launch.walk([&](linalg::GenericOp op) {
      std::optional<MatrixProduct> product = matchMatrixProduct(op, tf32);
      if (!product)
        return;
      plan.push_back({op, *product, fitTile(tile, *product), std::nullopt});
      bytes = std::max(bytes, getTensorCoreBytes(*product, plan.back().tile));
      if (!warpgroups || product->getElement().isF32())
        return;
      plan.back().mapped = map(*product, launch);
      if (plan.back().mapped)
        bytes = std::max(bytes, plan.back().mapped->getBytes());
    });
    if (plan.empty())
      return success();
    if (getThreads(launch) != tile.getThreads())
      return plan.front().op.emitOpError()
             << "is not computed by " << tile.getThreads()
             << " threads, as tiles of " << tile.rows << " x " << tile.columns
             << " by warps of " << tile.warpRows << " x " << tile.warpColumns
             << " need: choose other tiles, or launch so many threads";
    // Products take turns.
    Value memory = addMemory(launch, bytes);
    TensorMaps maps(launch);
    for (const PlannedProduct &product : plan) {
      lower(product, maps, memory);
      ++products;
      mappedProducts += product.mapped.has_value();
    }
    return success();
  }

  /// The product by warpgroups, with as many stages as there is memory for.
  std::optional<MappedProduct> map(const MatrixProduct &product,
                                   gpu::LaunchOp launch) {
    std::optional<MappedProduct> mapped =
        mapProduct(product, launch, warpgroupTile);
    if (!mapped)
      return std::nullopt;
    int64_t left = getBytesLeft(launch, workgroupBytes);
    while (mapped->getBytes() > left)
      if (--mapped->tile.stages < 2)
        return std::nullopt;
    return mapped;
  }

  Value addMemory(gpu::LaunchOp launch, int64_t bytes) {
    MLIRContext *context = &getContext();
    auto space =
        gpu::AddressSpaceAttr::get(context, gpu::AddressSpace::Workgroup);
    auto type = MemRefType::get({bytes}, IntegerType::get(context, 8),
                                MemRefLayoutAttrInterface(), space);
    return launch.addWorkgroupAttribution(type, launch.getLoc());
  }

  void lower(const PlannedProduct &planned, TensorMaps &maps, Value memory) {
    linalg::GenericOp op = planned.op;
    linalg::FillOp fill = getZeroFill(op);
    LoopBuilder b(op.getLoc(), op);
    emit(b, planned, maps, memory, /*accumulate=*/!fill);
    op.erase();
    if (fill)
      fill.erase();
  }

  void emit(LoopBuilder &b, const PlannedProduct &planned, TensorMaps &maps,
            Value memory, bool accumulate) {
    const MatrixProduct &product = planned.product;
    Value areMapped;
    if (planned.mapped)
      areMapped = emitAreMapped(b, *planned.mapped);
    if (!areMapped)
      return emitTensorCoreProduct(b, memory, product, accumulate,
                                   planned.tile);
    b.branch(
        areMapped,
        [&] {
          emitWarpgroupProduct(b, maps, memory, *planned.mapped, accumulate);
        },
        [&] {
          emitUnalignedTensorCoreProduct(b, memory, product, accumulate,
                                         planned.tile);
        });
  }

  TensorCoreTile tile;
  WarpgroupTile warpgroupTile;
  /// That were lowered, and those of them that warpgroups may compute.
  int64_t products = 0, mappedProducts = 0;
};

} // namespace
