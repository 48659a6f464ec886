//===- ContractionKernel.h - What its code depends on -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_CONTRACTIONKERNEL_H
#define GROW_LIB_TRANSFORMS_CPU_CONTRACTIONKERNEL_H

#include "RegisterTile.h"
#include "mlir/IR/BuiltinTypes.h"

namespace grow {

/// Where columns come from.
enum class ColumnSource {
  Panels, // panel x depth x lane
  Rows,   // depth x column, neighbouring columns next to each other
  Matrix  // depth x column, anyhow
};

/// All that the code of a contraction depends on, besides its arguments.
///
/// A step of the innermost loop is one number of the depth or, with
/// AVX512-BF16, a pair of them. Pairs of bf16 are kept in an i32, the earlier
/// one in its high half, since `x86vector.avx512.dot` adds the product of high
/// halves first.
struct ContractionKernel {
  RegisterTile tile;
  mlir::Type element;    // of accumulators
  mlir::Type rowElement; // of the row operand
  bool rowsContiguous;   // along the depth
  ColumnSource source;
  mlir::Type columnElement;
  bool usesPairs; // rows and columns in bf16, sums in f32
  /// Most rows and steps of the depth of a block that is copied.
  int64_t blockRows, blockDepth;

  int64_t getWidth() const { return tile.getColumns(); }
  mlir::VectorType getVector() const;
  /// Numbers of the depth in a step, and steps in `blockDepth`.
  int64_t getStepDepth() const { return usesPairs ? 2 : 1; }
  int64_t getBlockSteps() const;
  /// What the innermost loops read for a step.
  mlir::Type getEntry() const;

  /// Operands and result as matrices that start anywhere.
  mlir::MemRefType getRowsType() const;
  mlir::MemRefType getColumnsType() const;
  mlir::MemRefType getResultType() const;
  /// Rows, and a block of a panel, as the innermost loops read them.
  mlir::MemRefType getTileRowsType() const;
  mlir::MemRefType getPanelType() const;
  /// A block of a panel as it lies in a packed operand.
  mlir::MemRefType getStoredPanelType() const;
  /// The buffers that blocks of rows and of a panel are copied to.
  mlir::MemRefType getRowScratchType() const;
  mlir::MemRefType getPanelScratchType() const;

  /// Whether a panel can be read where it lies.
  bool readsPanelsInPlace() const;
  /// Whether rows can be read where they lie.
  bool readsRowsInPlace() const;

  /// The part of a routine's name that tells the register tile, by default with
  /// all of its rows.
  std::string getTileName(std::optional<int64_t> rows = std::nullopt) const;
  /// A name that no other kernel of the same blocks has.
  std::string getName() const;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_CONTRACTIONKERNEL_H
