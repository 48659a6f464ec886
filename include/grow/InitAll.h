//===- InitAll.h - Everything that a host registers -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_INITALL_H
#define GROW_INITALL_H

#include "grow/Conversion/Passes.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/FiniteField/Passes.h"
#include "grow/IR/GrowDialect.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Proof/Passes.h"
#include "grow/TransformOps/GrowTransformOps.h"
#include "grow/Transforms/BufferizableOpInterfaceImpl.h"
#include "grow/Transforms/CPU/Passes.h"
#include "grow/Transforms/GPU/Passes.h"
#include "grow/Transforms/NVGPU/Passes.h"
#include "grow/Transforms/Passes.h"

namespace grow {

/// Registers the dialect and everything attached to it, ops for transform
/// scripts included.
inline void registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<GrowDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  registerExpansionExternalModels(registry);
  registerTransformDialectExtension(registry);
}

/// Registers the project's passes and pipelines.
inline void registerAllPasses() {
  registerGrowCPUPasses();
  registerGrowConversionPasses();
  registerGrowFiniteFieldPasses();
  registerGrowGPUPasses();
  registerGrowNVGPUPasses();
  registerGrowPipelines();
  registerGrowProofPasses();
  registerGrowTransformsPasses();
}

} // namespace grow

#endif // GROW_INITALL_H
