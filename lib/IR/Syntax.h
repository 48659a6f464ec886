//===- Syntax.h - Syntax that ops share -------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_IR_SYNTAX_H
#define GROW_LIB_IR_SYNTAX_H

#include "grow/IR/GrowAttrs.h"
#include "mlir/IR/OpImplementation.h"

namespace grow {

/// An exact number as it is written, without the name of its attribute:
/// `custom<Exact>`.
mlir::ParseResult parseExact(mlir::OpAsmParser &parser, ExactAttr &attribute);
void printExact(mlir::OpAsmPrinter &printer, mlir::Operation *op,
                ExactAttr attribute);

} // namespace grow

#endif // GROW_LIB_IR_SYNTAX_H
