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

/// Whether a processor has a feature, by the name that LLVM gives it.
using HasFeature = llvm::function_ref<bool(llvm::StringRef)>;

/// Width of the vector registers to use on such a processor: 512, 256 or 128.
unsigned getVectorBits(HasFeature hasFeature);
/// The same of the machine that this process runs on.
unsigned getHostVectorBits();

/// Columns of a packed panel for accumulators in f32, with vectors of so many
/// bits (those of the host if zero).
int64_t getPanelWidth(unsigned vectorBits);

/// Whether such a processor has instructions that convert between f16 and f32.
bool hasHalfConversions(HasFeature hasFeature);
/// The same of the machine that this process runs on.
bool hasHostHalfConversions();

} // namespace grow

#endif // GROW_TRANSFORMS_CPU_PASSES_H
