//===- OutlineOps.cpp - Ops of a model to timed calls ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace grow {
#define GEN_PASS_DEF_OUTLINEOPSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// Operands, and what regions read from around them.
static SetVector<Value> getReadValues(Operation &op) {
  SetVector<Value> values(op.operand_begin(), op.operand_end());
  getUsedValuesDefinedAbove(op.getRegions(), values);
  return values;
}

namespace {
/// What of a model depends on its input, in all functions that are called.
class DependentValues {
public:
  explicit DependentValues(SymbolTable &symbols) : symbols(symbols) {}

  void add(func::FuncOp function, ArrayRef<bool> arguments) {
    for (auto [argument, depends] :
         llvm::zip_equal(function.getArguments(), arguments))
      if (depends)
        values.insert(argument);
    if (!llvm::is_contained(functions, function))
      functions.push_back(function);
    for (Operation &op : function.getBody().front())
      add(op);
  }

  bool contains(Operation &op) const {
    return llvm::any_of(op.getResults(),
                        [&](Value value) { return values.contains(value); });
  }
  /// The functions that were looked at, callers first.
  ArrayRef<func::FuncOp> getFunctions() const { return functions; }

private:
  void add(Operation &op) {
    auto depends = [&](Value value) { return values.contains(value); };
    if (llvm::none_of(getReadValues(op), depends))
      return;
    for (Value result : op.getResults())
      if (isa<RankedTensorType>(result.getType()))
        values.insert(result);
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return;
    auto callee = symbols.lookup<func::FuncOp>(call.getCallee());
    if (callee && callee.getBody().hasOneBlock())
      add(callee, llvm::map_to_vector(call.getOperands(), depends));
  }

  SymbolTable &symbols;
  DenseSet<Value> values;
  SmallVector<func::FuncOp> functions;
};

struct OutlineOpsPass : public grow::impl::OutlineOpsPassBase<OutlineOpsPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    auto forward = symbols.lookup<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock())
      return;
    SmallVector<bool> arguments(forward.getNumArguments());
    for (unsigned i = 0; i < arguments.size(); ++i)
      arguments[i] = !forward.getArgAttr(i, "grow.stored");
    DependentValues dependent(symbols);
    dependent.add(forward, arguments);

    begin = declare("grow_begin_op", symbols);
    end = declare("grow_end_op", symbols);
    for (func::FuncOp function : dependent.getFunctions())
      outlineOps(function, dependent, symbols);
    grow::reportCount(getOperation(), getName(), count, "ops",
                      "outlined to be timed");
  }

private:
  func::FuncOp declare(StringRef name, SymbolTable &symbols) {
    OpBuilder builder(&getContext());
    auto function = func::FuncOp::create(
        builder, getOperation().getLoc(), name,
        builder.getFunctionType(builder.getI64Type(), TypeRange()));
    function.setPrivate();
    symbols.insert(function);
    return function;
  }

  void outlineOps(func::FuncOp function, const DependentValues &dependent,
                  SymbolTable &symbols) {
    SetVector<Operation *> ops;
    for (Operation &op : function.getBody().front())
      if (dependent.contains(op) && !isa<func::CallOp>(op))
        ops.insert(&op);
    SmallVector<Operation *> views;
    for (Operation *op : ops)
      llvm::append_range(views, outline(op, ops, symbols));
    for (Operation *op : ops)
      op->erase();
    // Those that several ops read occur more than once.
    SetVector<Operation *> unique(views.begin(), views.end());
    eraseDead(unique.takeVector());
  }

  /// Erases what nobody reads any more: users after their operands' ops.
  static void eraseDead(SmallVector<Operation *> ops) {
    llvm::sort(
        ops, [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
    for (Operation *op : ops)
      if (isOpTriviallyDead(op))
        op->erase();
  }

  /// What `op` is computed of besides arguments, calls and other timed ops, in
  /// the order of the block; `inputs` are those.
  static SmallVector<Operation *> collect(Operation *op,
                                          const SetVector<Operation *> &timed,
                                          SetVector<Value> &inputs) {
    SetVector<Operation *> slice;
    auto read = [&](Value value) {
      Operation *producer = value.getDefiningOp();
      if (!producer || timed.contains(producer) || isa<func::CallOp>(producer))
        inputs.insert(value);
      else
        slice.insert(producer);
    };
    llvm::for_each(getReadValues(*op), read);
    for (unsigned i = 0; i < slice.size(); ++i)
      llvm::for_each(getReadValues(*slice[i]), read);
    SmallVector<Operation *> ordered = slice.takeVector();
    llvm::sort(ordered, [](Operation *a, Operation *b) {
      return a->isBeforeInBlock(b);
    });
    return ordered;
  }

  /// Replaces all uses of `op` by a call; returns the views that moved along.
  SmallVector<Operation *> outline(Operation *op,
                                   const SetVector<Operation *> &timed,
                                   SymbolTable &symbols) {
    SetVector<Value> inputs;
    SmallVector<Operation *> slice = collect(op, timed, inputs);
    func::FuncOp function = createFunction(op, slice, inputs.getArrayRef());
    symbols.insert(function);

    OpBuilder builder(op);
    Location loc = op->getLoc();
    Value id = arith::ConstantOp::create(builder, loc,
                                         builder.getI64IntegerAttr(count++));
    func::CallOp::create(builder, loc, begin, id);
    auto call =
        func::CallOp::create(builder, loc, function, inputs.getArrayRef());
    func::CallOp::create(builder, loc, end, id);
    op->replaceAllUsesWith(call);
    return slice;
  }

  func::FuncOp createFunction(Operation *op, ArrayRef<Operation *> slice,
                              ArrayRef<Value> inputs) {
    OpBuilder builder(&getContext());
    auto type = builder.getFunctionType(ValueRange(inputs).getTypes(),
                                        op->getResultTypes());
    auto function =
        func::FuncOp::create(op->getLoc(), op->getName().stripDialect(), type);
    function.setPrivate();
    function->setAttr("grow.timed", builder.getI64IntegerAttr(count));
    Block *body = function.addEntryBlock();
    IRMapping mapping;
    mapping.map(inputs, body->getArguments());
    builder.setInsertionPointToStart(body);
    for (Operation *view : slice)
      builder.clone(*view, mapping);
    Operation *clone = builder.clone(*op, mapping);
    func::ReturnOp::create(builder, op->getLoc(), clone->getResults());
    return function;
  }

  func::FuncOp begin, end;
  int64_t count = 0;
};
} // namespace
