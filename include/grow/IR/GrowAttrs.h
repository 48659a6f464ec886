//===- GrowAttrs.h - Attributes of the grow dialect -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWATTRS_H
#define GROW_IR_GROWATTRS_H

#include "grow/IR/Exact.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/OpImplementation.h"

#include "grow/IR/GrowAttrInterfaces.h.inc"
#include "grow/IR/GrowEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "grow/IR/GrowAttrs.h.inc"

#endif // GROW_IR_GROWATTRS_H
