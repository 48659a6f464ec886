//===- FieldCheck.h - Equality of models over a finite field -- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Whether a model and what it has grown to compute the same, decided by running
// both over a finite field, where factors such as the root of 3/2 are exact and
// equal means equal. Sums, products, roots of constants and means are computed
// as they are. Of other functions only that is used which growth may rest on:
//
// * an activation and a hyperbolic tangent are some function that maps zero to
//   zero, the same wherever it is named;
// * softmax divides some function of each score by their sum;
// * cosine and sine of an angle are some numbers for each frequency and
//   position;
// * one over the root of a mean square is u to the power -(p+1)/4, which is
//   multiplicative, as roots of positive numbers are.
//
// Parameters, random fills and inputs are random elements.
//
// What is known then: if the models are equal by these rules, they agree. If
// they are not, they agree by accident only, in one of two ways. Take each
// value of each function for an unknown of its own. All that is computed is
// then a quotient of polynomials in the unknowns, over products of softmax's
// denominators. Two different arguments of one function may be equal by
// accident: for n arguments with numerators of degree d at most, with a
// probability of at most n(n+1)/2 d/p (Schwartz-Zippel). If none are, a logit
// that differs is a quotient other than zero, and is zero with a probability of
// at most d/p for the degree d of its numerator. The sum of these is the error
// bound; independent rounds multiply it. It takes the generator's numbers for
// random, and for values of the power function that no multiplicative relation
// to each other is known of but that of the constants.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_FINITEFIELD_FIELDCHECK_H
#define GROW_FINITEFIELD_FIELDCHECK_H

#include "grow/IR/ModelPair.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace grow {

struct FieldOptions {
  /// Of the prime and of all that is random.
  uint64_t seed = 0;
  int64_t batch = 1;
  /// Tokens in each sequence, as far as the models take so many.
  int64_t sequence = 4;
  /// Independent repetitions, each with a prime of its own.
  int64_t rounds = 1;
};

struct FieldReport {
  /// Whether all logits of the source agree in all rounds.
  bool agree = true;
  /// Of the last round.
  uint64_t prime = 0;
  int64_t rounds = 0;
  /// How many logits were compared, in each round.
  int64_t logits = 0;
  /// How many more logits the grown model has, for each of the source's rows.
  int64_t furtherLogits = 0;
  /// The binary logarithm of a bound on the probability with which models that
  /// are not equal agree.
  double log2Error = 0;
  double seconds = 0;
  /// Where the first logit that differs lies: batch, token, vocabulary.
  llvm::SmallVector<int64_t, 3> difference;
};

/// Called with what is done so far and in all, in bytes of elements.
using FieldProgress = llvm::function_ref<void(uint64_t, uint64_t)>;

/// Runs both models over random finite fields. Emits an error and fails if one
/// of them cannot be run there or takes other inputs than the other.
mlir::FailureOr<FieldReport> checkInField(const ModelPair &pair,
                                          const FieldOptions &options,
                                          FieldProgress progress = {});

} // namespace grow

#endif // GROW_FINITEFIELD_FIELDCHECK_H
