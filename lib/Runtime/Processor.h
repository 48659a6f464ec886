//===- Processor.h - What this machine can run ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_PROCESSOR_H
#define GROW_LIB_RUNTIME_PROCESSOR_H

#include "Manifest.h"

namespace grow::runtime {

/// Fails if this processor lacks an instruction that the model's code may use:
/// better than to be ended by it.
Status checkProcessor(const Manifest &manifest);

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_PROCESSOR_H
