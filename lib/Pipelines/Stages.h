//===- Stages.h - What pipelines for all targets have -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PIPELINES_STAGES_H
#define GROW_LIB_PIPELINES_STAGES_H

#include "mlir/Pass/PassManager.h"

namespace grow {

/// Computes what depends on parameters alone in functions of its own, if that
/// is asked for, and makes functions ready to be called.
void buildPreparation(mlir::OpPassManager &pm, bool prepareParameters);

/// Tensors to buffers, and results to arguments if that is asked for.
void buildBufferization(mlir::OpPassManager &pm, bool outParams);

} // namespace grow

#endif // GROW_LIB_PIPELINES_STAGES_H
