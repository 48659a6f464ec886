//===- MachineCode.h - From LLVM IR to code in this process -----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Why not mlir::ExecutionEngine: it hides the object file, which the cache is
// for, writes a wrapper for each function, and compiles on the first lookup
// only.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_MACHINECODE_H
#define GROW_LIB_EXECUTION_MACHINECODE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

namespace grow {

/// The machine that this process runs on.
llvm::Expected<llvm::orc::JITTargetMachineBuilder> detectTarget();

/// The object file of a module in the LLVM dialect.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
emitObject(mlir::ModuleOp module, llvm::orc::JITTargetMachineBuilder target);

/// An object file, loaded into this process, with the shared libraries that it
/// calls into.
class LoadedObject {
public:
  static llvm::Expected<LoadedObject>
  load(std::unique_ptr<llvm::MemoryBuffer> object,
       llvm::orc::JITTargetMachineBuilder target);

  /// The address of what the object or one of its libraries defines.
  llvm::Expected<void *> lookup(llvm::StringRef symbol) const;
  bool usesOpenMP() const { return openMP; }

private:
  LoadedObject(std::unique_ptr<llvm::orc::LLJIT> jit, bool openMP)
      : jit(std::move(jit)), openMP(openMP) {}

  std::unique_ptr<llvm::orc::LLJIT> jit;
  bool openMP;
};

} // namespace grow

#endif // GROW_LIB_EXECUTION_MACHINECODE_H
