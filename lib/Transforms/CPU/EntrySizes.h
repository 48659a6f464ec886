//===- EntrySizes.h - Sizes where a function begins -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Upstream's ValueBoundsOpInterface traces sizes, too, but its constraints are
// linear: it gives no bound, in terms of a function's arguments, for a product
// of sizes, be it an arith.muli, an affine.apply or the result of a
// memref.collapse_shape. Batch times length is such a product, and so is the
// number of bytes of any buffer that has both.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_CPU_ENTRYSIZES_H
#define GROW_LIB_TRANSFORMS_CPU_ENTRYSIZES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace grow {

/// Computes sizes where a function begins, from nothing but its arguments.
/// Equal sizes are equal values.
class EntrySizes {
public:
  explicit EntrySizes(mlir::func::FuncOp function);

  /// Inserts where the sizes are computed.
  mlir::ImplicitLocOpBuilder &getBuilder() { return b; }

  /// Tells the sizes of a buffer that something else makes.
  void setSizes(mlir::Value buffer, llvm::ArrayRef<mlir::Value> sizes) {
    known[buffer] = llvm::SmallVector<mlir::Value>(sizes);
  }

  mlir::Value constant(int64_t value);

  template <typename OpTy>
  mlir::Value fold(mlir::Value x, mlir::Value y) {
    return unique(b.createOrFold<OpTy>(x, y));
  }

  /// `value`, just created by the builder, or an equal one from before.
  mlir::Value unique(mlir::Value value);

  /// What an index inside the function is; null if it depends on more than
  /// arguments.
  mlir::Value get(mlir::Value value);

  /// A buffer's size along `dim`, likewise.
  mlir::Value getDim(mlir::Value buffer, int64_t dim);

  /// The bytes of a contiguous buffer, likewise, rounded up to a multiple of
  /// `alignment`, a power of two, so that another one may follow.
  mlir::Value getBytes(mlir::Value buffer, int64_t alignment);

private:
  /// Ops that compute the same from the same operands.
  struct EqualOperations : public llvm::DenseMapInfo<mlir::Operation *> {
    static unsigned getHashValue(const mlir::Operation *op);
    static bool isEqual(const mlir::Operation *x, const mlir::Operation *y);
  };

  mlir::Value compute(mlir::Value value);
  mlir::Value get(mlir::OpFoldResult size);
  mlir::Value getDimOfResult(mlir::Value buffer, int64_t dim);

  mlir::ImplicitLocOpBuilder b;
  llvm::DenseSet<mlir::Operation *, EqualOperations> created;
  llvm::DenseMap<mlir::Value, mlir::Value> values;
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value>> known;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, mlir::Value> argumentDims;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_CPU_ENTRYSIZES_H
