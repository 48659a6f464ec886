//===- WarpgroupProduct.h - Products by warpgroups --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_WARPGROUPPRODUCT_H
#define GROW_LIB_TRANSFORMS_NVGPU_WARPGROUPPRODUCT_H

#include "../GPU/MatrixProduct.h"
#include "../Utils/LoopBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace grow {

/// How the warpgroups of a block compute a product of matrices: each has 64
/// rows.
struct WarpgroupTile {
  int64_t threads; // of the block
  int64_t columns; // of the result, at a time
  int64_t stages;  // of operands in workgroup memory

  int64_t getRows() const { return threads / 128 * 64; }

  /// What is wrong with the numbers; empty if nothing is.
  std::string check() const;
};

/// An operand as the device copies blocks of it: a part of a buffer that the
/// host knows.
struct MappedOperand {
  mlir::Value buffer;
  /// Where the operand begins along each axis of the buffer: the sums of these.
  llvm::SmallVector<llvm::SmallVector<mlir::OpFoldResult>> offsets;
  /// The axes of the buffer that the operand's rows and columns are.
  std::array<int64_t, 2> axes;
  /// Slices that may end within a block of the depth, which is this axis of
  /// what they are slices of.
  llvm::SmallVector<std::pair<mlir::memref::SubViewOp, int64_t>, 1> depths;
};

/// What the host tells a launch of buffers, for copies of blocks.
class TensorMaps {
public:
  explicit TensorMaps(mlir::gpu::LaunchOp launch) : launch(launch) {}

  /// The map of a buffer for copies of `block`.
  mlir::Value get(mlir::Value buffer, mlir::MemRefType block);

private:
  mlir::gpu::LaunchOp launch;
  llvm::DenseMap<std::pair<mlir::Value, mlir::Type>, mlir::Value> maps;
};

/// A product whose operands are such.
struct MappedProduct {
  MatrixProduct product;
  MappedOperand rows, columns;
  WarpgroupTile tile;

  /// The bytes of workgroup memory that it takes.
  int64_t getBytes() const;
};

/// The product as warpgroups compute it, if copies can bring its operands: if
/// these are slices of buffers from outside of `launch`, and types do not say
/// that something lies behind their depth that would be copied, too.
std::optional<MappedProduct> mapProduct(const MatrixProduct &product,
                                        mlir::gpu::LaunchOp launch,
                                        WarpgroupTile tile);

/// Whether the device can copy the operands: whether their buffers are aligned,
/// and slices end where blocks do or buffers. Null if types say that buffers
/// are not aligned.
mlir::Value emitAreMapped(LoopBuilder &b, const MappedProduct &product);

/// Emits code by which all threads of a block compute the product, as
/// emitTensorCoreProduct does. `memory` begins at a multiple of 1024 bytes.
void emitWarpgroupProduct(LoopBuilder &b, TensorMaps &maps, mlir::Value memory,
                          const MappedProduct &product, bool accumulate);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_WARPGROUPPRODUCT_H
