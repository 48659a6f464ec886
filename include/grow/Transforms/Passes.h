//===- Passes.h - Passes on models ------------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_PASSES_H
#define GROW_TRANSFORMS_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace grow {

/// What `grow-externalize-params` makes of stored tensors.
enum class ParamsMode { Args, Globals, IREE };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

#endif // GROW_TRANSFORMS_PASSES_H
