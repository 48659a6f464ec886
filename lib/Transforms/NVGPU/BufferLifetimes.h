//===- BufferLifetimes.h - When a kernel uses its buffers -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_BUFFERLIFETIMES_H
#define GROW_LIB_TRANSFORMS_NVGPU_BUFFERLIFETIMES_H

#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace grow {

/// When the threads of a block use the buffers that their kernel declares in
/// workgroup memory.
class BufferLifetimes {
public:
  explicit BufferLifetimes(mlir::gpu::GPUFuncOp kernel);

  /// Whether the two buffers can lie in the same place: all threads are done
  /// with one of them, and have met at a barrier, before any touches the other.
  /// What is used in a loop is used all the time that the loop runs.
  bool canShare(mlir::BlockArgument x, mlir::BlockArgument y) const;

private:
  struct Lifetime {
    /// Numbers of ops, in the order of the code.
    unsigned first = 0, last = 0;
    mlir::Operation *firstUse = nullptr, *lastUse = nullptr;
    /// Not all uses are known.
    bool isForever = false;
  };

  Lifetime measure(mlir::BlockArgument buffer) const;
  void extend(Lifetime &lifetime, mlir::Operation *use) const;
  static bool areAlternatives(const Lifetime &x, const Lifetime &y);
  bool endsBefore(const Lifetime &x, const Lifetime &y) const;

  /// Control flow is in structured ops alone.
  bool isStructured;
  llvm::DenseMap<mlir::Operation *, unsigned> numbers;
  llvm::DenseMap<mlir::BlockArgument, Lifetime> lifetimes;
  llvm::SmallVector<mlir::Operation *> barriers;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_BUFFERLIFETIMES_H
