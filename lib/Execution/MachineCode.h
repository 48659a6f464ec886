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
#include "llvm/ADT/StringSet.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"

namespace grow {

/// The machine that code is made for.
class CodeTarget {
public:
  /// The machine that this process runs on.
  static llvm::Expected<CodeTarget> getHost();
  /// Machines of this triple (empty: this one's) and chip, by the names that
  /// LLVM gives them; `native` is this machine's chip.
  static llvm::Expected<CodeTarget> find(llvm::StringRef triple,
                                         llvm::StringRef chip);

  const llvm::orc::JITTargetMachineBuilder &getBuilder() const {
    return builder;
  }
  const llvm::Triple &getTriple() const { return builder.getTargetTriple(); }
  llvm::StringRef getChip() const { return builder.getCPU(); }
  /// The width of the vector registers to use.
  unsigned getVectorBits() const;
  bool hasFeature(llvm::StringRef name) const {
    return features.contains(name);
  }

private:
  explicit CodeTarget(llvm::orc::JITTargetMachineBuilder builder)
      : builder(std::move(builder)) {}

  llvm::orc::JITTargetMachineBuilder builder;
  llvm::StringSet<> features;
};

/// The object file of a module in the LLVM dialect.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
emitObject(mlir::ModuleOp module, llvm::orc::JITTargetMachineBuilder target);

/// Whether an object file calls OpenMP's library.
llvm::Expected<bool> usesOpenMP(llvm::MemoryBufferRef object);

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
