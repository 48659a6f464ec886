//===- HoistInvariants.cpp - What need not be computed in each layer ------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A value of a function depends on parameters (stored tensors), on sizes of
// arguments, on both or on neither; or it is variable, which is all the rest.
// Structured ops whose results are not variable move to the callers, and those
// that depend on parameters alone from there to functions of their own.
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/Passes.h"

#include "UniqueFunctions.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Transforms/RegionUtils.h"

namespace grow {
#define GEN_PASS_DEF_HOISTINVARIANTSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

static constexpr llvm::StringLiteral kStored = "grow.stored";
static constexpr llvm::StringLiteral kPrepared = "grow.prepared";

namespace {

//===----------------------------------------------------------------------===//
// What values depend on
//===----------------------------------------------------------------------===//

struct Dependence {
  bool onParameters = false, onSizes = false, isVariable = false;

  void add(const Dependence &other) {
    onParameters |= other.onParameters;
    onSizes |= other.onSizes;
    isVariable |= other.isVariable;
  }
  bool operator==(const Dependence &other) const {
    return onParameters == other.onParameters && onSizes == other.onSizes &&
           isVariable == other.isVariable;
  }
};

Dependence getVariable() {
  Dependence variable;
  variable.isVariable = true;
  return variable;
}

/// The dependences of all values of a function's body, given its arguments'.
class Dependences {
public:
  Dependences(func::FuncOp function, ArrayRef<Dependence> arguments) {
    for (auto [argument, dependence] :
         llvm::zip_equal(function.getArguments(), arguments))
      values[argument] = dependence;
    for (Operation &op : function.getBody().front())
      for (Value result : op.getResults())
        values[result] = compute(op);
  }

  const Dependence &operator[](Value value) const { return values.at(value); }

private:
  Dependence compute(Operation &op) {
    if (isa<tensor::DimOp>(op)) {
      // Of whatever tensor: sizes do not depend on entries.
      Dependence size;
      size.onSizes = true;
      return size;
    }
    if (!isPure(&op))
      return getVariable();
    Dependence result;
    for (Value operand : op.getOperands())
      result.add(values[operand]);
    SetVector<Value> captured;
    getUsedValuesDefinedAbove(op.getRegions(), captured);
    for (Value value : captured)
      result.add(values[value]);
    return result;
  }

  DenseMap<Value, Dependence> values;
};

/// Whether moving `op` saves work. Fills do not count: each user needs its own.
bool isWorthMoving(Operation *op) {
  return isa<linalg::LinalgOp, linalg::PackOp>(op) && !isa<linalg::FillOp>(op);
}

/// What of a function can move: values whose dependence is as a predicate says.
class Movable {
public:
  Movable(func::FuncOp function, ArrayRef<Dependence> arguments,
          llvm::function_ref<bool(const Dependence &)> matches)
      : block(function.front()), dependences(function, arguments),
        matches(matches) {}

  /// Calls `move` with the results of ops worth moving that something else
  /// uses; it replaces them. The last one first: what is computed only for
  /// others that have moved need not move itself.
  void forEach(llvm::function_ref<void(Value)> move) {
    SmallVector<Value> found;
    for (Operation &op : block)
      if (isWorthMoving(&op) && op.getNumResults() == 1 &&
          matches(dependences[op.getResult(0)]))
        found.push_back(op.getResult(0));
    for (Value value : llvm::reverse(found)) {
      if (!isUsedByRest(value))
        continue;
      move(value);
      usedByRest.clear();
    }
  }

private:
  /// Whether `value` is used by what stays; views of it do not count as such.
  bool isUsedByRest(Value value) {
    if (auto it = usedByRest.find(value); it != usedByRest.end())
      return it->second;
    bool isUsed = llvm::any_of(value.getUsers(), [&](Operation *user) {
      Operation *top = block.findAncestorOpInBlock(*user);
      return top->getNumResults() != 1 ||
             !matches(dependences[top->getResult(0)]) ||
             isUsedByRest(top->getResult(0));
    });
    usedByRest[value] = isUsed;
    return isUsed;
  }

