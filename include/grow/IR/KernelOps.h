//===- KernelOps.h - What code generation computes at once ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_KERNELOPS_H
#define GROW_IR_KERNELOPS_H

#include "grow/IR/GrowAttrs.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#define GET_OP_CLASSES
#include "grow/IR/KernelOps.h.inc"

#endif // GROW_IR_KERNELOPS_H
