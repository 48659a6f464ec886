//===- RegisterTile.h - Tiles of accumulators in registers ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_REGISTERTILE_H
#define GROW_LIB_TRANSFORMS_CPU_REGISTERTILE_H

#include "mlir/IR/Types.h"

namespace grow {

/// The register tile of the kernel.
struct RegisterTile {
  int64_t rows;
  int64_t vectors; // in a row
  int64_t vectorLength;

  int64_t getColumns() const { return vectors * vectorLength; }
};

/// The register tile for accumulators of type `element`, f32 or f64, with
/// vectors of `vectorBits`, those of the host if zero.
RegisterTile getRegisterTile(mlir::Type element, unsigned vectorBits);

/// The register tile where bf16 is multiplied by bf16 in pairs (AVX512-BF16):
/// for panels of the same width as that of f32.
RegisterTile getDotTile(unsigned vectorBits);

/// Emits an error unless `vectorBits` is zero or the width of some machine's
/// vectors: a power of two, and at least 128.
llvm::LogicalResult checkVectorBits(mlir::Operation *op, unsigned vectorBits);

/// Emits an error unless all of these options, by name, are positive.
llvm::LogicalResult
checkPositive(mlir::Operation *op,
              llvm::ArrayRef<std::pair<llvm::StringRef, int64_t>> options);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_REGISTERTILE_H
