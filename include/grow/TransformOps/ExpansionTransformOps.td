//===- ExpansionTransformOps.td - Expansions as transforms -*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every expansion that a schedule knows is a transform op, too. Nothing is
// written for one of them: see ExpansionTransformOpBase.td.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD
#define GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD

include "grow/IR/ExpansionOps.td"
include "grow/TransformOps/ExpansionTransformOpBase.td"

foreach expansion = !instances<Grow_ExpansionOp>() in
  def !subst("Grow_", "GrowTransform_", !cast<string>(expansion))
      : ExpansionTransformOp<expansion, expansion.example, expansion.amount> {
    let cppNamespace = "::grow::transform_ops";
  }

#endif // GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD
