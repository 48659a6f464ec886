//===- Processor.h - What code generation asks of a CPU ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The choices of grow/Transforms/CPU/Passes.h for processors other than the one
// that compiles.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_CPU_PROCESSOR_H
#define GROW_TRANSFORMS_CPU_PROCESSOR_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"

namespace grow {

/// Whether a processor has a feature, by the name that LLVM gives it.
using HasFeature = llvm::function_ref<bool(llvm::StringRef)>;

/// Width of the vector registers to use on such a processor: 512, 256 or 128.
unsigned getVectorBits(HasFeature hasFeature);

/// Whether such a processor has instructions that convert between f16 and f32.
bool hasHalfConversions(HasFeature hasFeature);

} // namespace grow

#endif // GROW_TRANSFORMS_CPU_PROCESSOR_H
