//===- Reductions.h - Rows reduced by several threads -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_REDUCTIONS_H
#define GROW_LIB_TRANSFORMS_GPU_REDUCTIONS_H

#include "Workgroup.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace grow {

/// Emits a reduction of rows, a structured op on buffers whose loops have these
/// sizes, by 32 threads for each row, and a barrier. Thread t combines
/// entries 4t to 4t + 3, then the four that are 128 later, ..., in ascending
/// order, and then halves of the threads combine what they have: t with t + 16,
/// t + 8, ... . The result depends neither on
/// how many rows or threads there are nor, for sums, on zeros at the end of a
/// row.
///
/// False, and nothing is emitted, if `op` is something else, or if the
/// workgroup lacks threads or memory.
bool emitRowReductions(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                       llvm::ArrayRef<mlir::Value> sizes,
                       const Workgroup &workgroup);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_REDUCTIONS_H
