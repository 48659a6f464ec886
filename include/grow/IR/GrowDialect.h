//===- GrowDialect.h - The grow dialect -------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWDIALECT_H
#define GROW_IR_GROWDIALECT_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"

#include "grow/IR/GrowDialect.h.inc"

#endif // GROW_IR_GROWDIALECT_H
