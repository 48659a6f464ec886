//===- Liveness.h - Whether new blocks receive a gradient -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// First-order liveness: a block whose gradient is zero for every input stays
// what it is forever, and so does everything that only it could wake. Facts are
// known from fills; an entry that is not known is taken to be arbitrary.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXPANSION_LIVENESS_H
#define GROW_LIB_EXPANSION_LIVENESS_H

#include "grow/IR/GrowOps.h"

namespace grow::detail {

/// What is known of all entries of a tensor, whatever the input of the model.
enum class Known { Zero, MinusOne, NotPositive, Nothing };

/// What holds for both.
Known join(Known a, Known b);

Known getKnown(FillAttrInterface fill);
/// What is known of a derivation's value, of which nothing is known of sources.
Known getKnown(mlir::Value derived);

/// The units of an MLP: what is known before the activation and beside it.
struct MLPUnits {
  Activation activation;
  /// Of `x gate + gate_bias`; nothing to be known without a gate.
  std::optional<Known> gate;
  /// Of `x up + up_bias`.
  Known up;
  /// Of the rows of `down`.
  Known down;

  /// Whether the activation passes neither a value nor a gradient.
  bool isStuck() const;
  /// Whether `up`, `gate` or `down` receives a gradient. Biases of the output
  /// do not count: they wake nothing.
  bool isLive() const;
};

/// What is known of `x weight + bias`.
Known getProjection(bool inputIsZero, Known weight, Known bias);

/// New scores of attention, those of a new head or the products of new channels
/// that existing heads add up.
struct NewScores {
  /// Of `x q + q_bias`.
  Known query;
  /// Of `x k`.
  Known keyWeight;
  /// Of `k_bias`.
  Known keyBias;
  /// Whether the channels rotate, which makes a bias differ by position.
  bool rotates;

  /// Whether queries or keys receive a gradient.
  bool isLive() const;
};

/// Whether a residual branch that ends in `end` receives a gradient at the
/// operands that make it zero, given what is known of each parameter value.
/// Ops of other dialects are taken to be live.
bool isLiveBranch(mlir::Operation *end,
                  llvm::function_ref<Known(mlir::Value)> getParameter);

} // namespace grow::detail

#endif // GROW_LIB_EXPANSION_LIVENESS_H
