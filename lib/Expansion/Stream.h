//===- Stream.h - Who writes and who reads the stream -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Follows the hidden dimension through a model: which values have it, which
// parameters write, scale or read it, and, if what is written changes, what
// each value then holds. Growth of the hidden size and rescaling of the stream
// rest on it.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXPANSION_STREAM_H
#define GROW_LIB_EXPANSION_STREAM_H

#include "grow/Expansion/Model.h"

namespace grow::detail {

/// What a value holds once the weights that write the stream have changed.
enum class Held {
  Nothing,  ///< Not a value with the hidden dimension.
  Zeros,    ///< What it was, and zeros in new channels.
  Mean,     ///< What it was, and the mean of that in new channels.
  Centered, ///< What it was less its mean, and zeros in new channels.
  Scaled,   ///< A multiple of what it was.
};

/// A parameter of an op, as its role describes it.
struct ParamUse {
  mlir::OpOperand *operand;
  const ParamRole *role;
};

/// The values and the parameters of a model that have the hidden dimension.
class Stream {
public:
  struct Change {
    /// What ops write by parameters that may be anything.
    Held written;
    /// Whether layer norms will centre every channel, new ones, too.
    bool centersAll = false;
  };

  /// Follows `change` through the function of the model. Fails if it would
  /// change a result of the function; the notes to the error that `emitError`
  /// begins name the op and say why.
  static mlir::FailureOr<Stream>
  follow(const Model &model, Change change,
         llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

  Held getHeld(mlir::Value value) const { return held.lookup(value); }

  /// The parameters of all ops, in order; also those without hidden axis.
  llvm::ArrayRef<ParamUse> getUses() const { return uses; }
  /// The norms of values with the hidden dimension, in order.
  llvm::ArrayRef<mlir::Operation *> getNorms() const { return norms; }

private:
  friend class StreamFollower;
  llvm::DenseMap<mlir::Value, Held> held;
  llvm::SmallVector<ParamUse> uses;
  llvm::SmallVector<mlir::Operation *> norms;
};

/// Whether an axis counts the channels of the stream.
bool isHidden(Axis axis);

} // namespace grow::detail

#endif // GROW_LIB_EXPANSION_STREAM_H
