//===- TensorCores.h - Products on tensor cores -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H
#define GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H

#include "../GPU/MatrixProduct.h"
#include "../Utils/LoopBuilder.h"

namespace grow {

/// Code is written out for each part of a block, and for each stage.
constexpr int64_t kLargestBlock = 512;
constexpr int64_t kMostStages = 64;

/// How a block of threads computes a product of matrices.
struct TensorCoreTile {
  int64_t rows, columns;         // of the result, at a time
  int64_t depth;                 // of the operands in a stage, see fitTile
  int64_t stages;                // of operands in workgroup memory
  int64_t warpRows, warpColumns; // of the result, that a warp holds

  int64_t getWarps() const { return rows / warpRows * (columns / warpColumns); }
  int64_t getThreads() const { return 32 * getWarps(); }

  /// What is wrong with the numbers; empty if nothing is.
  std::string check() const;
};

/// The most rows or columns that a matrix can have; none if that is not known.
std::optional<int64_t> getUpperBound(mlir::Value matrix, int64_t axis);

/// `tile`, which is one for bf16 and f16, for a product: of f32 with half the
/// depth, which takes the same memory and as many instructions. It is halved,
/// with as many warps, as often as the result fits in it, as far as its rows
/// and columns are known.
TensorCoreTile fitTile(TensorCoreTile tile, const MatrixProduct &product);

/// The bytes of workgroup memory that a product takes.
int64_t getTensorCoreBytes(const MatrixProduct &product,
                           const TensorCoreTile &tile);

/// Emits code by which all threads of a block compute a product, and add it to
/// the result if `accumulate`, else overwrite that. The threads must come there
/// together; afterwards all see the result. `memory` are bytes of the
/// workgroup, of which nothing is needed before or afterwards.
void emitTensorCoreProduct(LoopBuilder &b, mlir::Value memory,
                           const MatrixProduct &product, bool accumulate,
                           const TensorCoreTile &tile);

/// Emits the same for operands that are hardly ever aligned.
void emitUnalignedTensorCoreProduct(LoopBuilder &b, mlir::Value memory,
                                    const MatrixProduct &product,
                                    bool accumulate,
                                    const TensorCoreTile &tile);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_TENSORCORES_H
