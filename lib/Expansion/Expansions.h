//===- Expansions.h - The expansions of the grow dialect --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXPANSION_EXPANSIONS_H
#define GROW_LIB_EXPANSION_EXPANSIONS_H

#include "grow/IR/GrowOps.h"

namespace grow::detail {
void attachAddHeads(mlir::MLIRContext *context);
void attachAddLayers(mlir::MLIRContext *context);
void attachExpandAttention(mlir::MLIRContext *context);
void attachExpandHeads(mlir::MLIRContext *context);
void attachExpandHidden(mlir::MLIRContext *context);
void attachExpandMLP(mlir::MLIRContext *context);
void attachExpandPositions(mlir::MLIRContext *context);
void attachExpandVocabulary(mlir::MLIRContext *context);
void attachUnshareHeads(mlir::MLIRContext *context);

/// What fills weights that may be anything, if the schedule does not say:
/// `#grow.normal<stddev = 1/50>`, what GPT-2 and most after it started from.
FillAttrInterface getDefaultInit(mlir::MLIRContext *context);
} // namespace grow::detail

#endif // GROW_LIB_EXPANSION_EXPANSIONS_H
