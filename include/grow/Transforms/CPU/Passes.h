//===- Passes.h - Code generation passes for CPUs ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The passes behind the pipeline `grow-to-llvm`. They know upstream dialects
// only and serve any linalg program that needs one defined order of reduction.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_CPU_PASSES_H
#define GROW_TRANSFORMS_CPU_PASSES_H

#include "mlir/Pass/Pass.h"

namespace grow {

#define GEN_PASS_DECL
#include "grow/Transforms/CPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "grow/Transforms/CPU/Passes.h.inc"

/// Width of a vector register of the machine that this process runs on: 512,
/// 256 or 128.
unsigned getHostVectorBits();

/// Columns of a packed panel for accumulators in f32, with vectors of so many
/// bits (those of the host if zero).
int64_t getPanelWidth(unsigned vectorBits);

/// Whether the machine that this process runs on has instructions that convert
/// between f16 and f32.
bool hasHostHalfConversions();

/// Whether the machine that this process runs on multiplies pairs of bf16 in
/// vectors of all widths (AVX512-BF16).
bool hasHostBF16Dot();

} // namespace grow

#endif // GROW_TRANSFORMS_CPU_PASSES_H
