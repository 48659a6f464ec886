//===- Passes.td - Conversions to upstream dialects --------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CONVERSION_PASSES_TD
#define GROW_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertGrowToLinalgPass
    : Pass<"convert-grow-to-linalg", "::mlir::ModuleOp"> {
  let summary = "lower model and derivation ops to linalg on tensors";
  let description = [{
    Rewrites the model ops and the derivation ops in functions to `linalg`,
    `tensor`, `arith` and `math`. Layers that are still there are inlined. No
    runtime function is called. Parameters must be function arguments already
    (`grow-externalize-params`); derivations inside of `grow.param` are left
    alone.

    Numbers: contractions, reductions and non-linear functions are computed in
    f64 for f64 tensors and in f32 for all others; the result of a model op is
    rounded to its element type once. A weight that reaches a contraction
    through a transposition or a widening of its elements is read in place.

    Each sum runs over its reduction dimension in ascending order, starting
    from zero, if the loops are executed as written: then terms that are zero
    change no bit.
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

#endif // GROW_CONVERSION_PASSES_TD