  Block &block;
  Dependences dependences;
  llvm::function_ref<bool(const Dependence &)> matches;
  DenseMap<Value, bool> usedByRest; // since the last move
};

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Where a size comes from: a dimension of an argument of a function.
struct ArgumentSize {
  unsigned argument;
  int64_t dim;
};

/// The argument whose size is that of `value` along `dim`.
std::optional<ArgumentSize> traceSize(Value value, int64_t dim) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return ArgumentSize{argument.getArgNumber(), dim};
    Operation *op = value.getDefiningOp();
    Value next;
    if (auto destination = dyn_cast<DestinationStyleOpInterface>(op)) {
      next = destination.getTiedOpOperand(cast<OpResult>(value))->get();
    } else if (auto loop = dyn_cast<scf::ForallOp>(op)) {
      next = loop.getTiedOpOperand(cast<OpResult>(value))->get();
    } else {
      SmallVector<OpFoldResult> sizes;
      if (auto empty = dyn_cast<tensor::EmptyOp>(op))
        sizes = empty.getMixedSizes();
      else if (auto expand = dyn_cast<tensor::ExpandShapeOp>(op))
        sizes = expand.getMixedOutputShape();
      auto size = sizes.empty() ? Value() : dyn_cast<Value>(sizes[dim]);
      auto dimOp = size ? size.getDefiningOp<tensor::DimOp>() : nullptr;
      std::optional<int64_t> index =
          dimOp ? dimOp.getConstantIndex() : std::nullopt;
      if (!index)
        return std::nullopt;
      next = dimOp.getSource();
      dim = *index;
    }
    value = next;
  }
}

/// The size of `value` along `dim` by as few steps through calls as it takes:
/// a layer's result is as long as what the first layer reads.
Value createSize(OpBuilder &builder, Value value, int64_t dim,
                 SymbolTableCollection &symbols) {
  while (auto call = value.getDefiningOp<func::CallOp>()) {
    auto function = symbols.lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (!function || function.isExternal())
      break;
    Operation *end = function.getBody().front().getTerminator();
    std::optional<ArgumentSize> size = traceSize(
        end->getOperand(cast<OpResult>(value).getResultNumber()), dim);
    if (!size)
      break;
    value = call.getOperand(size->argument);
    dim = size->dim;
  }
  return builder.createOrFold<tensor::DimOp>(value.getLoc(), value, dim);
}

//===----------------------------------------------------------------------===//
// Moving
//===----------------------------------------------------------------------===//

/// The ops that compute `value` in its block, in order, up to arguments. What
/// only a tensor's size is asked of is left out.
SetVector<Operation *> getSlice(Value value) {
  SetVector<Operation *> slice;
  SmallVector<Value> worklist{value};
  while (!worklist.empty()) {
    Operation *op = worklist.pop_back_val().getDefiningOp();
    if (!op || !slice.insert(op))
      continue;
    if (isa<tensor::DimOp>(op))
      continue;
    SetVector<Value> used(op->operand_begin(), op->operand_end());
    getUsedValuesDefinedAbove(op->getRegions(), used);
    llvm::append_range(worklist, used);
  }
  return topologicalSort(slice);
}

/// Clones the ops that compute `value`; `mapping` knows the arguments.
Value cloneSlice(OpBuilder &builder, Value value, IRMapping &mapping,
                 SymbolTableCollection &symbols) {
  for (Operation *op : getSlice(value)) {
    if (mapping.contains(op->getResult(0)))
      continue;
    if (auto dim = dyn_cast<tensor::DimOp>(op)) {
      std::optional<int64_t> index = dim.getConstantIndex();
      std::optional<ArgumentSize> size =
          index ? traceSize(dim.getSource(), *index) : std::nullopt;
      if (!size)
        return {};
      auto function = cast<func::FuncOp>(op->getParentOp());
      Value source = mapping.lookup(function.getArgument(size->argument));
      mapping.map(dim.getResult(),
                  createSize(builder, source, size->dim, symbols));
      continue;
    }
    builder.clone(*op, mapping);
  }
  return mapping.lookup(value);
}

/// Moves what is the same in every call, given the caller, to the callers.
class LayerHoister {
public:
  LayerHoister(func::FuncOp function, ArrayRef<func::CallOp> calls,
               SymbolTableCollection &symbols)
      : function(function), calls(calls), symbols(symbols) {}

