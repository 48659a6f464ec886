//===- OpTimer.cpp - Where the time of a model goes -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/OpTimer.h"
#include "grow/Execution/ModelWork.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringRef.h"

using namespace mlir;
using namespace grow;

/// The number of the op that a function consists of, if it was made for one.
static IntegerAttr getTimedOp(Operation *function) {
  return function->getAttrOfType<IntegerAttr>("grow.timed");
}

/// The op that a function was made for stands before its return.
static std::string getOpName(func::FuncOp function) {
  Operation *terminator = function.getBody().front().getTerminator();
  return terminator->getPrevNode()->getName().stripDialect().str();
}

OpTimer::OpTimer(ModuleOp original) : model(original.clone()) {
  SymbolTable symbols(*model);
  auto getCallee = [&](func::CallOp call) {
    return symbols.lookup<func::FuncOp>(call.getCallee());
  };
  // What @forward calls besides ops are its layers.
  DenseMap<Operation *, std::vector<int64_t>> layers;
  int64_t layer = 0;
  auto forward = symbols.lookup<func::FuncOp>("forward");
  for (auto call : forward.getOps<func::CallOp>())
    if (func::FuncOp callee = getCallee(call);
        !callee.isExternal() && !getTimedOp(callee))
      layers[callee].push_back(layer++);

  model->walk([&](func::CallOp call) {
    IntegerAttr number = getTimedOp(getCallee(call));
    if (!number)
      return;
    times.resize(std::max<size_t>(times.size(), number.getInt() + 1));
    OpTime &time = times[number.getInt()];
    time.op = getOpName(getCallee(call));
    time.layers = layers.lookup(call->getParentOp());
  });
}

std::vector<OpTime> OpTimer::getTimes(int64_t batch, int64_t sequence) {
  std::vector<double> operations(times.size());
  countWork(*model, batch, sequence, [&](Operation *op, double count) {
    if (IntegerAttr number = getTimedOp(op->getParentOp()))
      operations[number.getInt()] += count;
  });
  std::vector<OpTime> result;
  for (int64_t number : order) {
    result.push_back(times[number]);
    result.back().operations = operations[number];
  }
  return result;
}

void OpTimer::reset() {
  order.clear();
  for (OpTime &time : times) {
    time.calls = 0;
    time.seconds = 0;
  }
}

//===----------------------------------------------------------------------===//
// Marks
//===----------------------------------------------------------------------===//

thread_local OpTimer *OpTimer::current = nullptr;

OpTimer::Scope::Scope(OpTimer *timer) : previous(current) { current = timer; }

OpTimer::Scope::~Scope() { current = previous; }

void OpTimer::begin(int64_t) {
  if (current)
    current->started = Clock::now();
}

void OpTimer::end(int64_t op) {
  if (!current)
    return;
  OpTime &time = current->times[op];
  if (time.calls++ == 0)
    current->order.push_back(op);
  time.seconds +=
      std::chrono::duration<double>(Clock::now() - current->started).count();
}

std::vector<std::pair<llvm::StringRef, void *>> OpTimer::getSymbols() {
  return {{"grow_begin_op", reinterpret_cast<void *>(&OpTimer::begin)},
          {"grow_end_op", reinterpret_cast<void *>(&OpTimer::end)}};
}
