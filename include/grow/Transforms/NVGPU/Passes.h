//===- Passes.h - Code generation passes for NVIDIA GPUs --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_NVGPU_PASSES_H
#define GROW_TRANSFORMS_NVGPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace grow {

#define GEN_PASS_DECL
#include "grow/Transforms/NVGPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "grow/Transforms/NVGPU/Passes.h.inc"

/// Whether grow-nvgpu-assemble-kernels finds the tools that it needs.
bool canAssemblePTX();

} // namespace grow

#endif // GROW_TRANSFORMS_NVGPU_PASSES_H
