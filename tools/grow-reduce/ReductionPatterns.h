//===- ReductionPatterns.h - How test cases get smaller ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_REDUCE_REDUCTIONPATTERNS_H
#define GROW_TOOLS_GROW_REDUCE_REDUCTIONPATTERNS_H

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace grow {

/// Attaches to the dialect what `reduction-tree` may do with a model, besides
/// taking ops away whose results nobody reads.
void registerReductionPatterns(mlir::DialectRegistry &registry);

} // namespace grow

#endif // GROW_TOOLS_GROW_REDUCE_REDUCTIONPATTERNS_H
