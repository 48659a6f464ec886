//===- Plan.h - What growth will do, before it does it ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_PLAN_H
#define GROW_TOOLS_GROW_PLAN_H

#include "Command.h"
#include "grow/IR/Storage.h"
#include "grow/Transforms/DerivationBlocks.h"

/// What a model costs.
struct ModelCost {
  uint64_t parameters = 0;
  /// As stored.
  uint64_t bytes = 0;
  /// Floating-point operations of a forward pass for one more token that
  /// attends to `context` tokens: 2 for each weight that multiplies the token,
  /// and for each query head 2 x (key + value width) for each token that it
  /// attends to, no more than its window. What is looked up, added or
  /// normalised does not count, and neither does what happens once in a
  /// sequence.
  uint64_t flopsPerToken = 0;
};

/// A parameter of a tensor to be written.
struct PlannedPart {
  std::string name;                    ///< Its symbol.
  std::string role;                    ///< Such as `up`; empty if unknown.
  llvm::SmallVector<std::string> axes; ///< What its axes count, likewise.
  llvm::SmallVector<int64_t> shape;    ///< Logical.
  std::vector<grow::DerivationBlock> blocks;
};

/// A tensor to be written.
struct PlannedTensor {
  std::string name;
  std::string pattern; ///< The name with `{layer}`, if it has one.
  std::optional<int64_t> layer;
  llvm::SmallVector<int64_t> before; ///< Stored shape; empty for a new tensor.
  llvm::SmallVector<int64_t> after;
  std::vector<PlannedPart> parts; ///< Several of a fused tensor.

  bool isNew() const { return before.empty(); }
  bool isUnchanged() const;
};

struct GrowthPlan {
  std::vector<PlannedTensor> tensors;
  ModelCost before, after;
  int64_t context;

  /// Plans how the tensors of `grown` come from those of `source`. Without a
  /// context: as many tokens as there are learned positions, or 2048. Emits an
  /// error if a parameter's place in the checkpoint is not known.
  static mlir::FailureOr<GrowthPlan> get(mlir::ModuleOp source,
                                         mlir::ModuleOp grown,
                                         std::optional<int64_t> context);

  /// A table; tensors of layers that grow alike are one entry.
  void print(llvm::raw_ostream &os) const;
  llvm::json::Object toJSON() const;
};

#endif // GROW_TOOLS_GROW_PLAN_H
