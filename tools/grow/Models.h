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
#include "grow/Execution/CompiledModel.h"
#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/SourceMgr.h"
#include <chrono>
#include <utility>

/// An MLIR context that knows all that grow compiles, and prints diagnostics.
class Host {
public:
  Host();
  ~Host();

  mlir::MLIRContext &getContext() { return context; }
  /// Null if there is none.
  mlir::Type getType(std::optional<grow::DType> dtype);
  /// Parses a file of IR; emits an error and returns null if that fails.
  mlir::OwningOpRef<mlir::ModuleOp> parse(llvm::StringRef file);

private:
  class DiagnosticPrinter;

  mlir::MLIRContext context;
  llvm::SourceMgr sourceMgr;
  std::unique_ptr<DiagnosticPrinter> printer;
};

/// Whether a path names a file of IR, not a checkpoint directory.
bool isIR(llvm::StringRef path);

/// What a model computes in: the type of its logits. Null of what is no model.
mlir::FloatType getLogitsType(mlir::ModuleOp model);

/// A model and, unless it is mere IR, its checkpoint. Functions that load one
/// print what is wrong with it.
struct LoadedModel {
  std::optional<grow::CheckpointDir> dir;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// What it accepts; only of models that were loaded to be run.
  grow::ModelLimits limits;

  /// Loads a checkpoint directory.
  static mlir::FailureOr<LoadedModel> load(Host &host, llvm::StringRef path);
  /// Loads a file of IR. Parameters that do not say where they are stored are
  /// stored under their own names.
  static mlir::FailureOr<LoadedModel> loadIR(Host &host, llvm::StringRef file);
  /// Loads a model in order to run it: IR as it is, a checkpoint directory in
  /// `type` or, if that is null, in f64 if the checkpoint holds f64, else in
  /// f32.
  static mlir::FailureOr<LoadedModel>
  loadForRun(Host &host, llvm::StringRef path, mlir::Type type);

  /// Of a model that was loaded to be run.
  mlir::FloatType getLogitsType();
  /// The checkpoint's tensors, or random ones, a function of `seed`.
  mlir::FailureOr<std::unique_ptr<grow::TensorSource>>
  getParameters(uint64_t seed);
};

/// A model that can be run.
struct RunnableModel {
  grow::CompiledModel compiled;
  double compileSeconds = 0, bindSeconds = 0;

  /// Compiles the model, looks its parameters up, and prints what is in the
  /// way. `parameters` must outlive the result.
  static mlir::FailureOr<RunnableModel>
  compile(LoadedModel &model, grow::TensorSource &parameters,
          const grow::CompileOptions &options = getCompileOptions());
};

/// The size of a random input, as far as a model leaves it open.
struct InputSize {
  int64_t batch, sequence;
  /// Whether the command line demands it, whatever a model is written for.
  bool demandsBatch = false, demandsSequence = false;
};

/// What models are run on: tokens, or images if they read those.
struct RunInput {
  grow::TokenBatch tokens;
  grow::HostTensor images;

  /// A random input that all of the models take, if it has not a size that is
  /// demanded and that one of them does not take.
  static RunInput draw(llvm::ArrayRef<grow::ModelLimits> models,
                       const InputSize &size, uint64_t seed);

  int64_t getBatch() const;
  llvm::Error check(const grow::ModelLimits &model) const;
  llvm::Expected<grow::HostTensor> run(const grow::CompiledModel &model) const;
};

/// What is wrong with the size of an input, if anything is.
std::optional<std::string> findMisuse(const InputSize &size);

/// Tells the seconds since it was made, or asked last.
class Stopwatch {
public:
  double lap() {
    Clock::time_point now = Clock::now();
    return std::chrono::duration<double>(now - std::exchange(last, now))
        .count();
  }

private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last = Clock::now();
};

/// How a model was compiled, for a report.
llvm::json::Object toJSON(const grow::CompileStatistics &statistics);

/// Parses rows of token numbers, `1,2,3;4,5,6`, all of the same length.
llvm::Expected<grow::TokenBatch> parseTokens(llvm::StringRef text);

#endif // GROW_TOOLS_GROW_MODELS_H
