//===- Fragments.h - Operands of tensor cores -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a lane holds and addresses follows from the fragments of `ldmatrix` and
// `mma.sync.m16n8k16` (PTX ISA, "Warp Level Matrix Instructions"):
//
//   rows:    four 8 x 8 matrices, of which lane l addresses row l mod 16 and
//            depth 8 * (l / 16);
//   columns: four more, for 16 columns; from depth x columns transposed on the
//            way;
//   sums:    of 16 x 8, the lane has columns 2 * (l mod 4) and the next one, of
//            rows l / 4 and l / 4 + 8.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_FRAGMENTS_H
#define GROW_LIB_TRANSFORMS_NVGPU_FRAGMENTS_H

#include "../LoopBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace grow {

constexpr int64_t kCopyBytes = 16; // of cp.async
constexpr int64_t kEntryBytes = 2; // of bf16 and f16
constexpr int64_t kChunk = kCopyBytes / kEntryBytes;
constexpr int64_t kMmaRows = 16, kMmaColumns = 8, kMmaDepth = 16;
constexpr int64_t kSums = 4; // of a product of 16 x 8, in a lane
constexpr int64_t kLanes = 32;

/// A matrix of bf16 or f16 in memory of the device.
struct SourceMatrix {
  /// The whole of a buffer of two dimensions.
  SourceMatrix(LoopBuilder &b, mlir::Value matrix);
  /// Rows of a buffer: `getIndices` tells the coordinates of one, all but the
  /// last.
  SourceMatrix(
      mlir::Value buffer, mlir::Value rows, mlir::Value columns,
      std::function<llvm::SmallVector<mlir::Value>(mlir::Value)> getIndices)
      : buffer(buffer), rows(rows), columns(columns),
        getIndices(std::move(getIndices)) {}

  mlir::Value buffer;
  /// How many there are.
  mlir::Value rows, columns;
  std::function<llvm::SmallVector<mlir::Value>(mlir::Value)> getIndices;

  mlir::Type getElement() const {
    return llvm::cast<mlir::MemRefType>(buffer.getType()).getElementType();
  }
};

/// Blocks of an operand in workgroup memory, one for each stage. Rows are a few
/// entries longer there than needed, so that `ldmatrix` finds the eight rows
/// that it reads in different banks.
class StagedOperand {
public:
  /// `matrix` is read in blocks of `rows` x `columns`, which get workgroup
  /// memory of their own.
  StagedOperand(LoopBuilder &b, mlir::gpu::LaunchOp launch, SourceMatrix matrix,
                int64_t rows, int64_t columns, int64_t stages, int64_t threads);
  /// The blocks lie in `memory`, bytes of the workgroup, from one on.
  StagedOperand(LoopBuilder &b, mlir::Value memory, int64_t firstByte,
                SourceMatrix matrix, int64_t rows, int64_t columns,
                int64_t stages, int64_t threads);

  /// The memory that they take.
  static int64_t getBytes(int64_t rows, int64_t columns, int64_t stages) {
    return stages * rows * (columns + kChunk) * kEntryBytes;
  }

  /// Has the threads copy the block that starts at `firstRow` and
  /// `firstColumn`, zeros where the matrix has ended. Adds the tokens of copies
  /// that go on meanwhile.
  void copy(mlir::Value thread, mlir::Value stage, mlir::Value firstRow,
            mlir::Value firstColumn, bool isAligned,
            llvm::SmallVectorImpl<mlir::Value> &tokens);

  /// The fragment of the 16 rows at `row` and the 16 steps of the depth at
  /// `column`.
  mlir::Value loadRows(mlir::Value lane, mlir::Value stage, mlir::Value row,
                       mlir::Value column);
  /// The fragment of 16 columns, of a block of depth x columns: steps at `row`.
  mlir::Value loadColumns(mlir::Value lane, mlir::Value stage, mlir::Value row,
                          mlir::Value column);
  /// The same of a block of columns x depth: columns at `row`.
  mlir::Value loadTransposedColumns(mlir::Value lane, mlir::Value stage,
                                    mlir::Value row, mlir::Value column);

private:
  mlir::Value load(mlir::Value stage, mlir::Value row, mlir::Value column,
                   bool transpose);
  mlir::Value copyAsync(mlir::Value stage, mlir::Value row, mlir::Value column,
                        mlir::Value matrixRow, mlir::Value matrixColumn);
  void copyEntries(mlir::Value stage, mlir::Value row, mlir::Value column,
                   mlir::Value matrixRow, mlir::Value matrixColumn);

  LoopBuilder &b;
  SourceMatrix matrix;
  mlir::Value buffer;
  int64_t rows, columns, threads;
};

/// The registers of a fragment as `mma.sync` takes them.
llvm::SmallVector<mlir::Value> getRegisters(LoopBuilder &b,
                                            mlir::Value fragment);

/// `sums` plus the product of 16 rows, four registers, and 8 columns, two
/// registers, of bf16 or f16 as `element` says.
mlir::Value multiplyFragments(LoopBuilder &b, mlir::Type element,
                              mlir::ValueRange row, mlir::ValueRange column,
                              mlir::Value sums);

/// Makes a group of copies.
void commitCopies(LoopBuilder &b, llvm::ArrayRef<mlir::Value> tokens);

/// Waits until all but the last `pending` groups of copies have come, for all
/// threads.
void waitForCopies(LoopBuilder &b, int64_t pending);

/// Whether `cp.async` can read all rows of a matrix: those along the last axis
/// but one. Null if no alignment of its first entry would do.
mlir::Value emitIsAligned(LoopBuilder &b, mlir::Value matrix);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_FRAGMENTS_H
