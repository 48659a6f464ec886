//===- ModelWork.h - Arithmetic that a model asks for -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_MODELWORK_H
#define GROW_EXECUTION_MODELWORK_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace grow {

/// What one run of a model takes.
struct ModelWork {
  /// Multiplications and additions of all contractions.
  double operations = 0;
  /// Tokens of the longest stream: those of the input, or the patches of images
  /// with the class token.
  int64_t tokens = 0;
};

/// Counts the floating-point operations of the contractions of `forward` for an
/// input of a batch and a sequence length, or of a number of images and
/// anything else: 2 m n k for a product of m x k by k x n. That is
///
/// * 2 tokens x entries of each weight matrix, of attention, mlp, dense,
///   unembedding and patch embedding;
/// * of attention also 2 (key width + value width) for each query head and each
///   pair of a token and one that it may attend to: with a causal mask those
///   before it and itself, within the window.
///
/// Everything else (norms, activations, softmax, residual sums, looking up
/// embeddings) is not counted, nor what an implementation computes beyond it,
/// such as masked scores. Calls are followed, as often as they occur; `visit`
/// gets each op that computes and its operations.
ModelWork
countWork(mlir::ModuleOp model, int64_t batch, int64_t sequence,
          llvm::function_ref<void(mlir::Operation *, double)> visit = {});

} // namespace grow

#endif // GROW_EXECUTION_MODELWORK_H
