//===- PlanBuffers.cpp - One arena for the buffers of a function ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sizes are dynamic, so the plan is symbolic: which buffers share a slot is
// decided here, how large a slot is and where it begins is computed at the
// function's entry, from sizes of its arguments. Functions are planned callees
// first: what a callee needs is one more buffer of its caller, alive during the
// call.
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "Buffers.h"
#include "EntrySizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {
#define GEN_PASS_DEF_CPUPLANBUFFERSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

static MemRefType getBytesType(MLIRContext *context) {
  return MemRefType::get(ShapedType::kDynamic, IntegerType::get(context, 8));
}

namespace {

//===----------------------------------------------------------------------===//
// Plan of a function
//===----------------------------------------------------------------------===//

/// What a planned function asks of its callers: trailing arguments, buffers of
/// bytes for each result and for all else.
struct PlannedFunction {
  /// At the function's entry.
  Value arenaBytes;
  /// For each result the sizes of its buffer, at the function's entry.
  SmallVector<SmallVector<Value>> resultSizes;
};

using PlannedFunctions = DenseMap<Operation *, PlannedFunction>;

/// Something that needs bytes from the op numbered `begin` to `end`.
struct Need {
  int64_t begin, end;
  Value bytes;
  llvm::unique_function<void(Value offset)> use;
  Value offset;
};

class FunctionPlanner {
public:
  FunctionPlanner(func::FuncOp function, PlannedFunctions &planned,
                  SymbolTableCollection &symbols, int64_t alignment)
      : function(function), planned(planned), symbols(symbols),
        alignment(alignment), sizes(function), views(function) {
    for (Operation &op : function.front())
      numbers[&op] = numbers.size();
  }

  /// `callersProvide`: the arena and buffers for results, if there are any.
  /// Otherwise the function allocates an arena, and results stay as they are.
  void run(bool callersProvide) {
    results = callersProvide ? findResults() : std::nullopt;
    for (Operation &op : llvm::make_early_inc_range(function.front())) {
      if (auto alloc = dyn_cast<memref::AllocOp>(op))
        addBuffer(alloc);
      else if (auto call = dyn_cast<func::CallOp>(op))
        addCall(call);
    }
    if (!needs.empty() || (results && !results->empty()))
      useArena();
    for (Operation *op : replaced)
      op->erase();
  }

private:
  using Results = SmallVector<memref::AllocOp>;

  void useArena() {
    Value total = assignOffsets();
    createArena(total);
    for (Need &need : needs)
      need.use(need.offset);
    if (results)
      passResults(total);
  }

  /// The allocations behind the results, through reshapes; none if a result is
  /// anything else or of unknown size.
  std::optional<Results> findResults() {
    Results found;
    Operation *end = function.front().getTerminator();
    for (Value result : end->getOperands()) {
      auto type = dyn_cast<MemRefType>(result.getType());
      Value buffer = result;
      while (Operation *op = buffer.getDefiningOp()) {
        if (!isa<memref::ExpandShapeOp, memref::CollapseShapeOp,
                 memref::CastOp>(op))
          break;
        buffer = op->getOperand(0);
      }
      auto alloc = buffer.getDefiningOp<memref::AllocOp>();
      if (!type || !type.getLayout().isIdentity() || !alloc ||
          alloc->getBlock() != &function.front() ||
          llvm::is_contained(found, alloc) ||
          !canBecomeView(alloc, views, alignment) ||
          !sizes.getBytes(alloc, alignment))
        return std::nullopt;
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        if (!sizes.getDim(result, dim))
          return std::nullopt;
      found.push_back(alloc);
    }
    return found;
  }

  void addBuffer(memref::AllocOp alloc) {
    if (!canBecomeView(alloc, views, alignment) ||
        (results && llvm::is_contained(*results, alloc)) || isReturned(alloc))
      return;
    Value bytes = sizes.getBytes(alloc, alignment);
    if (!bytes)
      return;
    needs.push_back({numbers[alloc],
                     getLastUse(alloc),
                     bytes,
                     [this, alloc](Value offset) mutable {
                       replaceByView(alloc, alloc.getMixedSizes(), arena,
                                     offset);
                       replaced.push_back(alloc);
                     },
                     {}});
  }

  bool isReturned(Value buffer) {
    return llvm::any_of(views.resolve(buffer), [&](Value view) {
      return llvm::any_of(view.getUsers(), [](Operation *user) {
        return user->hasTrait<OpTrait::ReturnLike>() &&
               isa<func::FuncOp>(user->getParentOp());
      });
    });
  }

