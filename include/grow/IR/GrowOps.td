//===- GrowOps.td - All ops of the grow dialect ------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWOPS_TD
#define GROW_IR_GROWOPS_TD

include "grow/IR/DerivationOps.td"
include "grow/IR/ExpansionOps.td"
include "grow/IR/ModelOps.td"

#endif // GROW_IR_GROWOPS_TD
