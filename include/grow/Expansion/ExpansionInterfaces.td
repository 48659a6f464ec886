//===- ExpansionInterfaces.td - What applies an expansion --*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_EXPANSIONINTERFACES_TD
#define GROW_EXPANSION_EXPANSIONINTERFACES_TD

include "mlir/IR/OpBase.td"

def ExpansionOpInterface : OpInterface<"ExpansionOpInterface"> {
  let cppNamespace = "::grow";
  let description = [{
    An op that may stand in a `grow.schedule`. Expansions of this project are
    external models, attached by `registerExpansionExternalModels`; an op of
    another dialect implements the interface and needs nothing else to be
    applied by `grow-expand`.

    The two methods are one decision, taken first and acted upon second: a
    schedule is applied as a whole or not at all, and a refusal explains itself.
  }];
  let methods = [
    InterfaceMethod<[{
        Whether the expansion can be applied to the model as it is. Emits an
        error, with a note at each op that contributes to it, if it cannot.
        Changes nothing.
      }],
      "::llvm::LogicalResult", "check", (ins "::grow::Model &":$model)>,
    InterfaceMethod<
      "Applies the expansion. Cannot fail after `check` of the same model.",
      "void", "apply", (ins "::grow::Model &":$model)>,
  ];
}

#endif // GROW_EXPANSION_EXPANSIONINTERFACES_TD