  int64_t getLastUse(Value buffer) {
    int64_t last = numbers[buffer.getDefiningOp()];
    for (Value view : views.resolve(buffer))
      for (Operation *user : view.getUsers())
        if (Operation *top = function.front().findAncestorOpInBlock(*user))
          last = std::max(last, numbers[top]);
    return last;
  }

  void replaceByView(Value buffer, ArrayRef<OpFoldResult> mixedSizes,
                     Value bytes, Value offset) {
    OpBuilder builder(buffer.getDefiningOp());
    SmallVector<Value> dynamic;
    SmallVector<int64_t> shape;
    dispatchIndexOpFoldResults(mixedSizes, dynamic, shape);
    Value view = memref::ViewOp::create(builder, buffer.getLoc(),
                                        cast<MemRefType>(buffer.getType()),
                                        bytes, offset, dynamic);
    buffer.replaceAllUsesWith(view);
  }

  /// The buffers that a call of a planned function needs.
  void addCall(func::CallOp call) {
    auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    auto it = planned.find(callee);
    if (it == planned.end())
      return;
    std::optional<PlannedFunction> here = translate(it->second, call);
    if (!here)
      return allocateAtCall(call, it->second);
    for (auto [result, resultSizes] :
         llvm::zip_equal(call.getResults(), here->resultSizes))
      sizes.setSizes(result, resultSizes);

    int64_t number = numbers[call];
    auto operands =
        std::make_shared<SmallVector<Value>>(call.getNumResults() + 1);
    for (auto [i, result] : llvm::enumerate(call.getResults())) {
      Value bytes = sizes.getBytes(result, alignment);
      if (isReturned(result)) {
        // It belongs to the caller, who cannot free a part of an arena.
        OpBuilder builder(call);
        (*operands)[i] = memref::AllocOp::create(
            builder, call.getLoc(), getBytesType(call.getContext()),
            ValueRange{bytes}, builder.getI64IntegerAttr(alignment));
        continue;
      }
      needs.push_back({number,
                       getLastUse(result),
                       bytes,
                       [this, call, operands, i = i, bytes](Value offset) {
                         (*operands)[i] = cutArena(call, offset, bytes);
                       },
                       {}});
    }
    needs.push_back({number,
                     number,
                     here->arenaBytes,
                     [this, call, operands, here](Value offset) mutable {
                       operands->back() =
                           cutArena(call, offset, here->arenaBytes);
                       replaceCall(call, *operands, here->resultSizes);
                     },
                     {}});
  }

  /// Gives a call buffers of its own: their sizes are known only there.
  void allocateAtCall(func::CallOp call, const PlannedFunction &callee) {
    ImplicitLocOpBuilder b(call.getLoc(), call);
    DenseMap<Value, Value> mapping;
    auto clone = [&](Value size) {
      return cloneFromCallee(
          size, call, mapping, b, [&](Value operand) { return operand; },
          [&](Value operand, int64_t dim) -> Value {
            return memref::DimOp::create(b, operand, dim);
          });
    };
    MemRefType bytesType = getBytesType(call.getContext());
    auto allocate = [&](Value bytes) -> Value {
      return memref::AllocOp::create(b, bytesType, ValueRange{bytes},
                                     b.getI64IntegerAttr(alignment));
    };
    SmallVector<Value> buffers;
    SmallVector<SmallVector<Value>> resultSizes;
    for (auto [result, calleeSizes] :
         llvm::zip_equal(call.getResults(), callee.resultSizes)) {
      resultSizes.push_back(llvm::map_to_vector(calleeSizes, clone));
      auto type = cast<MemRefType>(result.getType());
      Value bytes = arith::ConstantIndexOp::create(b, *getElementBytes(type));
      for (Value size : resultSizes.back())
        bytes = b.createOrFold<arith::MulIOp>(bytes, size);
      buffers.push_back(allocate(bytes));
    }
    buffers.push_back(allocate(clone(callee.arenaBytes)));
    replaceCall(call, buffers, resultSizes);
  }

