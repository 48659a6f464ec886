//===- TransformOpsUtils.h - What transform ops share -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMOPS_TRANSFORMOPSUTILS_H
#define GROW_LIB_TRANSFORMOPS_TRANSFORMOPSUTILS_H

#include "mlir/Dialect/Transform/Utils/DiagnosedSilenceableFailure.h"

namespace grow::transform_ops::detail {

/// Calls `action` and makes the errors that it emits, with their notes, a
/// silenceable failure of `op`.
mlir::DiagnosedSilenceableFailure
silenceErrors(mlir::Operation *op,
              llvm::function_ref<llvm::LogicalResult()> action);

} // namespace grow::transform_ops::detail

#endif // GROW_LIB_TRANSFORMOPS_TRANSFORMOPSUTILS_H
