//===- Contraction.h - What the passes call a contraction -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A contraction is a linalg.generic whose body is one step `fma(extf? x, extf?
// y, accumulator)` (see grow-cpu-pin-arithmetic). Its loops: `row` is one that
// only one operand and the result have, `column` the result's last, which the
// other operand has, `depth` those that are summed over, all others are
// `outer`.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_UTILS_CONTRACTION_H
#define GROW_LIB_TRANSFORMS_UTILS_CONTRACTION_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace grow {

struct ContractionLoops {
  /// The operand that is indexed by `column`, 0 or 1, and the other one.
  unsigned columnOperand, rowOperand;
  unsigned column;
  std::optional<unsigned> row; // none: a vector times a matrix
  llvm::SmallVector<unsigned> depth, outer;
  /// If the column operand is packed, the columns of a panel: its map is (...,
  /// column floordiv width, ..., column mod width).
  std::optional<int64_t> panelWidth;
};

/// The loops of a contraction; none if `op` is something else, on tensors and
/// buffers alike.
std::optional<ContractionLoops>
matchContractionLoops(mlir::linalg::LinalgOp op);

bool isContraction(mlir::linalg::LinalgOp op);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_UTILS_CONTRACTION_H
