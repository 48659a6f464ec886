//===- Tables.h - Rows of the tables of a model -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tables, of tokens or of positions, are read anywhere in the function and
// perhaps in several places: a tied table is one parameter with two roles. They
// grow together, as the model has one vocabulary.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXPANSION_TABLES_H
#define GROW_LIB_EXPANSION_TABLES_H

#include "Blocks.h"

namespace grow::detail {

/// All parameters of a model that have a certain axis.
class TableExpansion {
public:
  /// `rows` is what the axis counts, such as "tokens".
  TableExpansion(mlir::Operation *op, Model &model, Axis axis,
                 llvm::StringRef rows, int64_t size, const BlockFills &fills);

  /// Checks that there are tables and that all can grow to `size` rows.
  llvm::LogicalResult check() const;
  /// Appends the rows and reports it on success under the given name.
  void apply(llvm::StringRef name) const;

  /// Every use, also of a parameter that is used twice.
  llvm::ArrayRef<NewBlock> getBlocks() const { return blocks; }
  /// The error that begins every refusal.
  mlir::InFlightDiagnostic refuse() const;

private:
  int64_t getRows(const NewBlock &block) const;
  llvm::LogicalResult checkSizes() const;
  llvm::LogicalResult checkUses(const NewBlock &block) const;

  mlir::Operation *op;
  Model &model;
  llvm::StringRef rows;
  int64_t size;
  llvm::SmallVector<NewBlock> blocks;
};

} // namespace grow::detail

#endif // GROW_LIB_EXPANSION_TABLES_H
