//===- Transpose.h - Transposition in registers -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_TRANSPOSE_H
#define GROW_LIB_TRANSFORMS_CPU_TRANSPOSE_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace grow {

/// Transposes a square: as many vectors as each has elements, a power of two.
/// Every step is a `vector.shuffle` that is one instruction where registers
/// have 128 or 256 bits.
llvm::SmallVector<mlir::Value> transpose(mlir::ImplicitLocOpBuilder &b,
                                         llvm::ArrayRef<mlir::Value> rows);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_TRANSPOSE_H
