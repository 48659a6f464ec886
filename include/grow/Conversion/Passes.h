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

/// How attention is taken apart; all zero: not at all.
struct AttentionBlocks {
  /// Rows (positions times heads that share keys) of a block of scores.
  int64_t rows = 0;
  /// Keys of a block of scores, a multiple of `panel`.
  int64_t keys = 0;
  /// Keys whose entries in one channel lie side by side. For f64 it is half as
  /// many, if that is whole.
  int64_t panel = 0;
  /// Whether attention of narrow floats becomes one op where that is possible.
  bool fused = false;

  explicit operator bool() const { return rows != 0; }
};

/// Patterns that lower each model op to linalg, tensor, arith and math; with
/// `blocks` also to scf and affine.
void populateModelToLinalgPatterns(mlir::RewritePatternSet &patterns,
                                   const AttentionBlocks &blocks = {});
/// Patterns that lower each derivation op to linalg, tensor and arith.
void populateDerivationToLinalgPatterns(mlir::RewritePatternSet &patterns);

} // namespace grow

#endif // GROW_CONVERSION_PASSES_H
