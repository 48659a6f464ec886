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

    Attention in blocks: with `attention-rows` and `attention-keys` no tensor of
    all scores is made. An `scf.forall` runs over batch, groups,
    heads and blocks of rows; a row is a position in one of the heads that share
    keys. Inside, an `scf.for` runs over blocks of keys in ascending order,
    leaves out those that no row of the block sees, and keeps of each row its
    largest score so far, the sum of exponentials and the weighted values. A
    larger maximum scales both by `exp(old - new)`, which is 1 if the maximum
    stays. One division ends the row. Temporaries have static shapes and are used
    through slices.

    Blocks of keys start at multiples of `attention-keys`, for every row, so no
    bit depends on `attention-rows`, on `key-panel` or on threads; on
    `attention-keys` it does once a row sees more than one block. Within one
    block the result is bit for bit what is computed without blocks.

    With `fused-attention` attention of bf16 and f16 becomes
    `grow.fused_attention`, whichever of these options are given, if keys and
    values have widths that are multiples of 16 up to 256. Queries, keys, values
    and context are rounded to the element type then.
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"attentionRows", "attention-rows", "int64_t", /*default=*/"0",
           "Rows of a block of scores; 0 computes attention as a whole">,
    Option<"attentionKeys", "attention-keys", "int64_t", /*default=*/"0",
           "Keys of a block of scores, a multiple of key-panel">,
    Option<"keyPanel", "key-panel", "int64_t", /*default=*/"0",
           "Keys of a packed panel: the lanes of a register tile for f32. For "
           "f64 it is half as many, if that is whole. 0 reads keys in place">,
    Option<"fusedAttention", "fused-attention", "bool", /*default=*/"false",
           "Leave attention of bf16 and f16 to the target, as one op">,
  ];
}

#endif // GROW_CONVERSION_PASSES_TD
