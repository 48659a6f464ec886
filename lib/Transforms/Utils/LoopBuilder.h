//===- LoopBuilder.h - Loops over buffers -----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_UTILS_LOOPBUILDER_H
#define GROW_LIB_TRANSFORMS_UTILS_LOOPBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace grow {

/// Abbreviations for what code that is made of loops, buffers and vectors emits
/// most.
class LoopBuilder : public mlir::ImplicitLocOpBuilder {
  using OpFoldResult = mlir::OpFoldResult;
  using Type = mlir::Type;
  using Value = mlir::Value;
  using ValueRange = mlir::ValueRange;

public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  //===--------------------------------------------------------------------===//
  // Numbers
  //===--------------------------------------------------------------------===//

  Value constant(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(*this, value);
  }
  Value getZero(Type type) {
    return mlir::arith::ConstantOp::create(*this, getZeroAttr(type));
  }
  Value add(Value x, Value y) { return fold<mlir::arith::AddIOp>(x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, constant(y)) : x; }
  Value sub(Value x, Value y) { return fold<mlir::arith::SubIOp>(x, y); }
  Value mul(Value x, Value y) { return fold<mlir::arith::MulIOp>(x, y); }
  Value mul(Value x, int64_t y) { return mul(x, constant(y)); }
  Value min(Value x, Value y) { return fold<mlir::arith::MinSIOp>(x, y); }

  // Of numbers that are not negative.

  Value div(Value x, Value y) { return fold<mlir::arith::DivUIOp>(x, y); }
  Value div(Value x, int64_t y) { return div(x, constant(y)); }
  Value rem(Value x, Value y) { return fold<mlir::arith::RemUIOp>(x, y); }
  Value rem(Value x, int64_t y) { return rem(x, constant(y)); }
  Value ceilDiv(Value x, Value y) {
    return div(add(x, sub(y, constant(1))), y);
  }
  Value ceilDiv(Value x, int64_t y) { return div(add(x, y - 1), y); }
  Value minUnsigned(Value x, Value y) {
    return fold<mlir::arith::MinUIOp>(x, y);
  }
  Value max(Value x, int64_t y) {
    return fold<mlir::arith::MaxUIOp>(x, constant(y));
  }
  Value isBelow(Value x, Value y) {
    return compare(mlir::arith::CmpIPredicate::ult, x, y);
  }
  Value isBelow(Value x, int64_t y) { return isBelow(x, constant(y)); }
  Value product(ValueRange factors) {
    Value result = constant(1);
    for (Value factor : factors)
      result = mul(result, factor);
    return result;
  }
  /// The coordinates of entry `index` of an array, the last ones neighbours.
  llvm::SmallVector<Value> delinearize(Value index, ValueRange sizes) {
    llvm::SmallVector<Value> coordinates(sizes.size());
    for (size_t i = sizes.size(); i-- > 1;) {
      coordinates[i] = rem(index, sizes[i]);
      index = div(index, sizes[i]);
    }
    if (!sizes.empty())
      coordinates[0] = index;
    return coordinates;
  }

  // Of any numbers.

  Value isEqual(Value x, Value y) {
    return compare(mlir::arith::CmpIPredicate::eq, x, y);
  }
  Value isLess(Value x, Value y) {
    return compare(mlir::arith::CmpIPredicate::slt, x, y);
  }
  Value isAtLeast(Value x, Value y) {
    return compare(mlir::arith::CmpIPredicate::sge, x, y);
  }
  Value select(Value condition, Value x, Value y) {
    return mlir::arith::SelectOp::create(*this, condition, x, y);
  }

  /// Converts a floating-point scalar or vector to a type that is not narrower.
  Value extend(Value value, Type element) {
    if (getElementTypeOrSelf(value) == element)
      return value;
    Type type = element;
    if (auto vector = llvm::dyn_cast<mlir::VectorType>(value.getType()))
      type = vector.clone(element);
    return mlir::arith::ExtFOp::create(*this, type, value);
  }

  //===--------------------------------------------------------------------===//
  // Buffers
  //===--------------------------------------------------------------------===//

