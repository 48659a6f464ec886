//===- CompareModels.h - Whether two modules are one model ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_COMPAREMODELS_H
#define GROW_CHECKPOINT_COMPAREMODELS_H

#include "mlir/IR/BuiltinOps.h"

namespace grow {

/// The ops of a block without those that get parameters: a pass may have moved
/// them, and they are compared where they are used.
llvm::SmallVector<mlir::Operation *> getComputation(mlir::Block &block);

/// Begins an error about an op of a grown model: its name and where it stands.
mlir::InFlightDiagnostic emitDifference(mlir::Operation *grown);

/// Whether `grown` computes what `described` says, op for op, from parameters
/// of the same types and places. Names of parameters and layers, locations and
/// derivations do not matter. Emits an error at the first difference.
mlir::LogicalResult compareModels(mlir::ModuleOp grown,
                                  mlir::ModuleOp described);

} // namespace grow

#endif // GROW_CHECKPOINT_COMPAREMODELS_H
