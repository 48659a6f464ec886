//===- Buffers.h - Which buffers can be parts of others ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_BUFFERS_H
#define GROW_LIB_TRANSFORMS_CPU_BUFFERS_H

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace grow {

/// Bytes from an element to the next of a contiguous buffer; none for types
/// whose size in memory is LLVM's business (i24, f80, memrefs).
std::optional<int64_t> getElementBytes(mlir::MemRefType type);

/// Bytes of a contiguous buffer; none if types do not tell, or if 64 bits do
/// not count them.
std::optional<int64_t> getBytes(mlir::MemRefType type);

/// The most bytes that a buffer can have; none if they are not known.
std::optional<int64_t> getMostBytes(mlir::memref::AllocOp alloc);

/// Whether what `alloc` allocates can become a part of a larger buffer that
/// begins at a multiple of `alignment` bytes: it asks for no more than that, is
/// contiguous, in the default memory space, and nobody frees it or takes its
/// address.
bool canBecomeView(mlir::memref::AllocOp alloc,
                   const mlir::BufferViewFlowAnalysis &views,
                   int64_t alignment);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_BUFFERS_H
