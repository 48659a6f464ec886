//===- GrowOps.h - Ops of the grow dialect ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWOPS_H
#define GROW_IR_GROWOPS_H

#include "grow/IR/GrowAttrs.h"
#include "grow/IR/GrowDialect.h"
#include "grow/IR/Roles.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "grow/IR/GrowOpInterfaces.h.inc"

namespace grow::detail {
/// The type of a vector with one entry for each channel of a stream.
mlir::Type getChannelType(mlir::Type stream);
/// Type inference of ops whose result has the type of their first operand.
llvm::LogicalResult
inferStreamType(std::optional<mlir::Location> location,
                mlir::ValueRange operands,
                llvm::SmallVectorImpl<mlir::Type> &inferredReturnTypes);
/// Shapes of the results of an op whose batch and sequence length are those of
/// its first operand.
llvm::LogicalResult
reifyFromFirstOperand(mlir::OpBuilder &builder, mlir::Operation *op,
                      mlir::ReifiedRankedShapedTypeDims &shapes);
} // namespace grow::detail

#define GET_OP_CLASSES
#include "grow/IR/GrowOps.h.inc"

#endif // GROW_IR_GROWOPS_H