  /// Sizes at the callee's entry, as sizes at this function's; none if they
  /// depend on more than its arguments.
  std::optional<PlannedFunction> translate(const PlannedFunction &callee,
                                           func::CallOp call) {
    DenseMap<Value, Value> mapping;
    auto clone = [&](Value size) {
      return cloneFromCallee(
          size, call, mapping, sizes.getBuilder(),
          [&](Value operand) { return sizes.get(operand); },
          [&](Value operand, int64_t dim) {
            return sizes.getDim(operand, dim);
          });
    };
    PlannedFunction result;
    result.arenaBytes = clone(callee.arenaBytes);
    bool isKnown = result.arenaBytes != nullptr;
    for (ArrayRef<Value> calleeSizes : callee.resultSizes) {
      result.resultSizes.push_back(llvm::map_to_vector(calleeSizes, clone));
      isKnown &= llvm::all_of(result.resultSizes.back(),
                              [](Value size) { return size != nullptr; });
    }
    return isKnown ? std::optional(result) : std::nullopt;
  }

  Value cutArena(func::CallOp call, Value offset, Value bytes) {
    OpBuilder builder(call);
    return memref::ViewOp::create(builder, call.getLoc(),
                                  getBytesType(call.getContext()), arena,
                                  offset, bytes);
  }

  void replaceCall(func::CallOp call, ArrayRef<Value> buffers,
                   ArrayRef<SmallVector<Value>> resultSizes) {
    OpBuilder builder(call);
    SmallVector<Value> operands(call.getOperands());
    llvm::append_range(operands, buffers);
    func::CallOp::create(builder, call.getLoc(), call.getCallee(), TypeRange(),
                         operands);
    for (auto [result, buffer, resultSize] :
         llvm::zip(call.getResults(), buffers, resultSizes)) {
      auto type = cast<MemRefType>(result.getType());
      SmallVector<Value> dynamic;
      for (auto [dim, size] : llvm::enumerate(resultSize))
        if (type.isDynamicDim(dim))
          dynamic.push_back(size);
      Value zero = arith::ConstantIndexOp::create(builder, call.getLoc(), 0);
      result.replaceAllUsesWith(memref::ViewOp::create(
          builder, call.getLoc(), type, buffer, zero, dynamic));
    }
    replaced.push_back(call);
  }

  /// Clones what computes a size from the callee's arguments; null if the size
  /// of an operand is not known where `b` is.
  Value cloneFromCallee(Value value, func::CallOp call,
                        DenseMap<Value, Value> &mapping,
                        ImplicitLocOpBuilder &b,
                        function_ref<Value(Value)> getIndex,
                        function_ref<Value(Value, int64_t)> getDim) {
    if (Value done = mapping.lookup(value))
      return done;
    Value result;
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      result = getIndex(call.getOperand(argument.getArgNumber()));
    } else if (auto dim = value.getDefiningOp<memref::DimOp>()) {
      auto argument = cast<BlockArgument>(dim.getSource());
      result = getDim(call.getOperand(argument.getArgNumber()),
                      *dim.getConstantIndex());
    } else {
      IRMapping operands;
      for (Value operand : value.getDefiningOp()->getOperands()) {
        Value cloned =
            cloneFromCallee(operand, call, mapping, b, getIndex, getDim);
        if (!cloned)
          return {};
        operands.map(operand, cloned);
      }
      auto number = cast<OpResult>(value).getResultNumber();
      result = b.clone(*value.getDefiningOp(), operands)->getResult(number);
      if (&b == &sizes.getBuilder())
        result = sizes.unique(result);
    }
    mapping[value] = result;
    return result;
  }

  /// Lets needs that are not alive at the same time share slots. Returns the
  /// bytes of all slots.
  Value assignOffsets() {
    struct Slot {
      Value bytes;
      int64_t end;
      SmallVector<Need *> needs;
    };
    SmallVector<Slot> slots;
    for (Need &need : needs) {
      // Of the same size: another one would grow, and its rest lie idle.
      auto *slot = llvm::find_if(slots, [&](const Slot &slot) {
        return slot.end < need.begin && slot.bytes == need.bytes;
      });
      if (slot == slots.end())
        slot = &slots.emplace_back(Slot{need.bytes, need.end, {}});
      slot->end = need.end;
      slot->needs.push_back(&need);
    }
    if (!needs.empty())
      reportPassed(function, "CPUPlanBuffers")
          << remark::reason("{0} buffers share {1} slots of an arena",
                            needs.size(), slots.size())
          << remark::metric("buffers", needs.size())
          << remark::metric("slots", slots.size());
    Value total = sizes.constant(0);
    for (Slot &slot : slots) {
      for (Need *need : slot.needs)
        need->offset = total;
      total = sizes.fold<arith::AddIOp>(total, slot.bytes);
    }
    return total;
  }

