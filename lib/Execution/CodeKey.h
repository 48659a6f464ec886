//===- CodeKey.h - What machine code depends on -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_CODEKEY_H
#define GROW_LIB_EXECUTION_CODEKEY_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"

namespace grow {

/// A hash of all that decides which machine code `lowering` and LLVM make of
/// `module`: the module without its locations, the passes with their options,
/// the machine, and the programs that compile (grow, MLIR and LLVM). None if
/// one of those cannot be told from another version of it.
std::optional<std::string>
getCodeKey(mlir::ModuleOp module, mlir::PassManager &lowering,
           const llvm::orc::JITTargetMachineBuilder &target);

} // namespace grow

#endif // GROW_LIB_EXECUTION_CODEKEY_H
