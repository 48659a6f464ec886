//===- PassPointers.cpp - Buffers cross calls as pointers -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {
#define GEN_PASS_DEF_CPUPASSPOINTERSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// The type of a buffer that a pointer and its dynamic sizes describe; null for
/// other types.
static MemRefType getContiguous(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  if (!memref || !memref.getLayout().isIdentity() || memref.getMemorySpace())
    return {};
  return memref;
}

/// A pointer is not enough to free what it points into.
static bool isFreed(Value value) {
  return llvm::any_of(value.getUsers(),
                      [](Operation *op) { return isa<memref::DeallocOp>(op); });
}

/// Whether a number of this type is passed in a slot of eight bytes.
static bool fitsSlot(Type type) {
  return type.isIndex() ||
         (type.isIntOrFloat() && type.getIntOrFloatBitWidth() <= 64);
}

namespace {

/// Takes buffers apart and puts them together again.
class BufferBuilder {
public:
  BufferBuilder(const LLVMTypeConverter &types) : types(types) {}

  Value getDescriptor(OpBuilder &builder, Location loc, Value buffer) const {
    return UnrealizedConversionCastOp::create(
               builder, loc, types.convertType(buffer.getType()), buffer)
        .getResult(0);
  }

  /// Appends the pointer to the first element and the dynamic sizes.
  void unpack(OpBuilder &builder, Location loc, Value buffer,
              SmallVectorImpl<Value> &parts) const {
    auto type = cast<MemRefType>(buffer.getType());
    MemRefDescriptor descriptor(getDescriptor(builder, loc, buffer));
    parts.push_back(descriptor.alignedPtr(builder, loc));
    for (unsigned axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis))
        parts.push_back(descriptor.size(builder, loc, axis));
  }

  /// The buffer at `pointer`, with these sizes (of type i64) on its dynamic
  /// axes.
  Value pack(OpBuilder &builder, Location loc, MemRefType type, Value pointer,
             ValueRange dynamicSizes) const {
    Value descriptor =
        type.hasStaticShape()
            ? Value(MemRefDescriptor::fromStaticShape(builder, loc, types, type,
                                                      pointer))
            : packDynamic(builder, loc, type, pointer, dynamicSizes);
    return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
        .getResult(0);
  }

private:
  Value packDynamic(OpBuilder &builder, Location loc, MemRefType type,
                    Value pointer, ValueRange dynamicSizes) const {
    auto descriptor =
        MemRefDescriptor::poison(builder, loc, types.convertType(type));
    descriptor.setAllocatedPtr(builder, loc, pointer);
    descriptor.setAlignedPtr(builder, loc, pointer);
    descriptor.setConstantOffset(builder, loc, 0);
    Type integer = builder.getI64Type();
    Value stride = LLVM::ConstantOp::create(builder, loc, integer, 1);
    for (unsigned axis = type.getRank(); axis-- > 0;) {
      int64_t known = type.getDimSize(axis);
      Value size;
      if (ShapedType::isDynamic(known)) {
        size = dynamicSizes.back();
        dynamicSizes = dynamicSizes.drop_back();
      } else {
        size = LLVM::ConstantOp::create(builder, loc, integer, known);
      }
      descriptor.setSize(builder, loc, axis, size);
      descriptor.setStride(builder, loc, axis, stride);
      if (axis > 0)
        stride = LLVM::MulOp::create(builder, loc, stride, size);
    }
    return descriptor;
  }

  const LLVMTypeConverter &types;
};

//===----------------------------------------------------------------------===//
// Private functions
//===----------------------------------------------------------------------===//

/// Changes a function that only the module calls, and its calls.
class PrivateFunction {
public:
  PrivateFunction(func::FuncOp function, ArrayRef<Operation *> users,
                  const BufferBuilder &buffers)
      : function(function), users(users), buffers(buffers) {
    for (BlockArgument argument : function.getArguments())
      passed.push_back(getContiguous(argument.getType()) && !isFreed(argument));
  }

