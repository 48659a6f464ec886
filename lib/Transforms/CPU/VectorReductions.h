//===- VectorReductions.h - Reductions of rows by vectors -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_VECTORREDUCTIONS_H
#define GROW_LIB_TRANSFORMS_CPU_VECTORREDUCTIONS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace grow {

/// Whether `op` reduces rows of f32 whose entries are contiguous, by a body
/// that vectors can run.
bool isRowReduction(mlir::linalg::LinalgOp op);

/// Emits vector code for such a reduction before it. A sum runs over each row
/// in ascending order, in a lane of its own; a maximum, which is the same in
/// any order, over all lanes.
void emitRowReduction(mlir::ImplicitLocOpBuilder &b, mlir::linalg::LinalgOp op);

/// Emits a loop nest from zero: parallel, unless it is in a parallel loop
/// already. Calls `body` inside with the induction variables.
void emitParallelLoops(mlir::ImplicitLocOpBuilder &b, mlir::Operation *op,
                       mlir::ValueRange sizes, llvm::ArrayRef<int64_t> steps,
                       llvm::function_ref<void(mlir::ValueRange)> body);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_VECTORREDUCTIONS_H
