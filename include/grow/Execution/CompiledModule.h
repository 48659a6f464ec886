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
#include "mlir/IR/BuiltinTypes.h"
#include <variant>

namespace grow {

class LoadedObject;

struct CompileOptions {
  /// Run large loops on several cores. Off where calls run side by side
  /// already.
  bool parallel = true;
  /// Of models: compile each op on its own and measure how long it takes, see
  /// CompiledModel::getTimer. Slower, since ops are not fused.
  bool timeOps = false;
  /// How many cores; 0: as many as OpenMP takes unasked, all unless the
  /// environment says otherwise. The result does not depend on it.
  unsigned threads = 0;
  /// Where machine code is kept for the next time that the same is compiled;
  /// see CodeCache. Empty: nowhere.
  std::string cacheDirectory;
};

/// What it took to compile.
struct CompileStatistics {
  /// Whether the code was there already.
  bool cached = false;
  /// From the call of `compile` to code that can be called.
  double seconds = 0;
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
  using Entry = void (*)(uint64_t *slots);

  /// The number of threads that OpenMP uses for what this thread calls.
  struct ThreadCount {
    int (*get)() = nullptr;
    void (*set)(int) = nullptr;
    int wanted = 0;
  };

  CompiledFunction(Entry entry, mlir::FunctionType type, ThreadCount threads)
      : entry(entry), type(type), threads(threads) {}

  void call(uint64_t *slots) const;

  Entry entry;
  mlir::FunctionType type;
  ThreadCount threads;
};

/// Machine code for this machine's CPU, made from a module of functions on
/// tensors, each with a single tensor as result.
class CompiledModule {
public:
  /// Compiles `module`, which is lowered in place unless the code is in the
  /// cache. Emits an error where a pass or the code generator cannot proceed,
  /// and a warning where code cannot be kept.
  static mlir::FailureOr<CompiledModule>
  compile(mlir::ModuleOp module, const CompileOptions &options = {});
  CompiledModule(CompiledModule &&);
  CompiledModule &operator=(CompiledModule &&);
  ~CompiledModule();

  /// A public function that `compile` was given, by its name.
  CompiledFunction lookup(llvm::StringRef name) const;

  const CompileStatistics &getStatistics() const { return statistics; }

private:
  CompiledModule() = default;

  mlir::LogicalResult
  findFunctions(mlir::ModuleOp module,
                const llvm::StringMap<mlir::FunctionType> &types,
                unsigned threads);

  std::unique_ptr<LoadedObject> object;
  llvm::StringMap<CompiledFunction> functions;
  CompileStatistics statistics;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODULE_H
