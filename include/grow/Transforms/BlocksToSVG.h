//===- BlocksToSVG.h - Pictures of grown parameters -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_BLOCKSTOSVG_H
#define GROW_TRANSFORMS_BLOCKSTOSVG_H

#include "mlir/IR/BuiltinOps.h"

namespace grow {

/// Draws the parameters `names` of a grown model, all that have changed if
/// there are none: each before and after, with what is kept, multiplied,
/// copied, zero or free in fills and patterns of their own. Weights are drawn
/// as matrices, input axes down and output axes across, heads with gaps between
/// them. Emits an error and fails for names that are not parameters, and if
/// nothing has changed.
llvm::LogicalResult printBlocksAsSVG(mlir::ModuleOp module,
                                     llvm::ArrayRef<std::string> names,
                                     llvm::raw_ostream &os);

} // namespace grow

#endif // GROW_TRANSFORMS_BLOCKSTOSVG_H
