//===- KernelTarget.h - What kernels are made for ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_KERNELTARGET_H
#define GROW_LIB_EXECUTION_KERNELTARGET_H

#include "grow/Execution/CompiledModule.h"
#include "mlir/Pass/PassManager.h"

namespace grow {

/// Devices that the same kernels run on.
struct KernelTarget {
  /// Those like the one that the options name, or the CPU.
  static KernelTarget get(const CompileOptions &options);
  /// All of a kind and, of NVIDIA's, with this compute capability, such as
  /// sm_90; see getCUDAChips.
  static KernelTarget get(Target kind, llvm::StringRef chip);

  Target kind = Target::CPU;
  /// Empty, but for CUDA.
  std::string chip;
  /// CUDA: whether f32 is multiplied as TF32. Never where weights are derived.
  bool tf32 = false;
  /// What kernels are embedded as, if not SPIR-V: see docs/GPU.md.
  std::string format;
  /// Vulkan: what a workgroup has, if that may be less than kernels ask for.
  std::optional<uint32_t> workgroupThreads, workgroupBytes;
  /// Vulkan: whether kernels may ask for signed zeros and for rounding to
  /// nearest even.
  bool floatControls = true;
};

/// Adds what turns functions of model ops into blocks, on the CPU on packed
/// weights.
void buildTiling(mlir::OpPassManager &pm, const KernelTarget &target);

/// Adds what turns functions on tensors into kernels and code of the host that
/// launches them. With `outParams` results are buffers of the caller.
void buildKernelLowering(mlir::OpPassManager &pm, const KernelTarget &target,
                         bool outParams = false);

} // namespace grow

#endif // GROW_LIB_EXECUTION_KERNELTARGET_H
