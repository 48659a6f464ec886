//===- UniqueFunctions.h - Equal functions once -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_UNIQUEFUNCTIONS_H
#define GROW_LIB_TRANSFORMS_UNIQUEFUNCTIONS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {

/// The functions that a pass has added to a module, each body once.
class UniqueFunctions {
public:
  explicit UniqueFunctions(mlir::SymbolTable &symbols) : symbols(symbols) {}

  /// Adds `created`, which is in no module, under a name that is free. If a
  /// function with an equal body has been added before, that one is returned
  /// and `created` erased. Bodies must not change afterwards.
  mlir::func::FuncOp add(mlir::func::FuncOp created);

private:
  struct EqualBodies : public llvm::DenseMapInfo<mlir::Operation *> {
    static unsigned getHashValue(const mlir::Operation *op);
    static bool isEqual(const mlir::Operation *x, const mlir::Operation *y);
  };

  mlir::SymbolTable &symbols;
  llvm::DenseSet<mlir::Operation *, EqualBodies> added;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_UNIQUEFUNCTIONS_H