  Value getDim(Value buffer, int64_t dim) {
    return mlir::memref::DimOp::create(*this, buffer, dim);
  }
  /// A buffer on the stack, aligned to a cache line.
  Value allocate(mlir::MemRefType type) {
    return mlir::memref::AllocaOp::create(*this, type, getI64IntegerAttr(64));
  }
  Value load(Value buffer, ValueRange indices) {
    return mlir::memref::LoadOp::create(*this, buffer, indices);
  }
  Value load(mlir::VectorType type, Value buffer, ValueRange indices) {
    return mlir::vector::LoadOp::create(*this, type, buffer, indices);
  }
  /// Stores a scalar, or a vector along the buffer's last dimension.
  void store(Value value, Value buffer, ValueRange indices) {
    if (llvm::isa<mlir::VectorType>(value.getType()))
      mlir::vector::StoreOp::create(*this, value, buffer, indices);
    else
      mlir::memref::StoreOp::create(*this, value, buffer, indices);
  }
  /// The part of `buffer` that starts at `offsets`, as `type`.
  Value view(mlir::MemRefType type, Value buffer,
             llvm::ArrayRef<OpFoldResult> offsets,
             llvm::ArrayRef<OpFoldResult> sizes) {
    llvm::SmallVector<OpFoldResult> ones(offsets.size(), getIndexAttr(1));
    return mlir::memref::SubViewOp::create(*this, type, buffer, offsets, sizes,
                                           ones);
  }
  /// Some whole rows of a matrix.
  Value cutRows(mlir::MemRefType type, Value matrix, Value first, Value count) {
    OpFoldResult columns =
        mlir::memref::getMixedSize(*this, getLoc(), matrix, 1);
    return view(type, matrix, {first, getIndexAttr(0)}, {count, columns});
  }

  //===--------------------------------------------------------------------===//
  // Control flow
  //===--------------------------------------------------------------------===//

  /// Emits `for (index = from; index < to; index += step) body(index)`.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body) {
    auto op = mlir::scf::ForOp::create(*this, from, to, constant(step));
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  void loop(Value to, llvm::function_ref<void(Value)> body) {
    loop(constant(0), to, 1, body);
  }
  /// Emits the same with values that each iteration takes from the one before;
  /// returns those of the last.
  llvm::SmallVector<Value>
  loop(Value from, Value to, int64_t step, ValueRange init,
       llvm::function_ref<llvm::SmallVector<Value>(Value, ValueRange)> body) {
    auto op = mlir::scf::ForOp::create(*this, from, to, constant(step), init);
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    llvm::SmallVector<Value> next =
        body(op.getInductionVar(), op.getRegionIterArgs());
    mlir::scf::YieldOp::create(*this, next);
    return llvm::SmallVector<Value>(op.getResults());
  }

  /// Emits `if (condition) { onTrue(); } else { onFalse(); }`.
  void branch(Value condition, llvm::function_ref<void()> onTrue,
              llvm::function_ref<void()> onFalse) {
    auto op =
        mlir::scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.thenBlock());
    onTrue();
    setInsertionPointToStart(op.elseBlock());
    onFalse();
  }
  /// Emits `if (condition) { body(); }`.
  void when(Value condition, llvm::function_ref<void()> body) {
    auto op =
        mlir::scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.thenBlock());
    body();
  }
  /// Emits `condition ? onTrue() : onFalse()`, of values of these types.
  llvm::SmallVector<Value>
  choose(mlir::TypeRange types, Value condition,
         llvm::function_ref<llvm::SmallVector<Value>()> onTrue,
         llvm::function_ref<llvm::SmallVector<Value>()> onFalse) {
    auto op = mlir::scf::IfOp::create(*this, types, condition,
                                      /*addThenBlock=*/true,
                                      /*addElseBlock=*/true);
    InsertionGuard guard(*this);
    setInsertionPointToStart(op.thenBlock());
    mlir::scf::YieldOp::create(*this, onTrue());
    setInsertionPointToStart(op.elseBlock());
    mlir::scf::YieldOp::create(*this, onFalse());
    return llvm::SmallVector<Value>(op.getResults());
  }

private:
  template <typename OpTy>
  Value fold(Value x, Value y) {
    return createOrFold<OpTy>(x, y);
  }
  Value compare(mlir::arith::CmpIPredicate predicate, Value x, Value y) {
    return mlir::arith::CmpIOp::create(*this, predicate, x, y);
  }
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_UTILS_LOOPBUILDER_H
