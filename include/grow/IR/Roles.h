//===- Roles.h - What the parameters of an op are ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Each model op says once what its parameters are and what their axes count.
// Expansions extend parameters by it, growth in depth initialises by it, and
// architecture files name parameters and sizes by it.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_ROLES_H
#define GROW_IR_ROLES_H

#include "mlir/Support/LLVM.h"

namespace grow {

/// What an axis of a parameter counts.
enum class Axis {
  Vocabulary,
  Positions,
  Types,      ///< Token types, of a segment embedding.
  HiddenIn,   ///< Channels that the op sums over: a weight that reads them.
  HiddenOut,  ///< Channels of the op's result: a weight that writes them.
  HiddenEach, ///< Channels that the op scales or shifts one by one.
  Groups,     ///< Heads of keys and values.
  Queries,    ///< Heads of queries in a group.
  Key,        ///< Channels of queries and keys in a head.
  Value,      ///< Channels of values in a head.
  MLP,        ///< Units of an MLP.
  ImageChannels,
  PatchRows,
  PatchColumns,
};

/// The name of the size in architecture files: `hidden` for all three kinds.
llvm::StringRef getSizeName(Axis axis);

/// What a parameter does, which says how a new one starts: weights and biases
/// are initialised, gains are one and shifts, the biases of norms, are zero.
enum class ParamKind { Weight, Bias, Gain, Shift };

/// One of the parameters of an op.
struct ParamRole {
  llvm::StringLiteral name;
  ParamKind kind;
  llvm::ArrayRef<Axis> axes;
  bool isOptional = false;

  /// The parameter's axis that counts `axis`, if there is one.
  std::optional<int64_t> findAxis(Axis axis) const;
};

} // namespace grow

#endif // GROW_IR_ROLES_H
