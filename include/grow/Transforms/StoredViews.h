//===- StoredViews.h - Parameters as views of stored tensors ----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_STOREDVIEWS_H
#define GROW_TRANSFORMS_STOREDVIEWS_H

#include "grow/IR/Storage.h"

namespace grow {

/// The parameter `part.param` as a view of the stored tensor that it lies in.
/// Axis i of the result is the parameter's logical axis `order[i]`; the
/// element type is the parameter's.
mlir::Value loadPart(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value stored, const StoredPart &part,
                     llvm::ArrayRef<int64_t> order);

/// `value` with its axis `permutation[i]` as axis i; itself if that is all axes
/// in order.
mlir::Value transpose(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value value, llvm::ArrayRef<int64_t> permutation);

/// The stored tensor made of the values of its parts, each with its axes in
/// stored order.
mlir::Value storeParts(mlir::OpBuilder &builder, mlir::Location loc,
                       const StoredTensor &tensor, mlir::ValueRange values);

} // namespace grow

#endif // GROW_TRANSFORMS_STOREDVIEWS_H
