//===- Factors.h - Exact factors of terms -----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_LEMMAS_FACTORS_H
#define GROW_LIB_PROOF_LEMMAS_FACTORS_H

#include "grow/Proof/Terms.h"

namespace grow::proof {

/// A term as a multiple of another one.
struct Product {
  Exact factor = Exact(1);
  mlir::Value term;
};

/// Takes the factor off a term that is scaled, about zero. Any other term is
/// itself, times one.
Product factorOut(mlir::Value term);

/// Takes the factor off a gain, which may be stored less one.
Product factorOutGain(mlir::Value gain, bool hasUnitOffset);

/// The factor that all of `terms` have, where zeros have any; none if there is
/// no common one but one.
std::optional<Exact> findCommonFactor(mlir::ArrayRef<mlir::Value> terms);

/// `term` without the factor `factor`, which findCommonFactor found.
mlir::Value removeFactor(mlir::Value term);

/// `value` times or over the square of `factor`, which is rational.
std::optional<Exact> timesSquare(const Exact &value, const Exact &factor);
std::optional<Exact> overSquare(const Exact &value, const Exact &factor);

} // namespace grow::proof

#endif // GROW_LIB_PROOF_LEMMAS_FACTORS_H
