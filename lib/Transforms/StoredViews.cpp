//===- StoredViews.cpp - Parameters as views of stored tensors ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/StoredViews.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include <numeric>

using namespace mlir;
using namespace grow;

using Axes = SmallVector<int64_t, 2>;

/// The logical axes in each stored dimension of a parameter.
static SmallVector<Axes> getStoredAxes(ParamOp param) {
  int64_t rank = param.getTensorType().getRank();
  StorageAttr storage = param.getStorageAttr();
  SmallVector<int64_t> axes = storage.getPermutation(rank);
  SmallVector<Axes> dims = storage.getReassociation(rank);
  for (Axes &dim : dims)
    for (int64_t &position : dim)
      position = axes[position];
  return dims;
}

/// Splits the dimension that holds interleaved parts into the axes outside and
/// inside of the concatenation; `fused` becomes the number of the dimension
/// along which parts follow one another.
static SmallVector<Axes> splitFusedDim(ParamOp param, ArrayRef<Axes> dims,
                                       int64_t &fused) {
  StorageAttr storage = param.getStorageAttr();
  fused = storage.getDim();
  SmallVector<Axes> result(dims.begin(), dims.end());
  if (storage.getInside() == 0)
    return result;
  Axes &inside = result[fused];
  Axes outside(ArrayRef<int64_t>(inside).take_front(storage.getInside()));
  inside.erase(inside.begin(), inside.begin() + storage.getInside());
  result.insert(result.begin() + fused, outside);
  ++fused;
  return result;
}

static int64_t getExtent(ParamOp param, ArrayRef<int64_t> axes) {
  int64_t extent = 1;
  for (int64_t axis : axes)
    extent *= param.getTensorType().getDimSize(axis);
  return extent;
}

/// The reassociation that splits dimension `dim` of `rank` dimensions in two.
static SmallVector<ReassociationIndices> getSplit(int64_t rank, int64_t dim) {
  SmallVector<ReassociationIndices> result;
  int64_t next = 0;
  for (int64_t i = 0; i < rank; ++i) {
    result.push_back({next++});
    if (i == dim)
      result.back().push_back(next++);
  }
  return result;
}

static Value expandShape(OpBuilder &builder, Location loc, Value value,
                         ArrayRef<int64_t> shape,
                         ArrayRef<ReassociationIndices> reassociation) {
  auto type = cast<RankedTensorType>(value.getType());
  return builder.createOrFold<tensor::ExpandShapeOp>(
      loc, RankedTensorType::get(shape, type.getElementType()), value,
      reassociation);
}

Value grow::transpose(OpBuilder &builder, Location loc, Value value,
                      ArrayRef<int64_t> permutation) {
  if (llvm::is_sorted(permutation))
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  SmallVector<int64_t> shape;
  for (int64_t axis : permutation)
    shape.push_back(type.getDimSize(axis));
  Value empty =
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  return linalg::TransposeOp::create(builder, loc, value, empty, permutation)
      ->getResult(0);
}

static Value convertElements(OpBuilder &builder, Location loc, Value value,
                             Type elementType) {
  auto type = cast<RankedTensorType>(value.getType());
  Type from = type.getElementType();
  if (from == elementType)
    return value;
  Type result = type.clone(elementType);
  unsigned width = elementType.getIntOrFloatBitWidth();
  if (from.getIntOrFloatBitWidth() < width)
    return arith::ExtFOp::create(builder, loc, result, value);
  if (from.getIntOrFloatBitWidth() > width)
    return arith::TruncFOp::create(builder, loc, result, value);
  // f16 and bf16 have no common format of 16 bits.
  Value wide = convertElements(builder, loc, value, builder.getF32Type());
  return convertElements(builder, loc, wide, elementType);
}

/// The stored shape with the axes outside of interleaved parts apart.
static SmallVector<int64_t> getSplitShape(ArrayRef<int64_t> shape,
                                          ParamOp param, ArrayRef<Axes> dims,
                                          int64_t fused) {
  SmallVector<int64_t> result(shape);
  if (dims.size() == shape.size())
    return result;
  int64_t outside = getExtent(param, dims[fused - 1]);
  result[fused - 1] /= outside;
  result.insert(result.begin() + fused - 1, outside);
  return result;
}

/// The slice of a fused tensor that `part` occupies. `dims` are the part's
/// axes in each dimension of the tensor, and become those of the slice.
static Value slicePart(OpBuilder &builder, Location loc, Value stored,
                       const StoredPart &part, SmallVector<Axes> &dims) {
  int64_t fused;
  dims = splitFusedDim(part.param, dims, fused);
  auto type = cast<RankedTensorType>(stored.getType());
  SmallVector<int64_t> shape =
      getSplitShape(type.getShape(), part.param, dims, fused);
  if (shape.size() != type.getShape().size())
    stored = expandShape(builder, loc, stored, shape,
                         getSplit(type.getRank(), fused - 1));
  SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0)),
      strides(shape.size(), builder.getIndexAttr(1));
  offsets[fused] = builder.getIndexAttr(part.offset);
  shape[fused] = part.extent;
  return tensor::ExtractSliceOp::create(
      builder, loc, stored, offsets,
      getAsIndexOpFoldResult(builder.getContext(), shape), strides);
}

/// The permutation of dimensions that brings their axes, read one after the
/// other, into the given order. None if an order needs dimensions torn apart.
static std::optional<SmallVector<int64_t>>
findPermutation(ArrayRef<Axes> dims, ArrayRef<int64_t> order) {
  SmallVector<int64_t> permutation;
  while (!order.empty()) {
    const auto *dim = llvm::find_if(dims, [&](const Axes &axes) {
      return !axes.empty() && order.take_front(axes.size()) == ArrayRef(axes);
    });
    if (dim == dims.end())
      return std::nullopt;
    permutation.push_back(dim - dims.begin());
    order = order.drop_front(dim->size());
  }
  return permutation;
}

