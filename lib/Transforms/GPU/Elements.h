//===- Elements.h - Elements of structured ops ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_ELEMENTS_H
#define GROW_LIB_TRANSFORMS_GPU_ELEMENTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace grow {

/// Emits what a structured op on buffers, whose loops have these sizes, does to
/// one element of each result: the one at `coordinates` of the parallel loops,
/// in their order. Reductions go in ascending order.
void emitElement(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                 llvm::ArrayRef<mlir::Value> sizes,
                 llvm::ArrayRef<mlir::Value> coordinates);

/// How many neighbouring elements along the last parallel loop a thread should
/// compute: `most`, or 1 if the op reduces or there are fewer.
int64_t getElementsAtATime(mlir::linalg::GenericOp op, int64_t most);

/// The same for so many neighbouring elements, as far as there are, of which
/// `coordinates` are those of the first. All loads come before all stores.
void emitElements(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                  llvm::ArrayRef<mlir::Value> sizes,
                  llvm::ArrayRef<mlir::Value> coordinates, int64_t count);

/// Emits a part of the reduction of an op with one result and one reduction
/// loop, on top of `init`: `count` iterations from `first` on, as many from
/// `first` + `step` on, ... . Of so many, all loads come first.
mlir::Value emitPartOfElement(mlir::OpBuilder &builder,
                              mlir::linalg::GenericOp op,
                              llvm::ArrayRef<mlir::Value> sizes,
                              llvm::ArrayRef<mlir::Value> coordinates,
                              mlir::Value first, int64_t step, int64_t count,
                              mlir::Value init);

/// Where the element of the op's first result at `coordinates` lies.
llvm::SmallVector<mlir::Value>
emitPlaceOfElement(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                   llvm::ArrayRef<mlir::Value> coordinates);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_ELEMENTS_H
