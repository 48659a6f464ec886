//===- Handles.h - What the handles of the C API stand for ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CAPI_HANDLES_H
#define GROW_LIB_CAPI_HANDLES_H

#include "grow-c/Checkpoint.h"
#include "grow/Checkpoint/CheckpointDir.h"
#include "grow/Checkpoint/Import.h"
#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Support.h"
#include "mlir/CAPI/Wrap.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include <memory>

namespace grow::capi {

/// What a GrowCheckpoint stands for. Models that are bound to the files keep
/// them open.
struct Checkpoint {
  mlir::MLIRContext *context;
  std::shared_ptr<const CheckpointDir> dir;
  /// How its model is read, in the type that is stored.
  ImportOptions options;
};

/// An error that is about no place in a file.
mlir::InFlightDiagnostic emitError(mlir::MLIRContext *context);
/// Says why `error` happened; a failure.
mlir::LogicalResult report(mlir::MLIRContext *context, llvm::Error error);

/// Emits an error and fails unless growContextLoadDialects has been called.
mlir::LogicalResult checkContext(mlir::MLIRContext *context);
/// Fails, with an error if there is a context to say it in, unless this is a
/// valid module of such a context.
mlir::LogicalResult checkModule(mlir::ModuleOp module);
/// Emits an error in `context`, and fails, unless the other handle, `what`, is
/// of the same context.
mlir::LogicalResult checkSameContext(mlir::MLIRContext *context,
                                     mlir::MLIRContext *other,
                                     llvm::StringRef what);
/// None, after an error, of a string that has a length but no text. `what`
/// names the string.
std::optional<llvm::StringRef> getString(mlir::MLIRContext *context,
                                         llvm::StringRef what,
                                         MlirStringRef string);

} // namespace grow::capi

DEFINE_C_API_PTR_METHODS(GrowCheckpoint, grow::capi::Checkpoint)

#endif // GROW_LIB_CAPI_HANDLES_H
