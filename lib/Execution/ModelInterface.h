//===- ModelInterface.h - What a compiled model says of itself --*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_MODELINTERFACE_H
#define GROW_LIB_EXECUTION_MODELINTERFACE_H

#include "KernelTarget.h"
#include "MachineCode.h"
#include "grow/Execution/Forward.h"
#include "grow/Execution/ModelObject.h"

namespace grow {

/// A model that is compiled ahead of time, with what its manifest says of it.
struct ModelDescription {
  const ModelObjectOptions &options;
  /// The processor.
  const CodeTarget &target;
  /// The devices, if kernels run there.
  const KernelTarget &kernels;
  const ForwardInterface &interface;
  /// Of the model's IR.
  std::string hash;

  bool runsOnDevice() const { return kernels.kind != Target::CPU; }
  /// Of the device, if that has one, else of the processor.
  llvm::StringRef getChip() const {
    return kernels.chip.empty() ? target.getChip() : kernels.chip;
  }
  bool readsImages() const { return !!interface.limits.images; }
  /// What it was compiled for, in words.
  std::string describeMachine() const;
  /// The length of the longest sequence; 0 if any will do.
  int64_t getPositions() const;
  /// The functions that the runtime calls: the forward, and those that prepare
  /// its inputs, in their order.
  std::vector<std::string> getFunctions() const;
  /// The stored tensors that inputs are made of, each once.
  std::vector<StoredInput> getParameters() const;
};

/// The manifest, in JSON.
std::string printManifest(const ModelDescription &model);

/// The C header.
std::string printHeader(const ModelDescription &model);

/// Adds to a lowered module the manifest, the table of its functions, and the
/// C functions, whose names are all that is `exported` then. Emits an error if
/// the module has one of these names already.
mlir::LogicalResult addEntryPoints(mlir::ModuleOp module,
                                   const ModelDescription &model,
                                   llvm::StringRef manifest,
                                   llvm::StringSet<> &exported);

} // namespace grow

#endif // GROW_LIB_EXECUTION_MODELINTERFACE_H
