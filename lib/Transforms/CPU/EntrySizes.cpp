//===- EntrySizes.cpp - Sizes where a function begins ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EntrySizes.h"

#include "../Utils/BufferSizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/OperationSupport.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace grow;

unsigned EntrySizes::EqualOperations::getHashValue(const Operation *op) {
  return OperationEquivalence::computeHash(
      const_cast<Operation *>(op),
      /*hashOperands=*/OperationEquivalence::directHashValue,
      /*hashResults=*/OperationEquivalence::ignoreHashValue,
      OperationEquivalence::IgnoreLocations);
}

bool EntrySizes::EqualOperations::isEqual(const Operation *x,
                                          const Operation *y) {
  if (x == y)
    return true;
  if (x == getTombstoneKey() || x == getEmptyKey() || y == getTombstoneKey() ||
      y == getEmptyKey())
    return false;
  return OperationEquivalence::isEquivalentTo(
      const_cast<Operation *>(x), const_cast<Operation *>(y),
      OperationEquivalence::IgnoreLocations);
}

EntrySizes::EntrySizes(func::FuncOp function)
    : b(function.getLoc(), function.getContext()) {
  // Before an op that stays: others may be erased.
  b.setInsertionPointToStart(&function.front());
  b.setInsertionPoint(arith::ConstantIndexOp::create(b, 0));
}

Value EntrySizes::constant(int64_t value) {
  return unique(arith::ConstantIndexOp::create(b, value));
}

Value EntrySizes::unique(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op || !isPure(op))
    return value;
  auto [it, isNew] = created.insert(op);
  if (isNew || *it == op)
    return value;
  unsigned number = cast<OpResult>(value).getResultNumber();
  op->erase();
  return (*it)->getResult(number);
}

Value EntrySizes::get(Value value) {
  if (Value computed = values.lookup(value))
    return computed;
  Value computed = compute(value);
  if (computed)
    values[value] = computed;
  return computed;
}

Value EntrySizes::getDim(Value buffer, int64_t dim) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type)
    return {};
  if (!type.isDynamicDim(dim))
    return constant(type.getDimSize(dim));
  if (auto it = known.find(buffer); it != known.end())
    return it->second[dim];
  if (isa<BlockArgument>(buffer)) {
    Value &size = argumentDims[{buffer, dim}];
    if (!size && isa<func::FuncOp>(buffer.getParentBlock()->getParentOp()))
      size = memref::DimOp::create(b, buffer, dim);
    return size;
  }
  return getDimOfResult(buffer, dim);
}

Value EntrySizes::getBytes(Value buffer, int64_t alignment) {
  auto type = cast<MemRefType>(buffer.getType());
  Value bytes = constant(*getElementBytes(type));
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    Value size = getDim(buffer, dim);
    if (!size)
      return {};
    bytes = fold<arith::MulIOp>(bytes, size);
  }
  Value padded = fold<arith::AddIOp>(bytes, constant(alignment - 1));
  return fold<arith::AndIOp>(padded, constant(-alignment));
}

Value EntrySizes::compute(Value value) {
  auto result = dyn_cast<OpResult>(value);
  if (!result) {
    bool isArgument = isa<func::FuncOp>(value.getParentBlock()->getParentOp());
    return isArgument ? value : Value();
  }
  Operation *op = result.getOwner();
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    std::optional<int64_t> index = dim.getConstantIndex();
    return index ? getDim(dim.getSource(), *index) : Value();
  }
  if (!isPure(op) || op->getNumRegions() > 0 ||
      !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<IndexType>))
    return {};
  IRMapping mapping;
  for (Value operand : op->getOperands()) {
    Value computed = get(operand);
    if (!computed)
      return {};
    mapping.map(operand, computed);
  }
  return unique(b.clone(*op, mapping)->getResult(result.getResultNumber()));
}

Value EntrySizes::get(OpFoldResult size) {
  if (auto value = dyn_cast<Value>(size))
    return get(value);
  return constant(*getConstantIntValue(size));
}

Value EntrySizes::getDimOfResult(Value buffer, int64_t dim) {
  Operation *op = buffer.getDefiningOp();
  if (auto alloc = dyn_cast<memref::AllocOp>(op))
    return get(alloc.getMixedSizes()[dim]);
  if (auto cast = dyn_cast<memref::CastOp>(op))
    return getDim(cast.getSource(), dim);
  if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
    return get(expand.getMixedOutputShape()[dim]);
  if (auto view = dyn_cast<memref::SubViewOp>(op))
    return view.getDroppedDims().none() ? get(view.getMixedSizes()[dim])
                                        : Value();
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op)) {
    Value size = constant(1);
    ReassociationIndices sources = collapse.getReassociationIndices()[dim];
    for (int64_t source : sources) {
      Value factor = getDim(collapse.getSrc(), source);
      if (!factor)
        return {};
      size = fold<arith::MulIOp>(size, factor);
    }
    return size;
  }
  return {};
}