  void rewrite() {
    for (Operation *user : users)
      rewriteCall(cast<func::CallOp>(user));
    rewriteArguments();
  }

private:
  void rewriteCall(func::CallOp call) const {
    OpBuilder builder(call);
    SmallVector<Value> operands;
    for (auto [isPassed, operand] : llvm::zip_equal(passed, call.getOperands()))
      if (isPassed)
        buffers.unpack(builder, call.getLoc(), operand, operands);
      else
        operands.push_back(operand);
    call.getOperandsMutable().assign(operands);
  }

  void rewriteArguments() {
    OpBuilder builder = OpBuilder::atBlockBegin(&function.front());
    Location loc = function.getLoc();
    Type pointer = LLVM::LLVMPointerType::get(builder.getContext());
    unsigned index = 0;
    for (bool isPassed : passed) {
      if (!isPassed) {
        ++index;
        continue;
      }
      BlockArgument argument = function.getArgument(index);
      auto type = cast<MemRefType>(argument.getType());
      unsigned next = index + 1;
      (void)function.insertArgument(next++, pointer, {}, loc);
      for (size_t i = 0; i < type.getNumDynamicDims(); ++i)
        (void)function.insertArgument(next++, builder.getI64Type(), {}, loc);
      ValueRange parts =
          function.getArguments().slice(index + 1, next - index - 1);
      argument.replaceAllUsesWith(
          buffers.pack(builder, loc, type, parts.front(), parts.drop_front()));
      (void)function.eraseArgument(index);
      index = next - 1;
    }
  }

  func::FuncOp function;
  ArrayRef<Operation *> users;
  const BufferBuilder &buffers;
  SmallVector<bool> passed;
};

//===----------------------------------------------------------------------===//
// Public functions
//===----------------------------------------------------------------------===//

/// Gives a function that only the host calls an array of slots as its only
/// argument.
class PublicFunction {
public:
  PublicFunction(func::FuncOp function, const BufferBuilder &buffers)
      : function(function), buffers(buffers), context(function.getContext()),
        pointer(LLVM::LLVMPointerType::get(context)) {}

  LogicalResult rewrite() {
    for (Type type : function.getArgumentTypes())
      if (!getContiguous(type) && !fitsSlot(type))
        return function.emitOpError()
               << "expects arguments that are numbers or contiguous buffers, "
                  "but one is "
               << type;
    for (Type type : function.getResultTypes())
      if (!getContiguous(type))
        return function.emitOpError()
               << "expects contiguous buffers as results, but one is " << type;
    unsigned arguments = function.getNumArguments();
    (void)function.insertArgument(0, pointer, {}, function.getLoc());
    slots = function.getArgument(0);
    int64_t slot = function.getNumResults();
    for (unsigned i = 0; i < arguments; ++i)
      slot = rewriteArgument(function.getArgument(i + 1), slot);
    llvm::BitVector erased(arguments + 1, true);
    erased.reset(0);
    (void)function.eraseArguments(erased);
    function.walk([&](func::ReturnOp op) { rewriteReturn(op); });
    function.setType(FunctionType::get(context, pointer, {}));
    function.removeResAttrsAttr();
    function->removeAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName());
    return success();
  }

