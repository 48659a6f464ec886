//===- ObjectBuilder.h - From functions on tensors to an object -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_OBJECTBUILDER_H
#define GROW_LIB_EXECUTION_OBJECTBUILDER_H

#include "MachineCode.h"
#include "grow/Execution/CodeCache.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"

namespace grow {

/// Makes an object file of a module of functions on tensors, which is lowered
/// in place. Emits an error where a pass or the code generator cannot proceed.
class ObjectBuilder {
public:
  using Object = std::unique_ptr<llvm::MemoryBuffer>;
  /// Adds to a lowered module, in the LLVM dialect, and says what can be called
  /// from outside: at first all functions that were public.
  using Finish =
      llvm::function_ref<mlir::LogicalResult(llvm::StringSet<> &exported)>;

  /// `addPasses` adds those that lower the module to the LLVM dialect, where
  /// public functions take slots (see grow-cpu-pass-pointers).
  ObjectBuilder(mlir::ModuleOp module,
                llvm::function_ref<void(mlir::OpPassManager &)> addPasses,
                const CodeTarget &target);

  mlir::FailureOr<Object> build(Finish finish = nullptr);
  /// Takes the object from the cache if it is there, and else keeps it there,
  /// with a warning if that fails.
  mlir::FailureOr<Object> build(const CodeCache &cache);

  /// Whether it came from the cache.
  bool wasCached() const { return cached; }

private:
  mlir::ModuleOp module;
  mlir::PassManager lowering;
  const CodeTarget &target;
  bool cached = false;
};

} // namespace grow

#endif // GROW_LIB_EXECUTION_OBJECTBUILDER_H
