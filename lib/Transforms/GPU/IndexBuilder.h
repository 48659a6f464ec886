//===- IndexBuilder.h - Arithmetic on indices -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_INDEXBUILDER_H
#define GROW_LIB_TRANSFORMS_GPU_INDEXBUILDER_H

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace grow {

/// Short words for arithmetic on indices, none of which is negative.
class IndexBuilder {
public:
  IndexBuilder(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  mlir::Value constant(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(builder, loc, value);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::AddIOp>(x, y);
  }
  mlir::Value subtract(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::SubIOp>(x, y);
  }
  mlir::Value multiply(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::MulIOp>(x, y);
  }
  mlir::Value divide(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::DivUIOp>(x, y);
  }
  mlir::Value remainder(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::RemUIOp>(x, y);
  }
  mlir::Value least(mlir::Value x, mlir::Value y) {
    return fold<mlir::arith::MinUIOp>(x, y);
  }
  mlir::Value divideUp(mlir::Value x, mlir::Value y) {
    return divide(add(x, subtract(y, constant(1))), y);
  }
  mlir::Value isBelow(mlir::Value x, mlir::Value y) {
    return mlir::arith::CmpIOp::create(builder, loc,
                                       mlir::arith::CmpIPredicate::ult, x, y);
  }
  mlir::Value product(mlir::ValueRange factors) {
    mlir::Value result = constant(1);
    for (mlir::Value factor : factors)
      result = multiply(result, factor);
    return result;
  }
  /// The coordinates of entry `index` of an array, the last ones neighbours.
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value index,
                                             mlir::ValueRange sizes) {
    llvm::SmallVector<mlir::Value> coordinates(sizes.size());
    for (size_t i = sizes.size(); i-- > 1;) {
      coordinates[i] = remainder(index, sizes[i]);
      index = divide(index, sizes[i]);
    }
    if (!sizes.empty())
      coordinates[0] = index;
    return coordinates;
  }

private:
  template <typename OpTy>
  mlir::Value fold(mlir::Value x, mlir::Value y) {
    return builder.createOrFold<OpTy>(loc, x, y);
  }

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_INDEXBUILDER_H
