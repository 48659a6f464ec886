//===- ModelObject.h - A model compiled ahead of time -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A model as an object file that needs no LLVM where it runs: its code, a
// description of what it reads (the manifest), and C functions that hand both
// to grow/Runtime. docs/Compile.md describes all of them.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_MODELOBJECT_H
#define GROW_EXECUTION_MODELOBJECT_H

#include "grow/Execution/Device.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace grow {

struct ModelObjectOptions {
  /// What the C functions' names begin with: an identifier of C.
  std::string name;
  /// What runs kernels. A device need not be there; code that calls it is for
  /// this machine.
  Target target = Target::CPU;
  /// CPU: for which machine, by the names that LLVM gives them. An empty triple
  /// is this machine's, and `native` this machine's chip.
  std::string triple;
  std::string chip = "native";
  /// CUDA: one of getCUDAChips.
  std::string deviceChip;
  /// CUDA: see CompileOptions.
  bool tf32 = false;
  /// Run large loops on several cores, by OpenMP's library.
  bool parallel = true;
  /// How many threads blocks are cut for; 0: one for each core of this machine.
  /// Changes no bit of a result.
  unsigned threads = 0;
  /// Of the program that compiles, for the manifest.
  std::string version;
};

/// Compute capabilities of NVIDIA GPUs that kernels can be made for. Later ones
/// run what is made for earlier ones, but for names that end in a letter.
llvm::SmallVector<llvm::StringRef> getCUDAChips();
/// The one for a device.
std::string getCUDAChip(const GrowDeviceInfo &info);

/// A compiled model, in memory.
struct ModelObject {
  /// Emits an error if the model or the machine is none that code can be made
  /// for. `model` is left unchanged.
  static mlir::FailureOr<ModelObject>
  compile(mlir::ModuleOp model, const ModelObjectOptions &options);

  std::unique_ptr<llvm::MemoryBuffer> object;
  /// In JSON; the object holds it, too.
  std::string manifest;
  /// The C header of the functions.
  std::string header;
  /// The kernels that are in the object, too, by names of files. None of a
  /// model for the CPU.
  std::vector<std::pair<std::string, std::string>> kernels;
  /// Whether they are modules, each a file of its own, and not one text.
  bool hasKernelDirectory() const {
    return !kernels.empty() && kernels.front().first != kKernelText;
  }
  static constexpr llvm::StringLiteral kKernelText = "kernels.ptx";

  /// What it is for, in words.
  std::string machine;
  /// Of the processor; `chip` of the device, if that has one.
  std::string triple, chip;
  size_t parameters = 0;
  /// Whether the object is for machines of this one's kind.
  bool isForHost = false;
  /// Whether it calls OpenMP's library.
  bool usesOpenMP = false;
};

/// Whether C functions' names can begin so.
bool isModelName(llvm::StringRef name);

/// Makes shared libraries of objects, by a compiler driver.
class SharedLibraryLinker {
public:
  /// The driver that this machine has; an error that names those which would do
  /// if there is none.
  static llvm::Expected<SharedLibraryLinker> find();

  /// Links the file `object` and what it needs of the archive `runtime` to the
  /// shared library `output`, from which only the functions whose names begin
  /// with `prefix` can be called.
  llvm::Error link(llvm::StringRef object, llvm::StringRef runtime,
                   llvm::StringRef output, llvm::StringRef prefix,
                   bool usesOpenMP) const;

private:
  explicit SharedLibraryLinker(std::string driver)
      : driver(std::move(driver)) {}

  std::string driver;
};

} // namespace grow

#endif // GROW_EXECUTION_MODELOBJECT_H
