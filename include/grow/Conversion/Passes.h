//===- Passes.h - Conversions to upstream dialects --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CONVERSION_PASSES_H
#define GROW_CONVERSION_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Pass/Pass.h"

namespace grow {
#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "grow/Conversion/Passes.h.inc"

/// Patterns that lower each model op to linalg, tensor, arith and math.
void populateModelToLinalgPatterns(mlir::RewritePatternSet &patterns);
/// Patterns that lower each derivation op to linalg, tensor and arith.
void populateDerivationToLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace grow

#endif // GROW_CONVERSION_PASSES_H
