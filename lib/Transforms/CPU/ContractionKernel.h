//===- ContractionKernel.h - What a contraction's code depends on -*- C++
//-*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_CONTRACTIONKERNEL_H
#define GROW_LIB_TRANSFORMS_CPU_CONTRACTIONKERNEL_H

#include "Contraction.h"

namespace grow {

/// Where columns come from.
enum class ColumnSource {
  Panels, // panel x depth x lane
  Rows,   // depth x column, neighbouring columns next to each other
  Matrix  // depth x column, anyhow
};

/// All that the code of a contraction depends on, besides its arguments.
struct ContractionKernel {
  RegisterTile tile;
  mlir::Type element;    // of accumulators
  mlir::Type rowElement; // of the row operand
  bool rowsContiguous;   // along the depth
  ColumnSource source;
  mlir::Type columnElement;
  /// Most rows and steps of the depth of a block that is copied.
  int64_t blockRows, blockDepth;

  int64_t getWidth() const { return tile.getColumns(); }
  mlir::VectorType getVector() const;

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
