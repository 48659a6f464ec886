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
// Those of f32, as TF32 by `mma.sync.m16n8k8`, take the same bytes: `ldmatrix`
// copies an entry as the two halves that it thinks of. It cannot transpose such
// pairs, so that the lane reads columns from depth x columns entry by entry:
// of step l mod 4 and of the one 4 later, column l / 4 and that 8 later.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_FRAGMENTS_H
#define GROW_LIB_TRANSFORMS_NVGPU_FRAGMENTS_H

#include "../Utils/LoopBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"

namespace grow {

constexpr int64_t kCopyBytes = 16; // of cp.async
constexpr int64_t kEntryBytes = 2; // of bf16 and f16
constexpr int64_t kChunk = kCopyBytes / kEntryBytes;
constexpr int64_t kMmaRows = 16, kMmaColumns = 8, kMmaDepth = 16;
constexpr int64_t kSums = 4; // of a product of 16 x 8, in a lane
constexpr int64_t kLanes = 32;

/// The same of entries of a type, of which f32 has twice the bytes.
int64_t getEntryBytes(mlir::Type element);
int64_t getChunk(mlir::Type element);
int64_t getMmaDepth(mlir::Type element);

/// A matrix of bf16, f16 or f32 in memory of the device.
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

/// What is copied of an operand at a time. In workgroup memory rows are a few
/// entries longer than needed, so that a warp finds what it reads at once in
/// different banks.
struct BlockShape {
  int64_t rows, columns, padding;

  /// Of rows or columns x depth, of which `ldmatrix` reads eight lines at once.
  static BlockShape getLines(int64_t lines, int64_t depth, mlir::Type element) {
    return {lines, depth, getChunk(element)};
  }
  /// Of depth x columns, of which `ldmatrix` reads the same, and lanes that
  /// read f32 four steps of eight columns.
  static BlockShape getDepths(int64_t depth, int64_t columns) {
    return {depth, columns, kMmaColumns};
  }

  /// The memory that it takes.
  int64_t getBytes(mlir::Type element) const {
    return rows * (columns + padding) * getEntryBytes(element);
  }
};

/// Blocks of an operand in workgroup memory, one for each stage.
class StagedOperand {
public:
  /// `matrix` is read in blocks which get workgroup memory of their own.
  StagedOperand(LoopBuilder &b, mlir::gpu::LaunchOp launch, SourceMatrix matrix,
                BlockShape block, int64_t stages, int64_t threads);
  /// The blocks lie in `memory`, bytes of the workgroup, from one on.
  StagedOperand(LoopBuilder &b, mlir::Value memory, int64_t firstByte,
                SourceMatrix matrix, BlockShape block, int64_t stages,
                int64_t threads);

  /// Has the threads copy the block that starts at `firstRow` and
  /// `firstColumn`, zeros where the matrix has ended. Adds the tokens of copies
  /// that go on meanwhile.
  void copy(mlir::Value thread, mlir::Value stage, mlir::Value firstRow,
            mlir::Value firstColumn, bool isAligned,
            llvm::SmallVectorImpl<mlir::Value> &tokens);

  /// The fragment of the 16 rows at `row` and the steps of the depth at
  /// `column`, as many as `mma.sync` multiplies.
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
  mlir::Value loadColumnEntries(mlir::Value lane, mlir::Value stage,
                                mlir::Value row, mlir::Value column);
  mlir::Value copyAsync(mlir::Value stage, mlir::Value row, mlir::Value column,
                        mlir::Value matrixRow, mlir::Value matrixColumn);
  void copyEntries(mlir::Value stage, mlir::Value row, mlir::Value column,
                   mlir::Value matrixRow, mlir::Value matrixColumn);

  LoopBuilder &b;
  SourceMatrix matrix;
  BlockShape block;
  mlir::Value buffer;
  int64_t threads, chunk;
};

/// The registers of a fragment as `mma.sync` takes them: f32 is rounded to
/// TF32, to the nearest and away from zero if two are as near.
llvm::SmallVector<mlir::Value> getRegisters(LoopBuilder &b,
                                            mlir::Value fragment);

/// `sums` plus the product of 16 rows, four registers, and 8 columns, two
/// registers, of bf16, f16 or f32, rounded to TF32, as `element` says.
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
