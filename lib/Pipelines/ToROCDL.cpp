//===- ToROCDL.cpp - Kernels for AMD GPUs ---------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/GPU/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace grow;

/// A kernel in the LLVM and ROCDL dialects. Functions of real numbers become
/// LLVM's instead of calls of AMD's device library.
static void buildKernelToROCDL(OpPassManager &kernels, StringRef chip) {
  kernels.addPass(createGPUKernelInterfacePass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  ConvertGpuOpsToROCDLOpsOptions toROCDL;
  toROCDL.chipset = chip;
  toROCDL.useBarePtrCallConv = true;
  toROCDL.allowedDialects = {"arith", "cf", "memref", "ub", "vector"};
  kernels.addPass(createConvertGpuOpsToROCDLOps(toROCDL));
  kernels.addPass(createConvertMathToLLVMPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
}

void grow::buildToROCDLPipeline(OpPassManager &pm,
                                const ToROCDLPipelineOptions &options) {
  GPUTargetStages stages;
  stages.hasNarrowFloats = true;
  buildGPUKernels(pm, options, stages);
  GpuROCDLAttachTargetOptions target;
  target.chip = options.chip;
  pm.addPass(createGpuROCDLAttachTarget(target));
  buildKernelToROCDL(pm.nest<gpu::GPUModuleOp>(), options.chip);
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = "isa";
  pm.addPass(createGpuModuleToBinaryPass(binary));
  buildGPUHost(pm);
}
