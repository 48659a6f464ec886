//===- ToLinalg.cpp - From models to upstream dialects --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Conversion/Passes.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void grow::buildToLinalgPipeline(OpPassManager &pm,
                                 const ToLinalgPipelineOptions &options) {
  ExternalizeParamsPassOptions externalize;
  externalize.mode = options.params;
  externalize.scope = options.scope;
  pm.addPass(createExternalizeParamsPass(externalize));
  pm.addPass(createConvertGrowToLinalgPass());
  // Upstream's bufferisation has no buffers for arithmetic on whole tensors.
  pm.addNestedPass<func::FuncOp>(createConvertElementwiseToLinalgPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
}