private:
  /// Loads the argument from the slots from `slot` on; returns the next slot.
  int64_t rewriteArgument(BlockArgument argument, int64_t slot) {
    OpBuilder builder = atFirstUse(argument);
    Location loc = argument.getLoc();
    MemRefType type = getContiguous(argument.getType());
    if (!type) {
      argument.replaceAllUsesWith(loadNumber(builder, argument, slot));
      return slot + 1;
    }
    Value address = load(builder, loc, pointer, slot++);
    SmallVector<Value> sizes;
    for (size_t i = 0; i < type.getNumDynamicDims(); ++i)
      sizes.push_back(load(builder, loc, builder.getI64Type(), slot++));
    argument.replaceAllUsesWith(
        buffers.pack(builder, loc, type, address, sizes));
    return slot;
  }

  /// A model has hundreds of parameters: loaded all at once they would be
  /// spilled.
  OpBuilder atFirstUse(BlockArgument argument) {
    Block *entry = argument.getOwner();
    Operation *first = nullptr;
    for (Operation *user : argument.getUsers()) {
      Operation *ancestor = entry->findAncestorOpInBlock(*user);
      if (!ancestor)
        return OpBuilder::atBlockBegin(entry);
      if (!first || ancestor->isBeforeInBlock(first))
        first = ancestor;
    }
    return first ? OpBuilder(first) : OpBuilder::atBlockBegin(entry);
  }

  Value loadNumber(OpBuilder &builder, BlockArgument argument, int64_t slot) {
    Location loc = argument.getLoc();
    Type type = argument.getType();
    if (!type.isIndex())
      return load(builder, loc, type, slot);
    Value number = load(builder, loc, builder.getI64Type(), slot);
    return arith::IndexCastOp::create(builder, loc, type, number);
  }

  Value load(OpBuilder &builder, Location loc, Type type, int64_t slot) {
    Value address =
        LLVM::GEPOp::create(builder, loc, pointer, builder.getI64Type(), slots,
                            ArrayRef<LLVM::GEPArg>(slot));
    return LLVM::LoadOp::create(builder, loc, type, address, /*alignment=*/8,
                                /*isVolatile=*/false, /*isNonTemporal=*/false,
                                /*isInvariant=*/true);
  }

  /// Stores the descriptor of each result where its slot points to.
  void rewriteReturn(func::ReturnOp op) {
    OpBuilder builder(op);
    for (auto [slot, result] : llvm::enumerate(op.getOperands())) {
      Value address = load(builder, op.getLoc(), pointer, slot);
      LLVM::StoreOp::create(builder, op.getLoc(),
                            buffers.getDescriptor(builder, op.getLoc(), result),
                            address, /*alignment=*/8);
    }
    op.getOperandsMutable().clear();
  }

  func::FuncOp function;
  const BufferBuilder &buffers;
  MLIRContext *context;
  Type pointer;
  Value slots;
};

/// Leaves a public function that the module calls, too, to the host, and gives
/// the module a private one.
void separate(func::FuncOp function, SymbolTable &symbols) {
  auto body = func::FuncOp::create(function.getLoc(), function.getSymName(),
                                   function.getFunctionType());
  body.setPrivate();
  body.getBody().takeBody(function.getBody());
  StringAttr name = symbols.insert(body, Block::iterator(function));
  (void)SymbolTable::replaceAllSymbolUses(function, name,
                                          function->getParentOp());
  OpBuilder builder(function.getContext());
  builder.setInsertionPointToStart(function.addEntryBlock());
  auto call = func::CallOp::create(builder, function.getLoc(), body,
                                   function.getArguments());
  func::ReturnOp::create(builder, function.getLoc(), call.getResults());
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct PassPointers : public grow::impl::CPUPassPointersPassBase<PassPointers> {
  void runOnOperation() override {
    separateEntries();
    LLVMTypeConverter types(&getContext());
    BufferBuilder buffers(types);
    SymbolTableCollection symbols;
    SymbolUserMap users(symbols, getOperation());
    int64_t entries = 0, inner = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (isEntry(function)) {
        ++entries;
        if (failed(PublicFunction(function, buffers).rewrite()))
          return signalPassFailure();
        continue;
      }
      ArrayRef<Operation *> calls = users.getUsers(function);
      if (function.isExternal() ||
          !llvm::all_of(calls, llvm::IsaPred<func::CallOp>))
        continue;
      ++inner;
      PrivateFunction(function, calls, buffers).rewrite();
    }
    if (entries + inner > 0)
      grow::reportPassed(getOperation(), getName())
          << remark::reason("{0} functions take slots from hosts, {1} pointers "
                            "from other functions",
                            entries, inner)
          << remark::metric("public", entries)
          << remark::metric("private", inner);
  }

private:
  void separateEntries() {
    SymbolTableCollection collection;
    SymbolUserMap users(collection, getOperation());
    SmallVector<func::FuncOp> called;
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (isEntry(function) && !users.useEmpty(function))
        called.push_back(function);
    SymbolTable symbols(getOperation());
    for (func::FuncOp function : called)
      separate(function, symbols);
  }

  static bool isEntry(func::FuncOp function) {
    return function.isPublic() && !function.isExternal();
  }
};

} // namespace
