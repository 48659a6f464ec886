//===- MatrixProduct.cpp - Contractions for tensor cores ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MatrixProduct.h"

#include "../Utils/Contraction.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace grow;

/// A matrix whose rows have no gaps between their entries.
static bool isMatrix(Value value) {
  auto type = dyn_cast<MemRefType>(value.getType());
  return type && type.getRank() == 2 && type.isLastDimUnitStride();
}

/// The buffer that a view is a part of.
static Value getRoot(Value buffer) {
  while (Operation *op = buffer.getDefiningOp()) {
    if (!isa<ViewLikeOpInterface, UnrealizedConversionCastOp>(op))
      break;
    buffer = op->getOperand(0);
  }
  return buffer;
}

/// Whether an operand lies where all blocks can read it.
static bool isDeviceMemory(Value buffer, Operation *op) {
  auto launch = op->getParentOfType<gpu::LaunchOp>();
  return launch &&
         !launch.getBody().isAncestor(getRoot(buffer).getParentRegion());
}

/// Whether tensor cores multiply entries of this type.
static bool isMultiplied(Type type, bool tf32) {
  return type.isBF16() || type.isF16() || (tf32 && type.isF32());
}

std::optional<MatrixProduct> grow::matchMatrixProduct(linalg::GenericOp op,
                                                      bool tf32) {
  std::optional<ContractionLoops> loops = matchContractionLoops(op);
  if (!loops || !loops->row || !loops->outer.empty() ||
      loops->depth.size() != 1 || loops->panelWidth)
    return std::nullopt;
  Value rows = op->getOperand(loops->rowOperand);
  Value columns = op->getOperand(loops->columnOperand);
  Value result = op->getOperand(2);
  Type element = getElementTypeOrSelf(rows);
  if (!isMatrix(rows) || !isMatrix(columns) || !isMatrix(result) ||
      !isMultiplied(element, tf32) ||
      element != getElementTypeOrSelf(columns) ||
      !getElementTypeOrSelf(result).isF32() || !isDeviceMemory(rows, op) ||
      !isDeviceMemory(columns, op))
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (maps[loops->rowOperand].getDimPosition(0) != *loops->row ||
      maps[2].getDimPosition(0) != *loops->row)
    return std::nullopt;
  bool transposed =
      maps[loops->columnOperand].getDimPosition(0) == loops->column;
  return MatrixProduct{rows, columns, result, transposed};
}

linalg::FillOp grow::getZeroFill(linalg::GenericOp op) {
  auto fill = dyn_cast_or_null<linalg::FillOp>(op->getPrevNode());
  if (!fill || fill.getOutputs().front() != op.getOutputs().front() ||
      !matchPattern(fill.getInputs().front(), m_PosZeroFloat()))
    return nullptr;
  return fill;
}
