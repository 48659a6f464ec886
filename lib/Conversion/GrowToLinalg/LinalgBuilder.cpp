//===- LinalgBuilder.cpp - Short words for linalg -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace grow;

static RankedTensorType getTensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

AffineMap LinalgBuilder::getMap(int64_t loops, ArrayRef<int64_t> results) {
  SmallVector<AffineExpr> exprs;
  for (int64_t loop : results)
    exprs.push_back(getAffineDimExpr(loop));
  return AffineMap::get(loops, 0, exprs, getContext());
}

LinalgBuilder::Shape LinalgBuilder::getShape(Value tensor) {
  return tensor::getMixedSizes(*this, getLoc(), tensor);
}

Value LinalgBuilder::empty(const Shape &shape, Type elementType) {
  return tensor::EmptyOp::create(*this, shape, elementType);
}

Value LinalgBuilder::filled(const Shape &shape, Value scalar) {
  return linalg::FillOp::create(*this, scalar, empty(shape, scalar.getType()))
      .getResult(0);
}

Value LinalgBuilder::map(ArrayRef<Indexed> inputs, const Shape &shape,
                         Type elementType, Body body) {
  int64_t loops = shape.size();
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (const Indexed &input : inputs) {
    tensors.push_back(input.tensor);
    maps.push_back(getMap(loops, input.loops));
  }
  maps.push_back(getMultiDimIdentityMap(loops));
  Value init = empty(shape, elementType);
  SmallVector<utils::IteratorType> iterators(loops,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             *this, init.getType(), tensors, init, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange scalars) {
               LinalgBuilder inner(loc, builder);
               Value result = body(inner, scalars.drop_back());
               linalg::YieldOp::create(inner, result);
             })
      .getResult(0);
}

Value LinalgBuilder::reduce(ArrayRef<Indexed> inputs, int64_t loop, Value init,
                            Body body) {
  Shape shape = getShape(inputs.front().tensor);
  int64_t loops = shape.size();
  shape.erase(shape.begin() + loop);
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (const Indexed &input : inputs) {
    tensors.push_back(input.tensor);
    maps.push_back(getMap(loops, input.loops));
  }
  SmallVector<int64_t> kept = llvm::to_vector(llvm::seq(loops));
  kept.erase(kept.begin() + loop);
  maps.push_back(getMap(loops, kept));
  SmallVector<utils::IteratorType> iterators(loops,
                                             utils::IteratorType::parallel);
  iterators[loop] = utils::IteratorType::reduction;
  Value accumulator = filled(shape, init);
  return linalg::GenericOp::create(
             *this, accumulator.getType(), tensors, accumulator, maps,
             iterators,
             [&](OpBuilder &builder, Location loc, ValueRange scalars) {
               LinalgBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, scalars));
             })
      .getResult(0);
}

Value LinalgBuilder::contract(const Indexed &a, const Indexed &b,
                              ArrayRef<int64_t> resultLoops, const Shape &shape,
                              Type type) {
  int64_t loops = 0;
  for (ArrayRef<int64_t> used : {ArrayRef(a.loops), ArrayRef(b.loops)})
    for (int64_t loop : used)
      loops = std::max(loops, loop + 1);
  Value init = filled(shape, constant(type, 0.0));
  ArrayAttr maps =
      getAffineMapArrayAttr({getMap(loops, a.loops), getMap(loops, b.loops),
                             getMap(loops, resultLoops)});
  return linalg::ContractOp::create(*this, init.getType(),
                                    ValueRange{a.tensor, b.tensor}, init, maps)
      .getResult(0);
}

Value LinalgBuilder::collapse(Value tensor,
                              ArrayRef<ReassociationIndices> groups) {
  if (static_cast<int64_t>(groups.size()) == getTensorType(tensor).getRank())
    return tensor;
  return createOrFold<tensor::CollapseShapeOp>(tensor, groups);
}

Value LinalgBuilder::expand(Value tensor, const Shape &shape,
                            ArrayRef<ReassociationIndices> groups) {
  if (static_cast<int64_t>(shape.size()) == getTensorType(tensor).getRank())
    return tensor;
  SmallVector<int64_t> sizes;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(shape, dynamic, sizes);
  auto type =
      RankedTensorType::get(sizes, getTensorType(tensor).getElementType());
  return tensor::ExpandShapeOp::create(*this, type, tensor, groups, shape);
}

Value LinalgBuilder::slice(Value tensor, int64_t axis, int64_t offset,
                           OpFoldResult extent, int64_t stride) {
  Shape sizes = getShape(tensor);
  Shape offsets(sizes.size(), getIndexAttr(0));
  Shape strides(sizes.size(), getIndexAttr(1));
  sizes[axis] = extent;
  offsets[axis] = getIndexAttr(offset);
  strides[axis] = getIndexAttr(stride);
  return tensor::ExtractSliceOp::create(*this, tensor, offsets, sizes, strides);
}

Value LinalgBuilder::insert(Value tensor, Value into, int64_t axis,
                            int64_t offset, int64_t stride) {
  Shape sizes = getShape(tensor);
  Shape offsets(sizes.size(), getIndexAttr(0));
  Shape strides(sizes.size(), getIndexAttr(1));
  offsets[axis] = getIndexAttr(offset);
  strides[axis] = getIndexAttr(stride);
  return tensor::InsertSliceOp::create(*this, tensor, into, offsets, sizes,
                                       strides);
}

Value LinalgBuilder::convertTensor(Value tensor, Type type) {
  if (getTensorType(tensor).getElementType() == type)
    return tensor;
  auto loops = llvm::to_vector(llvm::seq(getTensorType(tensor).getRank()));
  return map(
      {{tensor, loops}}, getShape(tensor), type,
      [&](LinalgBuilder &b, ValueRange in) { return b.convert(in[0], type); });
}

Value LinalgBuilder::constant(Type type, double value) {
  return arith::ConstantOp::create(*this, getFloatAttr(type, value));
}

Value LinalgBuilder::constant(Type type, const Exact &value) {
  const llvm::fltSemantics &semantics =
      cast<FloatType>(type).getFloatSemantics();
  return arith::ConstantOp::create(
      *this, FloatAttr::get(type, value.toFloat(semantics)));
}

Value LinalgBuilder::integer(Type type, int64_t value) {
  return arith::ConstantOp::create(*this, getIntegerAttr(type, value));
}

Value LinalgBuilder::convert(Value scalar, Type type) {
  unsigned from = scalar.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (scalar.getType() == type)
    return scalar;
  // 16-bit formats are always reached through f32: they have no common format
  // of 16 bits, and no instruction rounds an f64 to them.
  bool throughF32 = (from == 64 && to == 16) || (from == 16 && to == 16);
  if (throughF32)
    scalar = convert(scalar, getF32Type());
  if (to > from)
    return arith::ExtFOp::create(*this, type, scalar);
  return arith::TruncFOp::create(*this, type, scalar);
}

Value LinalgBuilder::index(int64_t loop, Type type) {
  return arith::IndexCastOp::create(*this, type,
                                    linalg::IndexOp::create(*this, loop));
}
