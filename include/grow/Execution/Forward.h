//===- Forward.h - How a compiled model is called ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is common to a model that is compiled to be run at once (CompiledModel)
// and to one that is compiled for later (ModelObject).
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_FORWARD_H
#define GROW_EXECUTION_FORWARD_H

#include "grow/Execution/OpTimer.h"
#include "grow/Execution/Tensors.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"

namespace grow {

/// Token numbers, batch x sequence, row-major.
struct TokenBatch {
  std::vector<int64_t> ids;
  int64_t batch = 0;
  int64_t sequence = 0;

  llvm::ArrayRef<int64_t> getRow(int64_t row) const {
    return llvm::ArrayRef(ids).slice(row * sequence, sequence);
  }
};

/// What a model accepts: token numbers or images.
struct ModelLimits {
  /// The type of the images, any number of them; null if the model reads token
  /// numbers.
  mlir::RankedTensorType images;
  /// How many tokens there are; of a model of images, how many classes.
  int64_t vocabulary = 0;
  /// The tokens of the longest sequence that learned positions are there for;
  /// none if any length is accepted.
  std::optional<int64_t> positions;
  /// The batch and the length that the model is written for, if any.
  std::optional<int64_t> batch, sequence;

  /// Of the function `forward` of `model`. Emits an error if there is none, if
  /// it does not map token numbers or images to logits, or if its images have
  /// more patches than learned positions.
  static mlir::FailureOr<ModelLimits> get(mlir::ModuleOp model);
  llvm::Error check(const TokenBatch &tokens) const;
  llvm::Error check(TensorView images) const;
};

/// A stored tensor that a compiled model reads.
struct StoredInput {
  std::string name;
  mlir::RankedTensorType type;
};

/// An argument of a compiled model besides what it is run on.
struct ModelInput {
  /// Of what it is made; without a function just one, the argument itself.
  std::vector<StoredInput> sources;
  /// The function of the module that computes it from them when a model is
  /// bound: weights as its kernels want them. Empty if there is none.
  std::string function;
  mlir::RankedTensorType type;

  bool isPrepared() const { return !function.empty(); }
  /// The bytes of the sources.
  uint64_t getSourceBytes() const;
};

/// How the forward of a compiled model is called: its name and arguments.
struct ForwardInterface {
  static constexpr llvm::StringLiteral kFunction = "forward";

  ModelLimits limits;
  /// Of token numbers or images.
  mlir::RankedTensorType input;
  mlir::RankedTensorType logits;
  /// The arguments after the input.
  std::vector<ModelInput> inputs;
};

/// A model as functions on tensors: blocks, on the CPU of packed weights, which
/// the pipeline of the device lowers further.
struct TiledModel {
  /// Emits an error if the model cannot be compiled. `model` is left unchanged.
  /// `addTiling` adds the passes from functions of model ops to blocks, which
  /// the device decides. With `timeOps` each op is a function of its own, which
  /// tells the timer.
  static mlir::FailureOr<TiledModel>
  build(mlir::ModuleOp model,
        llvm::function_ref<void(mlir::OpPassManager &)> addTiling,
        bool timeOps = false);

  mlir::OwningOpRef<mlir::ModuleOp> module;
  ForwardInterface interface;
  std::unique_ptr<OpTimer> timer;
};

/// Makes parameters that do not say where they are stored be stored under their
/// own names: those of IR that was written by hand.
void storeUnderOwnNames(mlir::ModuleOp model);

} // namespace grow

#endif // GROW_EXECUTION_FORWARD_H
