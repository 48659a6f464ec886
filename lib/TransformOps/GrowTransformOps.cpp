//===- GrowTransformOps.cpp - Ops of transform scripts --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/TransformOps/GrowTransformOps.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/IR/GrowDialect.h"
#include "grow/IR/Layers.h"

using namespace mlir;

#include "grow/TransformOps/GrowTransformOpsEnums.cpp.inc"

#define GET_OP_CLASSES
#include "grow/TransformOps/GrowTransformOps.cpp.inc"

namespace {
class GrowTransformDialectExtension
    : public transform::TransformDialectExtension<
          GrowTransformDialectExtension> {
public:
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(GrowTransformDialectExtension)

  using Base::Base;

  void init() {
    // For the attributes of the ops and the expansions that they build.
    declareDependentDialect<grow::GrowDialect>();
    registerTransformOps<
#define GET_OP_LIST
#include "grow/TransformOps/GrowTransformOps.cpp.inc"
        >();
  }
};
} // namespace

void grow::registerTransformDialectExtension(DialectRegistry &registry) {
  registerExpansionExternalModels(registry);
  registry.addExtensions<GrowTransformDialectExtension>();
}
