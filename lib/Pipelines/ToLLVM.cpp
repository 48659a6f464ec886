//===- ToLLVM.cpp - From linalg on tensors to CPU code --------------------===//
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
#include "grow/Transforms/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/Affine/Transforms/Passes.h"
#include "mlir/Dialect/Bufferization/Pipelines/Passes.h"
#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Dialect/SCF/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

/// With a width the code is for a machine that need not be this one.
static bool isForHost(const grow::ToLLVMPipelineOptions &options) {
  return options.vectorBits == 0;
}

static bool usesBF16Dot(const grow::ToLLVMPipelineOptions &options) {
  return options.bf16Dot || (isForHost(options) && grow::hasHostBF16Dot());
}

void grow::buildTiling(OpPassManager &pm,
                       const CPUTileContractionsPassOptions &options) {
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createConvertElementwiseToLinalgPass());
  functions.addPass(createCPUPinArithmeticPass());
  functions.addPass(createCPUFuseElementwisePass());
  functions.addPass(memref::createResolveRankedShapeTypeResultDimsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createCPUTileContractionsPass(options));
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
}

void grow::buildCPUTiling(OpPassManager &pm,
                          const ToLLVMPipelineOptions &options) {
  CPUTileContractionsPassOptions tiling;
  tiling.vectorBits = options.vectorBits;
  tiling.threads = options.threads;
  buildTiling(pm, tiling);
  OpPassManager &functions = pm.nest<func::FuncOp>();
  CPUPackColumnsPassOptions packing;
  packing.vectorBits = options.vectorBits;
  functions.addPass(createCPUPackColumnsPass(packing));
  functions.addPass(createCSEPass());
}

void grow::buildModelTiling(OpPassManager &pm,
                            const ToLLVMPipelineOptions &options) {
  ConvertGrowToLinalgPassOptions attention;
  attention.attentionRows = 32;
  attention.attentionKeys = 384;
  attention.keyPanel = getPanelWidth(options.vectorBits);
  pm.addPass(createConvertGrowToLinalgPass(attention));
  buildCPUTiling(pm, options);
  pm.addPass(createHoistInvariantsPass());
  pm.addPass(createCSEPass());
}

void grow::buildCPUPreparation(OpPassManager &pm,
                               const ToLLVMPipelineOptions &options) {
  buildCPUTiling(pm, options);
  buildPreparation(pm, options.prepareParameters);
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createCPULowerPacksPass());
  functions.addPass(createCPUCollapseLoopsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
}

void grow::buildCPUBufferization(OpPassManager &pm,
                                 const ToLLVMPipelineOptions &options) {
  buildBufferization(pm, options.outParams);
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createForallToParallelLoopPass());
  functions.addPass(createCPUStackBuffersPass());
  pm.addPass(createCPUPlanBuffersPass());
  bufferization::buildBufferDeallocationPipeline(pm);
  pm.addPass(createConvertBufferizationToMemRefPass());
}

void grow::buildCPULoops(OpPassManager &pm,
                         const ToLLVMPipelineOptions &options) {
  CPULowerContractionsPassOptions contractions;
  contractions.vectorBits = options.vectorBits;
  contractions.bf16Dot = usesBF16Dot(options);
  pm.addPass(createCPULowerContractionsPass(contractions));
  // Fills, and what bufferisation may have left (tensor.pad ends in
  // linalg.map).
  pm.addNestedPass<func::FuncOp>(createLinalgGeneralizeNamedOpsPass());
  OpPassManager &functions = pm.nest<func::FuncOp>();
  functions.addPass(createCPULowerReductionsPass());
  functions.addPass(createCPULowerCopiesPass());
  if (options.parallel)
    functions.addPass(createCPUParallelizeElementwisePass());
  functions.addPass(createConvertLinalgToLoopsPass());
  CPUExpandNarrowFloatsPassOptions narrowFloats;
  narrowFloats.expandF16 =
      options.expandF16 || (isForHost(options) && !hasHostHalfConversions());
  narrowFloats.expandBF16Dot = options.expandBF16Dot;
  functions.addPass(createCPUExpandNarrowFloatsPass(narrowFloats));
  if (options.approximateMath)
    functions.addPass(createCPUApproximateMathPass());
  functions.addPass(memref::createFoldMemRefAliasOpsPass());
  functions.addPass(createCanonicalizerPass());
  functions.addPass(createCSEPass());
  functions.addPass(createLoopInvariantCodeMotionPass());
}

