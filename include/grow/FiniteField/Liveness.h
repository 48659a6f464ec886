//===- Liveness.h - Which new blocks receive a gradient ------- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// What growth adds must be able to learn. Gradients of a random functional of
// the logits are taken over a finite field, where zero means zero: the
// functions of FieldCheck.h have derivatives that are arbitrary, too, but for
// these facts: that of an exponential is the exponential itself, so that
// gradients of a softmax add up to zero, that of a relu is zero at zero, and
// that of a norm is the norm's.
//
// Training is followed as far as it is decided by what is zero: all entries
// with a gradient move by random amounts, and gradients are taken again, until
// no further entry gets one.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_FINITEFIELD_LIVENESS_H
#define GROW_FINITEFIELD_LIVENESS_H

#include "grow/IR/GrowOps.h"
#include "mlir/IR/BuiltinOps.h"

namespace grow {

struct LivenessOptions {
  uint64_t seed = 0;
  /// Models of more entries are not looked at whole: a few slices of each kind
  /// stand for all.
  int64_t mostEntries = 1 << 16;
};

/// When a block receives a gradient.
enum class Liveness {
  FirstStep,
  /// Once other parameters have moved.
  Later,
  Never,
};

/// What growth added in one step to a parameter: the slices of a `grow.extend`,
/// or all of a parameter that the source model does not have.
struct NewBlock {
  ParamOp param;
  /// The op that makes the block: `grow.extend`, `grow.fill`, or the
  /// `grow.source` that a new parameter is a copy of.
  mlir::Operation *op;
  Liveness liveness = Liveness::Never;

  /// Such as `4 new slices along axis 0 of @h.0.down`.
  std::string describe() const;
};

/// All new blocks of the parameters that a grown model reads, in the order in
/// which they are declared. Emits an error and fails if the model cannot be run
/// over a field.
mlir::FailureOr<llvm::SmallVector<NewBlock>>
findLiveness(mlir::ModuleOp grown, const LivenessOptions &options = {});

/// The same, and remarks of the category `grow` with each block's verdict.
/// Unless they are allowed, emits an error for each block that never receives a
/// gradient, and fails.
mlir::LogicalResult checkLiveness(mlir::ModuleOp grown, bool allowDead,
                                  const LivenessOptions &options = {});

} // namespace grow

#endif // GROW_FINITEFIELD_LIVENESS_H