  void createArena(Value total) {
    MemRefType type = getBytesType(function.getContext());
    if (results) {
      for (size_t i = 0; i < results->size() + 1; ++i)
        (void)function.insertArgument(function.getNumArguments(), type, {},
                                      function.getLoc());
      arena = function.getArguments().back();
      return;
    }
    ImplicitLocOpBuilder &b = sizes.getBuilder();
    arena = memref::AllocOp::create(b, type, ValueRange{total},
                                    b.getI64IntegerAttr(alignment));
  }

  /// Makes results what callers provide.
  void passResults(Value total) {
    PlannedFunction &plan = planned[function];
    plan.arenaBytes = total;
    Operation *end = function.front().getTerminator();
    unsigned first = function.getNumArguments() - results->size() - 1;
    for (auto [i, result] : llvm::enumerate(end->getOperands())) {
      SmallVector<Value> resultSizes;
      auto type = cast<MemRefType>(result.getType());
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        resultSizes.push_back(sizes.getDim(result, dim));
      plan.resultSizes.push_back(resultSizes);
    }
    for (auto [i, alloc] : llvm::enumerate(*results)) {
      OpBuilder builder(alloc);
      Value zero = arith::ConstantIndexOp::create(builder, alloc.getLoc(), 0);
      replaceByView(alloc, alloc.getMixedSizes(),
                    function.getArgument(first + i), zero);
      replaced.push_back(alloc);
    }
    end->setOperands({});
    function.setType(FunctionType::get(function.getContext(),
                                       function.getArgumentTypes(), {}));
    function.removeResAttrsAttr();
  }

  func::FuncOp function;
  PlannedFunctions &planned;
  SymbolTableCollection &symbols;
  int64_t alignment;
  EntrySizes sizes;
  BufferViewFlowAnalysis views;
  DenseMap<Operation *, int64_t> numbers;
  /// None if the function allocates for itself.
  std::optional<Results> results;
  SmallVector<Need> needs;
  Value arena;
  /// Erased at the end: sizes are remembered by the ops that they belong to.
  SmallVector<Operation *> replaced;
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct PlanBuffers : public grow::impl::CPUPlanBuffersPassBase<PlanBuffers> {
  using Base::Base;

  void runOnOperation() override {
    // Nobody asks for more than a large page.
    constexpr int64_t kLargest = int64_t(1) << 30;
    if (alignment < 1 || alignment > kLargest ||
        !llvm::isPowerOf2_64(alignment)) {
      emitError(getOperation().getLoc())
          << "'alignment' is " << alignment.getValue()
          << ": expected a power of two, at most " << kLargest;
      return signalPassFailure();
    }
    SymbolTableCollection symbols;
    PlannedFunctions planned;
    CallGraph calls;
    for (auto function : getOperation().getOps<func::FuncOp>())
      visit(function, symbols, calls);
    for (func::FuncOp function : calls.calleesFirst)
      FunctionPlanner(function, planned, symbols, alignment)
          .run(/*callersProvide=*/function.isPrivate() &&
               !calls.recursive.contains(function) && isOnlyCalled(function));
  }

private:
  struct CallGraph {
    DenseSet<Operation *> visited, active, recursive;
    SmallVector<func::FuncOp> calleesFirst;
  };

  static void visit(func::FuncOp function, SymbolTableCollection &symbols,
                    CallGraph &calls) {
    if (function.isExternal() || !function.getBody().hasOneBlock())
      return;
    if (calls.active.contains(function))
      calls.recursive.insert(function);
    if (!calls.visited.insert(function).second)
      return;
    calls.active.insert(function);
    function.walk([&](func::CallOp call) {
      if (auto callee = symbols.lookupNearestSymbolFrom<func::FuncOp>(
              call, call.getCalleeAttr()))
        visit(callee, symbols, calls);
    });
    calls.active.erase(function);
    calls.calleesFirst.push_back(function);
  }

  /// Whether all uses are calls from the top level of functions, which can give
  /// it an arena.
  bool isOnlyCalled(func::FuncOp function) {
    auto uses = SymbolTable::getSymbolUses(function, getOperation());
    return uses && llvm::all_of(*uses, [](SymbolTable::SymbolUse use) {
             auto call = dyn_cast<func::CallOp>(use.getUser());
             auto caller =
                 call ? dyn_cast<func::FuncOp>(call->getParentOp()) : nullptr;
             return caller && caller.getBody().hasOneBlock();
           });
  }
};

} // namespace
