//===- AllOps.td - All ops of the dialect, for its page ----*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_ALLOPS_TD
#define GROW_IR_ALLOPS_TD

include "grow/IR/GrowOps.td"
include "grow/IR/KernelOps.td"

#endif // GROW_IR_ALLOPS_TD
