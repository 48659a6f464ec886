//===- ExpansionInterfaces.cpp - What applies an expansion ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/ExpansionInterfaces.h"
#include "Expansions.h"

using namespace mlir;
using namespace grow;

#include "grow/Expansion/ExpansionInterfaces.cpp.inc"

FillAttrInterface grow::detail::getDefaultInit(MLIRContext *context) {
  return NormalAttr::get(context,
                         Exact::rational(Exact::Int(1), Exact::Int(50)),
                         /*seed=*/0, /*key=*/StringAttr());
}

void grow::registerExpansionExternalModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, GrowDialect *) {
    detail::attachAddHeads(context);
    detail::attachAddLayers(context);
    detail::attachExpandAttention(context);
    detail::attachExpandHeads(context);
    detail::attachExpandHidden(context);
    detail::attachExpandMLP(context);
    detail::attachExpandPositions(context);
    detail::attachExpandVocabulary(context);
    detail::attachUnshareHeads(context);
  });
}