  /// Returns the number of values that moved.
  int64_t run(ArrayRef<Dependence> arguments) {
    auto matches = [](const Dependence &dependence) {
      return !dependence.isVariable &&
             (dependence.onParameters || dependence.onSizes);
    };
    Movable(function, arguments, matches).forEach([&](Value value) {
      move(value);
    });
    dropUnusedArguments();
    return moved;
  }

private:
  void move(Value value) {
    SmallVector<Value> replacements;
    for (func::CallOp call : calls) {
      OpBuilder builder(call);
      IRMapping mapping;
      mapping.map(function.getArguments().take_front(call.getNumOperands()),
                  call.getOperands());
      Value replacement = cloneSlice(builder, value, mapping, symbols);
      if (!replacement)
        return;
      replacements.push_back(replacement);
    }
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, value.getType(), {}, value.getLoc());
    value.replaceAllUsesWith(function.getArgument(index));
    for (auto [call, replacement] : llvm::zip_equal(calls, replacements))
      func::CallOp(call).getOperandsMutable().append(replacement);
    ++moved;
  }

  void dropUnusedArguments() {
    IRRewriter rewriter(function.getContext());
    (void)runRegionDCE(rewriter, function->getRegions());
    BitVector unused(function.getNumArguments());
    for (BlockArgument argument : function.getArguments())
      if (argument.use_empty())
        unused.set(argument.getArgNumber());
    for (func::CallOp call : calls)
      call->eraseOperands(unused);
    (void)function.eraseArguments(unused);
  }

  func::FuncOp function;
  ArrayRef<func::CallOp> calls;
  SymbolTableCollection &symbols;
  int64_t moved = 0;
};

/// Moves what depends on parameters alone from a function that a host calls to
/// functions that the host calls once.
class ParameterHoister {
public:
  ParameterHoister(func::FuncOp function, UniqueFunctions &prepared)
      : function(function), prepared(prepared) {}

  /// Returns the number of values that moved.
  int64_t run(ArrayRef<Dependence> arguments) {
    auto matches = [](const Dependence &dependence) {
      return dependence.onParameters && !dependence.onSizes &&
             !dependence.isVariable;
    };
    Movable(function, arguments, matches).forEach([&](Value value) {
      move(value);
    });
    IRRewriter rewriter(function.getContext());
    (void)runRegionDCE(rewriter, function->getRegions());
    BitVector unused(function.getNumArguments());
    for (BlockArgument argument : function.getArguments())
      if (argument.use_empty() &&
          function.getArgAttr(argument.getArgNumber(), kStored))
        unused.set(argument.getArgNumber());
    (void)function.eraseArguments(unused);
    return moved;
  }

private:
  void move(Value value) {
    SmallVector<BlockArgument> used = getUsedArguments(value);
    func::FuncOp prepare = prepared.add(createFunction(value, used));
    Builder builder(function.getContext());
    SmallVector<Attribute> description{
        FlatSymbolRefAttr::get(prepare.getSymNameAttr())};
    for (BlockArgument argument : used)
      description.push_back(
          function.getArgAttr(argument.getArgNumber(), kStored));
    auto attributes = builder.getDictionaryAttr(
        builder.getNamedAttr(kPrepared, builder.getArrayAttr(description)));
    unsigned index = function.getNumArguments();
    (void)function.insertArgument(index, value.getType(), attributes,
                                  value.getLoc());
    value.replaceAllUsesWith(function.getArgument(index));
    ++moved;
  }

  static SmallVector<BlockArgument> getUsedArguments(Value value) {
    SetVector<Value> found;
    for (Operation *op : getSlice(value)) {
      SetVector<Value> used(op->operand_begin(), op->operand_end());
      getUsedValuesDefinedAbove(op->getRegions(), used);
      for (Value operand : used)
        if (isa<BlockArgument>(operand))
          found.insert(operand);
    }
    return llvm::map_to_vector(
        found, [](Value argument) { return cast<BlockArgument>(argument); });
  }

  /// A function of the arguments `used` that computes `value`.
  func::FuncOp createFunction(Value value, ArrayRef<BlockArgument> used) {
    OpBuilder builder(function.getContext());
    SmallVector<Type> types;
    for (BlockArgument argument : used)
      types.push_back(argument.getType());
    auto result = func::FuncOp::create(
        value.getLoc(), (function.getSymName() + ".prepare").str(),
        builder.getFunctionType(types, value.getType()));
    Block *body = result.addEntryBlock();
    builder.setInsertionPointToStart(body);
    IRMapping mapping;
    for (auto [argument, inside] : llvm::zip_equal(used, body->getArguments()))
      mapping.map(argument, inside);
    for (Operation *op : getSlice(value))
      builder.clone(*op, mapping);
    func::ReturnOp::create(builder, value.getLoc(), mapping.lookup(value));
    return result;
  }

