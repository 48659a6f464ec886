//===- Conform.h - A grown model as its configuration says it ---*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Growth leaves scales, divisors and epsilons as they were. A framework derives
// them from sizes, or reads one number for several ops. Where that gives
// another value, the difference moves into the weights, once, from the value of
// the source.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_CONFORM_H
#define GROW_LIB_CHECKPOINT_CONFORM_H

#include "grow/IR/Exact.h"
#include "mlir/IR/BuiltinOps.h"

namespace grow {

/// Gives the ops of `grown` the attributes that their counterparts in
/// `described` have, and multiplies weights so that the model computes what it
/// did. Emits an error, which names op and attribute, if that needs a weight
/// that other ops use, too.
///
/// What cannot be moved into weights stays: compareModels() finds it.
///
/// `exactNumbers` are numbers that the configuration holds rounded to a double.
/// Factors are computed from these, not from what the file says.
mlir::LogicalResult conformModel(mlir::ModuleOp grown, mlir::ModuleOp described,
                                 llvm::ArrayRef<Exact> exactNumbers = {});

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_CONFORM_H