/// The reassociation between the stored dimensions of a parameter and those
/// that have an axis: a dimension of size 1 without one goes with a neighbour.
static SmallVector<ReassociationIndices> joinUnits(ArrayRef<Axes> dims) {
  SmallVector<ReassociationIndices> result(1);
  bool sawAxes = false;
  for (auto [i, axes] : llvm::enumerate(dims)) {
    if (!axes.empty() && sawAxes)
      result.emplace_back();
    sawAxes |= !axes.empty();
    result.back().push_back(i);
  }
  return result;
}

/// Removes the stored dimensions that have no axis.
static Value dropUnits(OpBuilder &builder, Location loc, Value value,
                       SmallVector<Axes> &dims) {
  SmallVector<ReassociationIndices> joined = joinUnits(dims);
  if (joined.size() == dims.size())
    return value;
  llvm::erase_if(dims, [](const Axes &axes) { return axes.empty(); });
  return builder.createOrFold<tensor::CollapseShapeOp>(loc, value, joined);
}

/// Splits every dimension into its axes.
static Value expandAxes(OpBuilder &builder, Location loc, Value value,
                        ParamOp param, ArrayRef<Axes> dims) {
  SmallVector<int64_t> shape;
  SmallVector<ReassociationIndices> reassociation;
  for (const Axes &axes : dims) {
    ReassociationIndices &group = reassociation.emplace_back();
    for (int64_t axis : axes) {
      group.push_back(shape.size());
      shape.push_back(param.getTensorType().getDimSize(axis));
    }
  }
  return expandShape(builder, loc, value, shape, reassociation);
}

Value grow::loadPart(OpBuilder &builder, Location loc, Value stored,
                     const StoredPart &part, ArrayRef<int64_t> order) {
  ParamOp param = part.param;
  SmallVector<Axes> dims = getStoredAxes(param);
  Value value = stored;
  if (param.getStorageAttr().isPart())
    value = slicePart(builder, loc, value, part, dims);
  value = dropUnits(builder, loc, value, dims);
  value = convertElements(builder, loc, value,
                          param.getTensorType().getElementType());
  // Whole dimensions are transposed before they are split, if that is enough:
  // a transposed matrix is easier to see through than a transposed tensor.
  if (auto permutation = findPermutation(dims, order)) {
    value = transpose(builder, loc, value, *permutation);
    SmallVector<Axes> permuted;
    for (int64_t dim : *permutation)
      permuted.push_back(dims[dim]);
    return expandAxes(builder, loc, value, param, permuted);
  }
  value = expandAxes(builder, loc, value, param, dims);
  SmallVector<int64_t> axes =
      param.getStorageAttr().getPermutation(order.size());
  SmallVector<int64_t> permutation;
  for (int64_t axis : order)
    permutation.push_back(llvm::find(axes, axis) - axes.begin());
  return transpose(builder, loc, value, permutation);
}

/// Joins the axes of each dimension.
static Value collapseAxes(OpBuilder &builder, Location loc, Value value,
                          ArrayRef<Axes> dims) {
  SmallVector<ReassociationIndices> reassociation;
  int64_t next = 0;
  for (const Axes &axes : dims) {
    ReassociationIndices &group = reassociation.emplace_back(axes.size());
    std::iota(group.begin(), group.end(), next);
    next += axes.size();
  }
  return builder.createOrFold<tensor::CollapseShapeOp>(loc, value,
                                                       reassociation);
}

Value grow::storeParts(OpBuilder &builder, Location loc,
                       const StoredTensor &tensor, ValueRange values) {
  ParamOp first = tensor.parts.front().param;
  if (!first.getStorageAttr().isPart()) {
    SmallVector<Axes> dims = getStoredAxes(first);
    SmallVector<ReassociationIndices> joined = joinUnits(dims);
    llvm::erase_if(dims, [](const Axes &axes) { return axes.empty(); });
    Value value = collapseAxes(builder, loc, values.front(), dims);
    value = convertElements(builder, loc, value, tensor.elementType);
    return expandShape(builder, loc, value, tensor.shape, joined);
  }
  int64_t fused;
  SmallVector<Axes> dims = splitFusedDim(first, getStoredAxes(first), fused);
  SmallVector<int64_t> shape = getSplitShape(tensor.shape, first, dims, fused);
  Value result =
      tensor::EmptyOp::create(builder, loc, shape, tensor.elementType);
  for (auto [part, value] : llvm::zip_equal(tensor.parts, values)) {
    dims = splitFusedDim(part.param, getStoredAxes(part.param), fused);
    Value slice = collapseAxes(builder, loc, value, dims);
    slice = convertElements(builder, loc, slice, tensor.elementType);
    SmallVector<OpFoldResult> offsets(shape.size(), builder.getIndexAttr(0)),
        strides(shape.size(), builder.getIndexAttr(1));
    offsets[fused] = builder.getIndexAttr(part.offset);
    auto type = cast<RankedTensorType>(slice.getType());
    result = tensor::InsertSliceOp::create(
        builder, loc, slice, result, offsets,
        getAsIndexOpFoldResult(builder.getContext(), type.getShape()), strides);
  }
  if (shape.size() == tensor.shape.size())
    return result;
  return builder.createOrFold<tensor::CollapseShapeOp>(
      loc, result, getSplit(tensor.shape.size(), fused - 1));
}
