//===- Passes.h - Passes that prove growth ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_PASSES_H
#define GROW_PROOF_PASSES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace grow {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "grow/Proof/Passes.h.inc"

} // namespace grow

#endif // GROW_PROOF_PASSES_H
