//===- ExpansionInterfaces.h - What applies an expansion --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_EXPANSIONINTERFACES_H
#define GROW_EXPANSION_EXPANSIONINTERFACES_H

#include "mlir/IR/OpDefinition.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace grow {
class Model;

/// Attaches `ExpansionOpInterface` to the expansion ops of the grow dialect.
void registerExpansionExternalModels(mlir::DialectRegistry &registry);
} // namespace grow

#include "grow/Expansion/ExpansionInterfaces.h.inc"

#endif // GROW_EXPANSION_EXPANSIONINTERFACES_H
