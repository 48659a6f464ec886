//===- CompiledModel.h - A transformer that runs ----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_COMPILEDMODEL_H
#define GROW_EXECUTION_COMPILEDMODEL_H

#include "grow/Execution/CompiledModule.h"
#include "grow/Execution/OpTimer.h"

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

/// A tensor that is computed from stored ones when a model is bound: weights as
/// its kernels want them.
struct PreparedInput {
  CompiledFunction prepare;
  std::vector<StoredInput> sources;
};

/// An argument of a compiled model besides what it is run on.
using ModelInput = std::variant<StoredInput, PreparedInput>;

/// The function `forward` of a model, compiled for this machine. On the CPU,
/// weights of contractions are laid out anew when the model is bound, one
/// tensor at a time; other parameters are read where the checkpoint is mapped
/// into memory. On a device, all parameters stay in its memory.
class CompiledModel {
public:
  /// Emits an error if the model cannot be compiled. `model` is left unchanged.
  static mlir::FailureOr<CompiledModel>
  compile(mlir::ModuleOp model, const CompileOptions &options = {});

  /// Looks up the parameters and prepares weights, after which their source is
  /// told to release them; `source` must outlive all runs.
  llvm::Error bind(TensorSource &source);

  /// The logits, batch x sequence x vocabulary. Fails if the model does not
  /// accept the tokens. Parameters must be bound.
  llvm::Expected<HostTensor> run(const TokenBatch &tokens) const;
  /// The logits of images.
  llvm::Expected<HostTensor> run(TensorView images) const;

  const ModelLimits &getLimits() const { return limits; }
  /// What measures each op, if the model was compiled for that; else null.
  OpTimer *getTimer() const { return timer.get(); }
  const CompileStatistics &getStatistics() const {
    return module.getStatistics();
  }

private:
  CompiledModel(CompiledModule module, CompiledFunction forward)
      : module(std::move(module)), forward(forward) {}

  llvm::Expected<HostTensor> call(TensorView input) const;
  llvm::Expected<CompiledFunction::Argument> keep(const StoredInput &input,
                                                  TensorSource &source);
  llvm::Expected<CompiledFunction::Argument> prepare(const PreparedInput &input,
                                                     TensorSource &source);

  CompiledModule module;
  CompiledFunction forward;
  ModelLimits limits;
  /// Of token numbers or images.
  mlir::RankedTensorType inputType;
  /// The arguments after the input.
  std::vector<ModelInput> inputs;
  std::vector<CompiledFunction::Argument> parameters;
  /// What some of the parameters are views of.
  std::vector<HostTensor> prepared;
  std::vector<DeviceTensor> onDevice;
  /// Null: the model runs on the CPU.
  std::shared_ptr<Device> device;
  std::unique_ptr<OpTimer> timer;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODEL_H