  func::FuncOp function;
  UniqueFunctions &prepared;
  int64_t moved = 0;
};

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

bool hasBody(func::FuncOp function) {
  return !function.isExternal() && function.getBody().hasOneBlock();
}

/// Parameters are the arguments that name a stored tensor.
SmallVector<Dependence> getHostArguments(func::FuncOp host) {
  SmallVector<Dependence> arguments(host.getNumArguments(), getVariable());
  for (auto [index, argument] : llvm::enumerate(arguments))
    if (host.getArgAttr(index, kStored)) {
      argument.isVariable = false;
      argument.onParameters = true;
    }
  return arguments;
}

/// The functions that public ones call, directly or not.
class CallOrder {
public:
  CallOrder(ArrayRef<func::FuncOp> hosts, SymbolTableCollection &symbols)
      : symbols(symbols) {
    for (func::FuncOp host : hosts)
      visit(host);
    // Callers first: what a function is given depends on what they are.
    for (func::FuncOp function : llvm::reverse(order)) {
      if (function.isPublic())
        arguments[function] = getHostArguments(function);
      arguments[function].resize(function.getNumArguments());
      Dependences dependences(function, arguments[function]);
      for (auto call : function.getOps<func::CallOp>())
        if (func::FuncOp callee = getCallee(call))
          addOperands(callee, call, dependences);
    }
  }

  ArrayRef<func::FuncOp> getCalleesFirst() const { return order; }
  ArrayRef<func::CallOp> getCalls(func::FuncOp function) const {
    return calls.find(function)->second;
  }
  ArrayRef<Dependence> getArguments(func::FuncOp function) const {
    return arguments.find(function)->second;
  }
  /// Whether nothing but the calls refers to `function`.
  bool knowsAllUses(func::FuncOp function) const {
    auto uses = SymbolTable::getSymbolUses(function, function->getParentOp());
    return uses && static_cast<size_t>(llvm::range_size(*uses)) ==
                       getCalls(function).size();
  }

private:
  func::FuncOp getCallee(func::CallOp call) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    return callee && hasBody(callee) ? callee : func::FuncOp();
  }

  void visit(func::FuncOp function) {
    if (!visited.insert(function).second)
      return;
    for (auto call : function.getOps<func::CallOp>())
      if (func::FuncOp callee = getCallee(call)) {
        calls[callee].push_back(call);
        visit(callee);
      }
    order.push_back(function);
  }

  void addOperands(func::FuncOp callee, func::CallOp call,
                   const Dependences &dependences) {
    SmallVector<Dependence> &ofCallee = arguments[callee];
    ofCallee.resize(callee.getNumArguments());
    for (auto [argument, operand] :
         llvm::zip_equal(ofCallee, call.getOperands()))
      argument.add(dependences[operand]);
  }

  SymbolTableCollection &symbols;
  DenseSet<Operation *> visited;
  SmallVector<func::FuncOp> order;
  DenseMap<Operation *, SmallVector<func::CallOp>> calls;
  DenseMap<Operation *, SmallVector<Dependence>> arguments;
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct HoistInvariantsPass
    : public grow::impl::HoistInvariantsPassBase<HoistInvariantsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> hosts;
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPublic() && hasBody(function))
        hosts.push_back(function);
    SymbolTableCollection collection;
    CallOrder calls(hosts, collection);
    int64_t toCallers = 0, toHosts = 0;
    for (func::FuncOp function : calls.getCalleesFirst())
      if (function.isPrivate() && calls.knowsAllUses(function))
        toCallers +=
            LayerHoister(function, calls.getCalls(function), collection)
                .run(calls.getArguments(function));
    SymbolTable symbols(module);
    UniqueFunctions prepared(symbols);
    for (func::FuncOp host : hosts)
      if (SymbolTable::symbolKnownUseEmpty(host, module))
        toHosts += ParameterHoister(host, prepared).run(getHostArguments(host));
    if (toCallers + toHosts > 0)
      reportPassed(module, getName())
          << remark::reason(
                 "{0} values moved to callers, {1} computed once, when "
                 "parameters are loaded",
                 toCallers, toHosts)
          << remark::metric("to-callers", toCallers)
          << remark::metric("to-hosts", toHosts);
  }
};

} // namespace
