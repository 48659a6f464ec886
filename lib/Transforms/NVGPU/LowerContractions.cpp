//===- LowerContractions.cpp - Contractions on tensor cores ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/NVGPU/Passes.h"

#include "../CPU/Contraction.h"
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

/// A matrix whose rows have no gaps between their entries.
bool isMatrix(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.getRank() == 2 && type.isLastDimUnitStride();
}

bool isInAddressSpace(Value value, gpu::AddressSpace space) {
  auto attr = dyn_cast_or_null<gpu::AddressSpaceAttr>(
      cast<MemRefType>(value.getType()).getMemorySpace());
  return attr && attr.getValue() == space;
}

bool isNarrowFloatMatrix(Value value) {
  Type element = getElementTypeOrSelf(value);
  return isMatrix(value) && (element.isBF16() || element.isF16()) &&
         !isInAddressSpace(value, gpu::AddressSpace::Workgroup);
}

/// The matrices of a contraction that tensor cores can compute.
std::optional<MatrixProduct> matchProduct(linalg::GenericOp op) {
  std::optional<ContractionLoops> loops = matchContractionLoops(op);
  if (!loops || !loops->row || !loops->outer.empty() ||
      loops->depth.size() != 1 || loops->panelWidth)
    return std::nullopt;
  Value rows = op->getOperand(loops->rowOperand);
  Value columns = op->getOperand(loops->columnOperand),
        result = op->getOperand(2);
  if (!isNarrowFloatMatrix(rows) || !isNarrowFloatMatrix(columns) ||
      getElementTypeOrSelf(rows) != getElementTypeOrSelf(columns) ||
      !isMatrix(result) || !getElementTypeOrSelf(result).isF32())
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap rowMap = maps[loops->rowOperand];
  if (rowMap.getDimPosition(0) != *loops->row ||
      maps[2].getDimPosition(0) != *loops->row)
    return std::nullopt;
  bool transposed =
      maps[loops->columnOperand].getDimPosition(0) == loops->column;
  return MatrixProduct{rows, columns, result, transposed, /*accumulate=*/true};
}

/// The op right before `op` that fills its result with zeros.
linalg::FillOp getZeroFill(linalg::GenericOp op) {
  auto fill = dyn_cast_or_null<linalg::FillOp>(op->getPrevNode());
  if (!fill || fill.getOutputs().front() != op.getOutputs().front())
    return nullptr;
  return matchPattern(fill.getInputs().front(), m_PosZeroFloat()) ? fill
                                                                  : nullptr;
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
      std::optional<MatrixProduct> product = matchProduct(op);
      if (!product)
        continue;
      linalg::FillOp fill = getZeroFill(op);
      product->accumulate = !fill;
      LoopBuilder b(op.getLoc(), op);
      emitTensorCoreProduct(b, launch, *product, tile);
      op.erase();
      if (fill)
        fill.erase();
    }
  }
};

} // namespace
