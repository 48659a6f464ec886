//===- ModelLowering.h - What patterns of models share ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CONVERSION_GROWTOLINALG_MODELLOWERING_H
#define GROW_LIB_CONVERSION_GROWTOLINALG_MODELLOWERING_H

#include "LinalgBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowAttrs.h"
#include "grow/IR/GrowOps.h"

namespace grow {

//===----------------------------------------------------------------------===//
// Projections
//===----------------------------------------------------------------------===//

/// A weight as an input x output matrix, or as its transpose.
struct Matrix {
  mlir::Value value;
  bool transposed = false;
};

/// Looks through transpositions and widenings of a matrix, which contractions
/// do as they read it.
Matrix lookThrough(Matrix matrix);

/// The weight whose first `inputs` axes are summed over, as a matrix.
Matrix asMatrix(LinalgBuilder &b, mlir::Value weight, int64_t inputs);

/// `rows` times `matrix`, computed and left in `type`.
mlir::Value multiply(LinalgBuilder &b, mlir::Value rows, const Matrix &matrix,
                     mlir::Type type);

/// Joins batch and position, and all axes after them.
mlir::Value asRows(LinalgBuilder &b, mlir::Value stream);

/// Splits rows into batch and position, and columns into the axes `columns`.
mlir::Value fromRows(LinalgBuilder &b, mlir::Value rows,
                     mlir::OpFoldResult batch, mlir::OpFoldResult length,
                     llvm::ArrayRef<int64_t> columns);

/// `rows` plus `bias`, whose axes are joined, in the type of the rows. No bias
/// is null.
mlir::Value addBias(LinalgBuilder &b, mlir::Value rows, mlir::Value bias);

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

/// What a root mean square norm is told.
struct RMSNormSettings {
  Exact epsilon;
  int64_t count;
  /// The gain is 1 more than the parameter.
  bool unitOffset;
};

/// The root mean square norm of the last axis of `x`, left in `type`.
mlir::Value normalize(LinalgBuilder &b, mlir::Value x, mlir::Value gain,
                      const RMSNormSettings &settings, mlir::Type type);

//===----------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------===//

/// `bound * tanh(x / bound)`, in the type of x.
mlir::Value softcap(LinalgBuilder &b, mlir::Value x, const Exact &bound);

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

/// The position that asks and the one that is asked, as indices.
struct ScorePlace {
  mlir::Value row, key;
};

/// A score, scaled, capped, biased and masked.
mlir::Value finishScore(LinalgBuilder &b, AttentionOp op, mlir::Value score,
                        mlir::Value slope, const ScorePlace &place);

/// The slopes of linear biases, groups x heads per group; null without any.
mlir::Value getSlopes(LinalgBuilder &b, AttentionOp op, mlir::Type type);

/// The context of q[b,s,g,r,k], k[b,t,g,k] and v[b,t,g,v], as [b,s,g,r,v],
/// without a tensor of all scores.
mlir::Value attendInBlocks(LinalgBuilder &b, AttentionOp op, mlir::Value q,
                           mlir::Value k, mlir::Value v,
                           const AttentionBlocks &blocks);

//===----------------------------------------------------------------------===//
// Patterns by topic
//===----------------------------------------------------------------------===//

void populateAttentionPatterns(mlir::RewritePatternSet &patterns,
                               const AttentionBlocks &blocks);
void populateEmbeddingPatterns(mlir::RewritePatternSet &patterns);
void populateNormPatterns(mlir::RewritePatternSet &patterns);
void populateProjectionPatterns(mlir::RewritePatternSet &patterns);

} // namespace grow

#endif // GROW_LIB_CONVERSION_GROWTOLINALG_MODELLOWERING_H
