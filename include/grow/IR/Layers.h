//===- Layers.h - Numbers of layers in ops ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The clause `layers` of ops that apply to some layers of a model.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_LAYERS_H
#define GROW_IR_LAYERS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/OpImplementation.h"

namespace grow {

/// `[0, 2:5]`, where `2:5` stands for 2, 3, 4: `custom<Layers>`.
mlir::ParseResult parseLayers(mlir::OpAsmParser &parser,
                              mlir::DenseI64ArrayAttr &layers);
void printLayers(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                 mlir::DenseI64ArrayAttr layers);

/// Checks that `layers`, if given, are increasing numbers.
llvm::LogicalResult verifyLayers(mlir::Operation *op,
                                 std::optional<llvm::ArrayRef<int64_t>> layers);

} // namespace grow

#endif // GROW_IR_LAYERS_H
