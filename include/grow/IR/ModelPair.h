//===- ModelPair.h - A model and what it has grown to -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_MODELPAIR_H
#define GROW_IR_MODELPAIR_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace grow {

/// The one function of the module with `grow.layer` or `grow.get` ops. Emits an
/// error and fails if there is none, or more than one.
mlir::FailureOr<mlir::FunctionOpInterface>
findModelFunction(mlir::ModuleOp module);

/// Two modules that checks compare: a model and what it has grown to.
struct ModelPair {
  mlir::ModuleOp source, grown;
  /// Owns the source if it was read from a file of its own.
  mlir::OwningOpRef<mlir::ModuleOp> file;

  /// With a path, the module in that file is the source and `module` is grown.
  /// Without, they are the two modules in `module`, in this order. Emits an
  /// error and fails if they are not there.
  static mlir::FailureOr<ModelPair> get(mlir::ModuleOp module,
                                        llvm::StringRef sourcePath);
};

} // namespace grow

#endif // GROW_IR_MODELPAIR_H
