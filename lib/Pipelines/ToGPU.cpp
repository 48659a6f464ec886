//===- ToGPU.cpp - From linalg on tensors to kernels ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Pipelines/Pipelines.h"

#include "Stages.h"
#include "grow/Conversion/Passes.h"
#include "grow/Transforms/CPU/Passes.h"
#include "grow/Transforms/GPU/Passes.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace grow;

/// Where buffers begin in the arena: what every Vulkan device can bind.
static constexpr int64_t kBufferAlignment = 256;

/// Blocks of contractions and norms, as for the CPU, but for packed weights.
static void buildGPUTiling(OpPassManager &pm,
                           const ToGPUPipelineOptions &options) {
  if (options.usesTensorCores())
    pm.addNestedPass<func::FuncOp>(createGPURoundOperandsPass());
  CPUTileContractionsPassOptions tiling;
  ToGPUPipelineOptions::BlockSizes sizes = options.getBlockSizes();
  tiling.blockRows = sizes.rows;
  tiling.blockColumns = sizes.columns;
  tiling.normRows = options.normRows;
  // Rows of blocks are never made shorter for the sake of threads.
  tiling.threads = 1;
  tiling.vectorBits = 128;
  buildTiling(pm, tiling);
}

void grow::buildGPUModelTiling(OpPassManager &pm,
                               const ToGPUPipelineOptions &options) {
  ConvertGrowToLinalgPassOptions attention;
  attention.attentionRows = options.attentionRows;
  attention.attentionKeys = options.attentionKeys;
  attention.fusedAttention = options.usesTensorCores();
  pm.addPass(createConvertGrowToLinalgPass(attention));
  buildGPUTiling(pm, options);
  pm.addPass(createHoistInvariantsPass());
  pm.addPass(createCSEPass());
}

/// Tensors to buffers, and what is done to these to launches.
static void buildGPUBufferization(OpPassManager &pm,
                                  const ToGPUPipelineOptions &options,
                                  const GPUTargetStages &target) {
  buildBufferization(pm, options.outParams);
  pm.addNestedPass<func::FuncOp>(createForallToParallelLoopPass());
  CPUPlanBuffersPassOptions plan;
  plan.alignment = kBufferAlignment;
  pm.addPass(createCPUPlanBuffersPass(plan));
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
  if (target.lowerKernelOps)
    target.lowerKernelOps(pm);
  GPUMapBlocksPassOptions mapping;
  ToGPUPipelineOptions::BlockSizes sizes = options.getBlockSizes();
  mapping.threads = sizes.threads;
  mapping.workgroupBytes = sizes.workgroupBytes;
  mapping.tensorCores = target.lowerProducts != nullptr;
  mapping.tf32 = options.usesTF32();
  mapping.elementsAtATime = options.elementsAtATime;
  pm.addNestedPass<func::FuncOp>(createGPUMapBlocksPass(mapping));
}

void grow::buildGPUKernels(OpPassManager &pm,
                           const ToGPUPipelineOptions &options,
                           const GPUTargetStages &target) {
  buildGPUTiling(pm, options);
  buildPreparation(pm, options.prepareParameters);
  OpPassManager &tensors = pm.nest<func::FuncOp>();
  tensors.addPass(createCPUCollapseLoopsPass());
  tensors.addPass(createCanonicalizerPass());
  tensors.addPass(createCSEPass());
  buildGPUBufferization(pm, options, target);
  if (target.lowerProducts)
    target.lowerProducts(pm);

  OpPassManager &functions = pm.nest<func::FuncOp>();
  if (!target.hasNarrowFloats) {
    CPUExpandNarrowFloatsPassOptions narrowFloats;
    narrowFloats.expandF16 = true;
    functions.addPass(createCPUExpandNarrowFloatsPass(narrowFloats));
  }
  functions.addPass(createCPUApproximateMathPass());
  functions.addPass(createGPUExpandMathPass());
  functions.addPass(affine::createAffineExpandIndexOpsPass());
  functions.addPass(createLowerAffinePass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  // Last: the others move constants out of launches.
  functions.addPass(createGPUFlattenBuffersPass());
  pm.addPass(createGpuKernelOutliningPass());
  OpPassManager &kernels = pm.nest<gpu::GPUModuleOp>().nest<gpu::GPUFuncOp>();
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createLoopInvariantCodeMotionPass());
  pm.addNestedPass<func::FuncOp>(createCanonicalizerPass());
  pm.addNestedPass<func::FuncOp>(createCSEPass());
}

void grow::buildGPUHost(OpPassManager &pm) {
  pm.addPass(createGPULaunchesToCallsPass());
  pm.addPass(createSymbolDCEPass());
  ToLLVMPipelineOptions host;
  host.slots = true;
  buildLoopsToLLVM(pm, host);
}
