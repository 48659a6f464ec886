//===- MatrixProduct.h - Contractions for tensor cores ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_MATRIXPRODUCT_H
#define GROW_LIB_TRANSFORMS_GPU_MATRIXPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace grow {

/// A product of matrices: rows (m x k) times columns (k x n, or n x k if they
/// are transposed) in bf16, f16 or f32, with sums (m x n) in f32.
struct MatrixProduct {
  mlir::Value rows, columns, result;
  bool columnsTransposed;

  mlir::Type getElement() const {
    return mlir::getElementTypeOrSelf(rows.getType());
  }
};

/// The product that a contraction in a block of threads is, if it is of the
/// kind that tensor cores compute and its operands lie in memory of the device,
/// not of the block. Only with `tf32` this may be one of f32.
std::optional<MatrixProduct> matchMatrixProduct(mlir::linalg::GenericOp op,
                                                bool tf32);

/// The op right before `op` that fills its result with zeros.
mlir::linalg::FillOp getZeroFill(mlir::linalg::GenericOp op);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_MATRIXPRODUCT_H
