//===- OpTimer.h - Where the time of a model goes ---------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_OPTIMER_H
#define GROW_EXECUTION_OPTIMER_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include <chrono>
#include <vector>

namespace llvm {
class StringRef;
} // namespace llvm

namespace grow {

/// How long an op of a model has taken.
struct OpTime {
  /// Without its dialect, such as `attention`.
  std::string op;
  /// The layers that it stands in, which share its code; none outside of
  /// layers.
  std::vector<int64_t> layers;
  uint64_t calls = 0;
  double seconds = 0;
  /// Of one run, in all its layers: see countWork.
  double operations = 0;
};

/// Measures each op of a model whose ops call it: see `grow-outline-ops`.
class OpTimer {
public:
  /// `model` is what the pass made of a model. It is copied.
  explicit OpTimer(mlir::ModuleOp model);

  /// Makes this timer the one that code run by this thread calls, until the end
  /// of the scope.
  class Scope {
  public:
    explicit Scope(OpTimer *timer);
    ~Scope();

  private:
    OpTimer *previous;
  };

  /// What has been measured since the last reset, for runs with inputs of this
  /// batch and length: each op that has run, in the order in which they did
  /// first.
  std::vector<OpTime> getTimes(int64_t batch, int64_t sequence);
  void reset();

  /// The functions that such code calls, by name, and their addresses.
  static std::vector<std::pair<llvm::StringRef, void *>> getSymbols();

private:
  using Clock = std::chrono::steady_clock;

  static void begin(int64_t op);
  static void end(int64_t op);
  static thread_local OpTimer *current;

  mlir::OwningOpRef<mlir::ModuleOp> model;
  /// By the numbers of the ops.
  std::vector<OpTime> times;
  std::vector<int64_t> order;
  Clock::time_point started;
};

} // namespace grow

#endif // GROW_EXECUTION_OPTIMER_H
