//===- BufferSizes.h - How many bytes buffers have --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_UTILS_BUFFERSIZES_H
#define GROW_LIB_TRANSFORMS_UTILS_BUFFERSIZES_H

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

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_UTILS_BUFFERSIZES_H
