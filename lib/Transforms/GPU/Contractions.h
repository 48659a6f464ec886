//===- Contractions.h - Contractions by a workgroup -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_GPU_CONTRACTIONS_H
#define GROW_LIB_TRANSFORMS_GPU_CONTRACTIONS_H

#include "../Utils/Contraction.h"
#include "Workgroup.h"

namespace grow {

/// Emits the contraction `op` on buffers, whose loops have these sizes. Each
/// element is the chain of steps that `op` says, in one thread. Ends with a
/// barrier.
void emitContraction(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                     const ContractionLoops &loops,
                     llvm::ArrayRef<mlir::Value> sizes,
                     const Workgroup &workgroup);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_GPU_CONTRACTIONS_H
