//===- Compensation.h - Moving attributes into weights ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a framework derives from a size is an explicit attribute here. These
// functions give an attribute the value that a framework would derive and
// multiply weights so that the op computes the same. Expansions with
// `compensation weights` call them, and so does export for attributes that a
// configuration cannot hold.
//
// The setters that cannot fail change one op and its own parameters; the caller
// has checked, by Model::checkOwnParameter, that nothing else reads them. Those
// that change what several ops read check it themselves, and change nothing if
// they fail.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_COMPENSATION_H
#define GROW_EXPANSION_COMPENSATION_H

#include "grow/Expansion/Model.h"

namespace grow {

/// The root of `numerator / denominator`, for sizes. Sizes of axes are small
/// enough for it to exist.
Exact getRootOfRatio(int64_t numerator, int64_t denominator);

/// What of attention is multiplied for another scale. With queries, keys in a
/// cache stay valid.
enum class ScaledSide { Queries, Keys };

/// Sets the scale of attention. Weight and bias of one side pay; if queries and
/// keys are normalised, the gain of the side.
void setScale(Model &model, AttentionOp op, const Exact &scale,
              ScaledSide side = ScaledSide::Queries);

/// Sets the divisor of a norm: the gain is multiplied by sqrt(old / new), the
/// epsilon by old / new.
void setCount(Model &model, RMSNormOp op, int64_t count);
void setCount(Model &model, LayerNormOp op, int64_t count);
/// The same for the norms of queries and keys.
void setQKCount(Model &model, AttentionOp op, int64_t count);

/// Sets the epsilon of the norms of queries and keys. Their inputs, weights and
/// biases of queries and keys, are multiplied by sqrt(new / old). Neither
/// epsilon is zero.
void setQKEpsilon(Model &model, AttentionOp op, const Exact &epsilon);

/// Multiplies the residual stream by `factor`, that is every parameter that
/// writes it, and the epsilon of each norm that reads it by the square: for
/// frameworks that fix epsilon. A tied unembedding is scaled, too, and the norm
/// before it pays by its gain and bias. Fails unless only norms read the
/// stream; notes to the error that `emitError` begins say what does.
llvm::LogicalResult
scaleStream(Model &model, const Exact &factor,
            llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Sets the factor of an op that scales token embeddings, and multiplies the
/// table by old / new. For a tied unembedding the norm before it pays. Fails,
/// with notes to the error that `emitError` begins, if anything else reads the
/// table or its rows.
llvm::LogicalResult
setEmbeddingScale(Model &model, ScaleOp op, const Exact &factor,
                  llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

} // namespace grow

#endif // GROW_EXPANSION_COMPENSATION_H
