//===- Comparison.h - How far two sets of logits are apart ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_COMPARISON_H
#define GROW_EXECUTION_COMPARISON_H

#include "grow/Execution/Tensors.h"
#include <optional>

namespace grow {

/// How far logits of a model are from those of another.
struct Comparison {
  /// Of the logits.
  mlir::Type type;
  /// Every entry has the same bytes.
  bool identical = false;
  /// Every entry of both is a finite number.
  bool finite = true;
  /// Largest difference of two entries, and that over the largest magnitude of
  /// an expected one.
  double maxAbs = 0;
  double maxRel = 0;
  /// Largest number of steps between two entries, from one number of their type
  /// to the next.
  uint64_t maxULP = 0;
  /// Kullback-Leibler divergence of the predicted distributions, in nats, by
  /// token.
  double meanKL = 0;
  double maxKL = 0;
  /// Part of the tokens for which both predict the same successor.
  double top1Agreement = 0;
  int64_t tokens = 0;
  /// How many logits of each token only the second model has: they are not
  /// compared.
  int64_t furtherLogits = 0;

  /// Whether the difference is what rounding in the logits' type explains:
  /// `maxRel` within getTolerance().
  bool equivalent = false;
};

/// The bound of `maxRel` for logits of this type: 1e-12 for f64, 1e-5 for f32.
/// None for narrower types, whose rounding hides differences that matter.
std::optional<double> getTolerance(mlir::Type elementType);

/// Compares logits, batch x sequence x vocabulary, of the same type. If the
/// second model knows more tokens, their logits must be finite, and nothing
/// else is asked of them. Fails if anything else in the types differs.
llvm::Expected<Comparison> compareLogits(const HostTensor &expected,
                                         const HostTensor &actual);

} // namespace grow

#endif // GROW_EXECUTION_COMPARISON_H
