//===- TensorCores.h - Products on tensor cores -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H
#define GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H

#include "../CPU/LoopBuilder.h"
#include "../GPU/MatrixProduct.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace grow {

/// How a block of threads computes a product of matrices.
struct TensorCoreTile {
  int64_t rows, columns;         // of the result, at a time
  int64_t depth;                 // of the operands in a stage
  int64_t stages;                // of operands in workgroup memory
  int64_t warpRows, warpColumns; // of the result, that a warp holds

  int64_t getWarps() const { return rows / warpRows * (columns / warpColumns); }
  int64_t getThreads() const { return 32 * getWarps(); }

  /// What is wrong with the numbers; empty if nothing is.
  std::string check() const;
};

/// Emits code by which all threads of `launch` compute a product, and add it to
/// the result if `accumulate`, else overwrite that. The threads must come there
/// together; afterwards all see the result.
void emitTensorCoreProduct(LoopBuilder &b, mlir::gpu::LaunchOp launch,
                           const MatrixProduct &product, bool accumulate,
                           const TensorCoreTile &tile);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H
