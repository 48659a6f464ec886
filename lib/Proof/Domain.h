//===- Domain.h - Inputs and parameters that a proof is about ---*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_DOMAIN_H
#define GROW_LIB_PROOF_DOMAIN_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace grow::proof {

/// Checks that every parameter of the source that the grown model is made from
/// is there, with the type that it is taken for.
llvm::LogicalResult checkSources(mlir::ModuleOp source, mlir::ModuleOp grown);

/// A proof is about the inputs for which the source is defined: the tokens and
/// positions of its tables. Leaves out the rows of the grown model's tables
/// beyond, and returns whether there were any. Emits an error and fails if the
/// grown model is defined for less.
mlir::FailureOr<bool> narrowToDomain(mlir::FunctionOpInterface source,
                                     mlir::FunctionOpInterface grown);

} // namespace grow::proof

#endif // GROW_LIB_PROOF_DOMAIN_H
