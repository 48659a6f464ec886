//===- CompiledModule.h - Machine code of a module --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_COMPILEDMODULE_H
#define GROW_EXECUTION_COMPILEDMODULE_H

#include "grow/Execution/Device.h"
#include "grow/Execution/Tensors.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include <variant>

namespace grow {

class LoadedObject;

struct CompileOptions {
  /// Where the code runs; null: on the CPU.
  std::shared_ptr<Device> device;
  /// Run large loops on several cores. Off where calls run side by side
  /// already.
  bool parallel = true;
  /// Of models: compile each op on its own and measure how long it takes, see
  /// CompiledModel::getTimer. Slower, since ops are not fused.
  bool timeOps = false;
  /// Of models on CUDA: multiply matrices of f32 on tensor cores, rounded to
  /// TF32, see docs/Kernels.md.
  bool tf32 = false;
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

/// A function of a CompiledModule, on tensors and integers. May be called from
/// several threads at once; calls that run on a device take turns.
class CompiledFunction {
public:
  /// A tensor on the host is copied to the device that the code runs on.
  using Argument = std::variant<TensorView, DeviceView, uint64_t>;

  /// Calls the function. Arguments must be of the types that it declares, and
  /// those on a device on the device that the code runs on. Code for the CPU
  /// does not fail.
  llvm::Expected<HostTensor>
  operator()(llvm::ArrayRef<Argument> arguments) const;
  /// The same, of code that runs on a device, where the result stays.
  llvm::Expected<DeviceTensor>
  callOnDevice(llvm::ArrayRef<Argument> arguments) const;

private:
  friend class CompiledModule;
  using Entry = void (*)(uint64_t *slots);

  /// The number of threads that OpenMP uses for what this thread calls.
  struct ThreadCount {
    int (*get)() = nullptr;
    void (*set)(int) = nullptr;
    int wanted = 0;
  };

  CompiledFunction(Entry entry, mlir::FunctionType type, ThreadCount threads,
                   std::shared_ptr<Device> device)
      : entry(entry), type(type), threads(threads), device(std::move(device)) {}

  void call(uint64_t *slots) const;
  HostTensor callOnHost(llvm::ArrayRef<Argument> arguments) const;
  llvm::Expected<DeviceTensor>
  callLocked(llvm::ArrayRef<Argument> arguments) const;

  Entry entry;
  mlir::FunctionType type;
  ThreadCount threads;
  std::shared_ptr<Device> device;
};

/// Machine code for this machine's CPU, or for a device and for the CPU that
/// launches its kernels, made from a module of functions on tensors, each with
/// a single tensor as result.
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
                const CompileOptions &options);

  /// Says to the device that the kernels in the object go with it.
  struct Unload {
    std::shared_ptr<Device> device;
    void operator()(LoadedObject *object) const;
  };

  std::unique_ptr<LoadedObject, Unload> object;
  llvm::StringMap<CompiledFunction> functions;
  CompileStatistics statistics;
};

} // namespace grow

#endif // GROW_EXECUTION_COMPILEDMODULE_H
