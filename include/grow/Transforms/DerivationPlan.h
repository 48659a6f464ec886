//===- DerivationPlan.h - How to make a grown checkpoint --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_DERIVATIONPLAN_H
#define GROW_TRANSFORMS_DERIVATIONPLAN_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OwningOpRef.h"

namespace grow {

/// How one stored tensor of the grown checkpoint comes about.
struct TensorPlan {
  /// The tensor to write.
  std::string name;
  mlir::RankedTensorType type;
  /// The tensor of the source checkpoint that has the same bytes; empty if the
  /// tensor is computed.
  std::string copyOf;
  /// What computes it: `function(sources..., keys...)`, a function of the
  /// plan's module that takes stored tensors of the source checkpoint and keys
  /// of random fills (i64) and returns the stored tensor.
  std::string function;
  llvm::SmallVector<std::string> sources;
  llvm::SmallVector<uint64_t> keys;
};

/// How a grown checkpoint comes about, tensor by tensor. Tensors are
/// independent of each other: any of them can be made anywhere, in any order.
struct DerivationPlan {
  /// The functions, each distinct computation once.
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// In the order in which the grown model declares its parameters.
  std::vector<TensorPlan> tensors;
};

/// Plans how the parameters of `grown` are made from those of `source`.
/// Derivations run in the order in which the checkpoint stores the axes, so
/// that nothing is transposed. Emits an error if a derivation names a parameter
/// that the source does not have, or has with another type.
mlir::FailureOr<DerivationPlan> planDerivations(mlir::ModuleOp source,
                                                mlir::ModuleOp grown);

} // namespace grow

#endif // GROW_TRANSFORMS_DERIVATIONPLAN_H
