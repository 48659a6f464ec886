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
#include "grow/Execution/Forward.h"

namespace grow {

/// The function `forward` of a model, compiled for this machine. Weights of
/// contractions are laid out anew when the model is bound, one tensor at a
/// time; other parameters are read where the checkpoint is mapped into memory.
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

  const ModelLimits &getLimits() const { return interface.limits; }
  /// What measures each op, if the model was compiled for that; else null.
  OpTimer *getTimer() const { return timer.get(); }
  const CompileStatistics &getStatistics() const {
    return module.getStatistics();
  }

private:
  CompiledModel(CompiledModule module, CompiledFunction forward)
      : module(std::move(module)), forward(forward) {}

  HostTensor call(TensorView input) const;
  llvm::Expected<TensorView> prepare(const ModelInput &input,
                                     TensorSource &source);

  CompiledModule module;
  CompiledFunction forward;
  ForwardInterface interface;
  std::vector<TensorView> parameters;
  /// What some of the parameters are views of.
  std::vector<HostTensor> prepared;
  std::unique_ptr<OpTimer> timer;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODEL_H
