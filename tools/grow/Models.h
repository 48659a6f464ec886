//===- Models.h - Models named on the command line --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_MODELS_H
#define GROW_TOOLS_GROW_MODELS_H

#include "Command.h"
#include "grow/Checkpoint/Import.h"
#include "grow/Execution/CompiledModel.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"

/// An MLIR context that knows all that grow compiles, and prints diagnostics.
class Host {
public:
  Host();
  ~Host();

  mlir::MLIRContext &getContext() { return context; }
  /// Parses a file of IR; emits an error and returns null if that fails.
  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef file);

private:
  class DiagnosticPrinter;

  mlir::MLIRContext context;
  llvm::SourceMgr sourceMgr;
  std::unique_ptr<DiagnosticPrinter> printer;
};

/// A model and, unless it is mere IR, its checkpoint. Functions that load one
/// print what is wrong with it.
struct LoadedModel {
  std::optional<grow::CheckpointDir> dir;
  mlir::OwningOpRef<mlir::ModuleOp> module;

  /// Loads a checkpoint directory.
  static mlir::FailureOr<LoadedModel>
  load(Host &host, llvm::StringRef path,
       const grow::ImportOptions &options = {});
  /// Loads a file of IR. Parameters that do not say where they are stored are
  /// stored under their own names.
  static mlir::FailureOr<LoadedModel> loadIR(Host &host, llvm::StringRef file);
  /// Loads a checkpoint directory in order to run it, in `type` or, if that is
  /// null, in f64 if the checkpoint holds f64, else in f32.
  static mlir::FailureOr<LoadedModel>
  loadForRun(Host &host, llvm::StringRef path, mlir::Type type);
};

/// A model that can be run.
struct RunnableModel {
  std::unique_ptr<grow::TensorSource> parameters;
  grow::CompiledModel compiled;

  /// Compiles the model and prints what is in the way.
  static mlir::FailureOr<RunnableModel>
  compile(mlir::ModuleOp module,
          std::unique_ptr<grow::TensorSource> parameters);
};

/// How a model was compiled, for a report.
llvm::json::Object toJSON(const grow::CompileStatistics &statistics);

/// Parses rows of token numbers, `1,2,3;4,5,6`, all of the same length.
llvm::Expected<grow::TokenBatch> parseTokens(llvm::StringRef text);

#endif // GROW_TOOLS_GROW_MODELS_H
