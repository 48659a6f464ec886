//===- Passes.h - Code generation passes for GPUs ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes behind the pipelines for GPUs, after those of the CPU that work on
// tensors and plan buffers. They know upstream dialects only.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_GPU_PASSES_H
#define GROW_TRANSFORMS_GPU_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace grow {

#define GEN_PASS_DECL
#include "grow/Transforms/GPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "grow/Transforms/GPU/Passes.h.inc"

/// A module of kernels, as the host's module holds it.
struct KernelBinary {
  std::string name;
  /// SPIR-V, PTX, or what else the pipeline was asked for.
  std::string code;
  /// PTX of what is something else, if known.
  std::string assembly;
};

/// What grow-gpu-launches-to-calls has made constants of a module, in their
/// order.
std::vector<KernelBinary> getKernelBinaries(mlir::ModuleOp module);

} // namespace grow

#endif // GROW_TRANSFORMS_GPU_PASSES_H
