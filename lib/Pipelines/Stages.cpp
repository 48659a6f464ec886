//===- Stages.cpp - What pipelines for all targets have -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stages.h"

#include "grow/Transforms/CPU/Passes.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void grow::buildPreparation(OpPassManager &pm, bool prepareParameters) {
  if (prepareParameters) {
    pm.addPass(createHoistInvariantsPass());
    pm.addPass(createCSEPass());
  }
  pm.addPass(createCPUPrepareFunctionsPass());
}

void grow::buildBufferization(OpPassManager &pm, bool outParams) {
  pm.addPass(bufferization::createEmptyTensorEliminationPass());
  bufferization::OneShotBufferizePassOptions bufferize;
  bufferize.bufferizeFunctionBoundaries = true;
  bufferize.allowReturnAllocsFromLoops = true;
  bufferize.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  pm.addPass(bufferization::createOneShotBufferizePass(bufferize));
  pm.addPass(createCSEPass());
  // Drops the copies of what was computed in place onto itself.
  pm.addPass(createCanonicalizerPass());
  if (outParams)
    pm.addPass(createCPUResultsToOutParamsPass());
}
