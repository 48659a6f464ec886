//===- LinalgBuilder.h - Short words for linalg -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CONVERSION_GROWTOLINALG_LINALGBUILDER_H
#define GROW_LIB_CONVERSION_GROWTOLINALG_LINALGBUILDER_H

#include "grow/IR/Exact.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace grow {

/// The type in which sums and non-linear functions of tensors of the given
/// element type are computed.
inline mlir::Type getComputeType(mlir::Type elementType) {
  return elementType.isF64() ? elementType
                             : mlir::Float32Type::get(elementType.getContext());
}

/// A tensor and the loops that index its axes.
struct Indexed {
  mlir::Value tensor;
  llvm::SmallVector<int64_t> loops;
};

/// Builds linalg ops from index notation: a tensor together with the numbers
/// of the loops that index it, as in a[0,2] b[2,1] -> c[0,1].
class LinalgBuilder : public mlir::ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;
  using Shape = llvm::SmallVector<mlir::OpFoldResult>;
  using Body =
      llvm::function_ref<mlir::Value(LinalgBuilder &, mlir::ValueRange)>;

  Shape getShape(mlir::Value tensor);
  mlir::Value empty(const Shape &shape, mlir::Type elementType);
  mlir::Value filled(const Shape &shape, mlir::Value scalar);

  /// A tensor of the given shape with one loop for each axis; entries are
  /// computed by `body` from the entries of the inputs.
  mlir::Value map(llvm::ArrayRef<Indexed> inputs, const Shape &shape,
                  mlir::Type elementType, Body body);

  /// Combines entries along loop `loop`, in ascending order, starting from
  /// `init`. `body` gets the entries of the inputs and then the accumulator.
  /// The first input is indexed by all loops in order.
  mlir::Value reduce(llvm::ArrayRef<Indexed> inputs, int64_t loop,
                     mlir::Value init, Body body);

  /// The sum of products of two tensors over the loops that do not index the
  /// result, computed in `type`.
  mlir::Value contract(const Indexed &a, const Indexed &b,
                       llvm::ArrayRef<int64_t> resultLoops, const Shape &shape,
                       mlir::Type type);

  mlir::Value collapse(mlir::Value tensor,
                       llvm::ArrayRef<mlir::ReassociationIndices> groups);
  mlir::Value expand(mlir::Value tensor, const Shape &shape,
                     llvm::ArrayRef<mlir::ReassociationIndices> groups);
  /// The slice of `tensor` of the given extent at `offset` along `axis`.
  mlir::Value slice(mlir::Value tensor, int64_t axis, int64_t offset,
                    mlir::OpFoldResult extent, int64_t stride = 1);
  /// `into` with `tensor` written at `offset` along `axis`.
  mlir::Value insert(mlir::Value tensor, mlir::Value into, int64_t axis,
                     int64_t offset, int64_t stride = 1);
  /// `tensor` with its elements rounded or widened to `type`.
  mlir::Value convertTensor(mlir::Value tensor, mlir::Type type);

  /// Scalars, for use in bodies.
  mlir::Value constant(mlir::Type type, double value);
  mlir::Value constant(mlir::Type type, const Exact &value);
  mlir::Value integer(mlir::Type type, int64_t value);
  mlir::Value convert(mlir::Value scalar, mlir::Type type);
  /// The number of loop `loop` of the op around the body, as an integer.
  mlir::Value index(int64_t loop, mlir::Type type);

private:
  mlir::AffineMap getMap(int64_t loops, llvm::ArrayRef<int64_t> results);
};

} // namespace grow

#endif // GROW_LIB_CONVERSION_GROWTOLINALG_LINALGBUILDER_H
