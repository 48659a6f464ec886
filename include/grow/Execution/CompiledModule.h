//===- CompiledModule.h - Machine code of a module --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_COMPILEDMODULE_H
#define GROW_EXECUTION_COMPILEDMODULE_H

#include "grow/Execution/Tensors.h"
#include "mlir/IR/BuiltinOps.h"
#include <variant>

namespace mlir {
class ExecutionEngine;
} // namespace mlir

namespace grow {

struct CompileOptions {
  /// Run large loops on all cores. Off where calls run side by side already.
  bool parallel = true;
  /// Of models: compile each op on its own and measure how long it takes, see
  /// CompiledModel::getTimer. Slower, since ops are not fused.
  bool timeOps = false;
};

/// Registers what compilation needs: dialects, bufferization of their ops and
/// their translation to LLVM IR.
void registerCompilation(mlir::DialectRegistry &registry);

/// A function of a CompiledModule, on host tensors and integers. May be called
/// from several threads at once.
class CompiledFunction {
public:
  using Argument = std::variant<TensorView, uint64_t>;

  /// Calls the function. Arguments must be of the types that it declares.
  HostTensor operator()(llvm::ArrayRef<Argument> arguments) const;

private:
  friend class CompiledModule;
  CompiledFunction(void (*entry)(void **), mlir::RankedTensorType result)
      : entry(entry), result(result) {}

  void (*entry)(void **);
  mlir::RankedTensorType result;
};

/// Machine code for this machine's CPU, made from a module of functions on
/// tensors, each with a single tensor as result.
class CompiledModule {
public:
  /// Lowers `module` in place and compiles it. Emits an error where a pass or
  /// the code generator cannot proceed.
  static mlir::FailureOr<CompiledModule>
  compile(mlir::ModuleOp module, const CompileOptions &options = {});
  CompiledModule(CompiledModule &&);
  CompiledModule &operator=(CompiledModule &&);
  ~CompiledModule();

  /// A public function that `compile` was given, by its name.
  CompiledFunction lookup(llvm::StringRef name) const;

private:
  CompiledModule() = default;

  std::unique_ptr<mlir::ExecutionEngine> engine;
  llvm::StringMap<CompiledFunction> functions;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODULE_H
