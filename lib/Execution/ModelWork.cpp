//===- ModelWork.cpp - Arithmetic that a model asks for -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/ModelWork.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;

namespace {
/// How many sequences a value has and how long they are.
struct Extent {
  int64_t batch = 0, sequence = 0;
  double getTokens() const { return static_cast<double>(batch) * sequence; }
};

class Counter {
public:
  Counter(ModuleOp model, llvm::function_ref<void(Operation *, double)> visit)
      : symbols(model), visit(visit) {}

  void countForward(Extent input) {
    auto forward = symbols.lookup<func::FuncOp>("forward");
    extents[forward.getArgument(0)] = input;
    count(forward.getBody());
  }
  const ModelWork &getWork() const { return work; }

private:
  void count(Region &region);
  void count(Operation &op);
  double countOperations(Operation &op, Extent input);
  /// Counts what is inside of `op`, with its operands as the arguments of
  /// `region`.
  void enter(Operation &op, Region &region);

  SymbolTable symbols;
  llvm::function_ref<void(Operation *, double)> visit;
  DenseMap<Value, Extent> extents;
  ModelWork work;
};
} // namespace

/// Pairs of a token and one that it attends to, of one sequence.
static double countPairs(AttentionOp op, int64_t sequence) {
  double length = sequence;
  if (!op.getCausal())
    return length * length;
  double window =
      std::min(length, static_cast<double>(op.getWindow().value_or(sequence)));
  return window * (window + 1) / 2 + (length - window) * window;
}

static double countEntries(ValueRange matrices) {
  double entries = 0;
  for (Value matrix : matrices)
    if (matrix)
      entries += cast<RankedTensorType>(matrix.getType()).getNumElements();
  return entries;
}

static double countAttention(AttentionOp op, Extent input) {
  double projections =
      countEntries({op.getWq(), op.getWk(), op.getWv(), op.getWo()});
  double heads = op.getGroups() * op.getHeadsPerGroup();
  double widths = op.getKeyWidth() + op.getValueWidth();
  return 2 * (input.getTokens() * projections +
              input.batch * heads * widths * countPairs(op, input.sequence));
}

/// All tokens of the result but the class token are patches.
static Extent getPatches(PatchEmbeddingOp op, Extent input) {
  return {input.batch, op.getType().getDimSize(1)};
}

double Counter::countOperations(Operation &op, Extent input) {
  double tokens = input.getTokens();
  return llvm::TypeSwitch<Operation *, double>(&op)
      .Case([&](AttentionOp op) { return countAttention(op, input); })
      .Case([&](MLPOp op) {
        return 2 * tokens *
               countEntries({op.getUp(), op.getGate(), op.getDown()});
      })
      .Case(
          [&](DenseOp op) { return 2 * tokens * countEntries(op.getWeight()); })
      .Case([&](UnembeddingOp op) {
        return 2 * tokens * countEntries(op.getTable());
      })
      .Case([&](PatchEmbeddingOp op) {
        int64_t patches = getPatches(op, input).sequence - 1;
        return 2.0 * input.batch * patches * countEntries(op.getWeight());
      })
      .Default(0.0);
}

static Extent getResultExtent(Operation &op, Extent input) {
  return llvm::TypeSwitch<Operation *, Extent>(&op)
      .Case([&](PatchEmbeddingOp op) { return getPatches(op, input); })
      .Case([&](SelectTokenOp) { return Extent{input.batch, 1}; })
      .Default(input);
}

void Counter::enter(Operation &op, Region &region) {
  for (auto [operand, argument] :
       llvm::zip(op.getOperands(), region.getArguments()))
    if (auto it = extents.find(operand); it != extents.end()) {
      Extent extent = it->second;
      extents[argument] = extent;
    }
  count(region);
  Operation *terminator = region.front().getTerminator();
  for (auto [value, result] :
       llvm::zip(terminator->getOperands(), op.getResults()))
    if (auto it = extents.find(value); it != extents.end()) {
      Extent extent = it->second;
      extents[result] = extent;
    }
}

void Counter::count(Operation &op) {
  if (auto layer = dyn_cast<LayerOp>(op))
    return enter(op, layer.getBody());
  if (auto call = dyn_cast<func::CallOp>(op)) {
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (callee && !callee.isExternal())
      enter(op, callee.getBody());
    return;
  }
  // The first operand that has a batch and a sequence is the stream.
  auto stream = llvm::find_if(
      op.getOperands(), [&](Value value) { return extents.contains(value); });
  if (stream == op.getOperands().end())
    return;
  Extent input = extents[*stream];
  double operations = countOperations(op, input);
  work.operations += operations;
  if (visit)
    visit(&op, operations);
  Extent output = getResultExtent(op, input);
  work.tokens = std::max(work.tokens, output.batch * output.sequence);
  for (Value result : op.getResults())
    extents[result] = output;
}

void Counter::count(Region &region) {
  for (Operation &op : region.front())
    count(op);
}

ModelWork grow::countWork(ModuleOp model, int64_t batch, int64_t sequence,
                          llvm::function_ref<void(Operation *, double)> visit) {
  Counter counter(model, visit);
  counter.countForward({batch, sequence});
  return counter.getWork();
}
