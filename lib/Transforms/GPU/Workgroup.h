//===- Workgroup.h - The threads that share work ----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_WORKGROUP_H
#define GROW_LIB_TRANSFORMS_GPU_WORKGROUP_H

#include "mlir/IR/Value.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace grow {

/// What the code of a kernel that its threads share knows of them.
struct Workgroup {
  /// The number of the thread, and how many there are.
  mlir::Value thread;
  int64_t threads;
  /// Memory for so many numbers of a type that the threads share; null if there
  /// is not enough left.
  llvm::function_ref<mlir::Value(mlir::Type, int64_t)> share;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_WORKGROUP_H
