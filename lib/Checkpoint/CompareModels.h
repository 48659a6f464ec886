//===- CompareModels.h - Whether two modules are one model ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_COMPAREMODELS_H
#define GROW_LIB_CHECKPOINT_COMPAREMODELS_H

#include "mlir/IR/BuiltinOps.h"

namespace grow {

/// Whether `grown` computes what `described` says, op for op, from parameters
/// of the same types and places. Names of parameters and layers, locations and
/// derivations do not matter. Emits an error at the first difference.
mlir::LogicalResult compareModels(mlir::ModuleOp grown,
                                  mlir::ModuleOp described);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_COMPAREMODELS_H
