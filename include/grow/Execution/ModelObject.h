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

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace grow {

struct ModelObjectOptions {
  /// What the C functions' names begin with: an identifier of C.
  std::string name;
  /// For which machine, by the names that LLVM gives them. An empty triple is
  /// this machine's, and `native` this machine's chip.
  std::string triple;
  std::string chip = "native";
  /// Run large loops on several cores, by OpenMP's library.
  bool parallel = true;
  /// How many threads blocks are cut for; 0: one for each core of this machine.
  /// Changes no bit of a result.
  unsigned threads = 0;
  /// Of the program that compiles, for the manifest.
  std::string version;
};

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
