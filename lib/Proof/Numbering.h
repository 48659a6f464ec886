//===- Numbering.h - Equal terms, equal numbers -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_NUMBERING_H
#define GROW_LIB_PROOF_NUMBERING_H

#include "mlir/Interfaces/FunctionInterfaces.h"
#include <map>

namespace grow::proof {

/// Numbers terms of several functions such that two terms have the same number
/// exactly if they are built alike: the same ops with the same attributes on
/// the same arguments. A layer is transparent: its result is what it yields.
class Numbering {
public:
  /// Numbers all terms of a function, in program order. Fails at an op with
  /// side effects, a symbol, or regions that is no layer.
  llvm::LogicalResult number(mlir::FunctionOpInterface function);

  int64_t get(mlir::Value term) const { return numbers.lookup(term); }

private:
  llvm::LogicalResult number(mlir::Block &block);
  void number(mlir::Operation &op);
  int64_t getNumber(const std::vector<const void *> &key);

  std::map<std::vector<const void *>, int64_t> known;
  llvm::DenseMap<mlir::Value, int64_t> numbers;
};

} // namespace grow::proof

#endif // GROW_LIB_PROOF_NUMBERING_H