void grow::buildLoopsToLLVM(OpPassManager &pm,
                            const ToLLVMPipelineOptions &options) {
  if (options.slots)
    pm.addPass(createCPUPassPointersPass());
  if (options.parallel) {
    pm.addPass(createConvertSCFToOpenMPPass());
    pm.addNestedPass<func::FuncOp>(createCPUScheduleLoopsPass());
    // Merges the scope that the conversion adds with the one inside.
    pm.addPass(createCanonicalizerPass());
  }
  // Vectors whose entries are not neighbours in memory.
  pm.addPass(createConvertVectorToSCFPass());
  pm.addNestedPass<func::FuncOp>(createCPULowerScopesPass());
  pm.addPass(createSCFToControlFlowPass());
  pm.addPass(createCPULowerReshapesPass());
  pm.addPass(memref::createExpandStridedMetadataPass());
  pm.addPass(affine::createAffineExpandIndexOpsPass());
  pm.addPass(createLowerAffinePass());
  ConvertVectorToLLVMPassOptions vectors;
  vectors.x86Vector = usesBF16Dot(options);
  pm.addPass(createConvertVectorToLLVMPass(vectors));
  pm.addPass(createConvertMathToLLVMPass());
  pm.addPass(createConvertMathToLibmPass());
  pm.addPass(createArithToLLVMConversionPass());
  pm.addPass(createConvertIndexToLLVMPass());
  pm.addPass(createUBToLLVMConversionPass());
  pm.addPass(createFinalizeMemRefToLLVMConversionPass());
  pm.addPass(createConvertFuncToLLVMPass());
  pm.addPass(createConvertControlFlowToLLVMPass());
  if (options.parallel)
    pm.addPass(createConvertOpenMPToLLVMPass());
  pm.addPass(createReconcileUnrealizedCastsPass());
  pm.addPass(createCPULoadNarrowFloatsPass());
}

void grow::buildToLLVMPipeline(OpPassManager &pm,
                               const ToLLVMPipelineOptions &options) {
  buildCPUPreparation(pm, options);
  buildCPUBufferization(pm, options);
  buildCPULoops(pm, options);
  buildLoopsToLLVM(pm, options);
}

void grow::registerGrowPipelines() {
  PassPipelineRegistration<ToLinalgPipelineOptions>(
      "grow-to-linalg",
      "Lower models to func, linalg, tensor, arith and math on tensors, for "
      "other compilers",
      buildToLinalgPipeline);
  PassPipelineRegistration<ToLLVMPipelineOptions>(
      "grow-to-llvm",
      "Lower func, linalg, tensor, arith, math and scf on tensors to code for "
      "the CPU of this machine",
      buildToLLVMPipeline);
  PassPipelineRegistration<ToLLVMPipelineOptions>(
      "grow-tile-models",
      "Lower functions of model ops to blocks on tensors, and move packed "
      "weights to functions of their own; grow-to-llvm does the rest",
      buildModelTiling);
  PassPipelineRegistration<ToNVVMPipelineOptions>(
      "grow-to-nvvm",
      "Lower func, linalg, tensor, arith, math and scf on tensors to kernels "
      "in PTX for NVIDIA GPUs, and code for the host that launches them",
      buildToNVVMPipeline);
  PassPipelineRegistration<ToROCDLPipelineOptions>(
      "grow-to-rocdl",
      "Lower func, linalg, tensor, arith, math and scf on tensors to kernels "
      "in the assembly of AMD GPUs, which this project does not run",
      buildToROCDLPipeline);
  PassPipelineRegistration<ToSPIRVPipelineOptions>(
      "grow-to-spirv",
      "Lower func, linalg, tensor, arith, math and scf on tensors to kernels "
      "in SPIR-V for Vulkan, and code for the host that launches them",
      buildToSPIRVPipeline);
}
