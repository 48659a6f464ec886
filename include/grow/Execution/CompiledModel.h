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

class RunMemory;

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

  const ModelLimits &getLimits() const { return interface.limits; }
  const ForwardInterface &getInterface() const { return interface; }
  /// What measures each op, if the model was compiled for that; else null.
  OpTimer *getTimer() const { return timer.get(); }
  const CompileStatistics &getStatistics() const {
    return module.getStatistics();
  }

private:
  CompiledModel(CompiledModule module, CompiledFunction forward);

  llvm::Expected<HostTensor> call(TensorView input) const;
  llvm::Expected<CompiledFunction::Argument> keep(const StoredInput &input,
                                                  TensorSource &source);
  llvm::Expected<CompiledFunction::Argument> prepare(const ModelInput &input,
                                                     TensorSource &source);

  CompiledModule module;
  CompiledFunction forward;
  ForwardInterface interface;
  std::vector<CompiledFunction::Argument> parameters;
  /// What some of the parameters are views of.
  std::vector<HostTensor> prepared;
  std::vector<DeviceTensor> onDevice;
  /// Null: the model runs on the CPU.
  std::shared_ptr<Device> device;
  std::unique_ptr<OpTimer> timer;
  /// Of runs that have ended, for the next ones.
  std::shared_ptr<RunMemory> memory;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODEL_H
