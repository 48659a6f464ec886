//===- ToNVVM.cpp - Kernels for NVIDIA GPUs -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/GPU/Passes.h"
#include "grow/Transforms/NVGPU/Passes.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace grow;

/// A kernel in the LLVM and NVVM dialects.
static void buildKernelToNVVM(OpPassManager &kernels) {
  kernels.addPass(createGPUKernelInterfacePass());
  kernels.addPass(createNVGPULowerMathPass());
  kernels.addPass(createConvertNVGPUToNVVMPass());
  kernels.addPass(createSCFToControlFlowPass());
  kernels.addPass(memref::createExpandStridedMetadataPass());
  kernels.addPass(createLowerAffinePass());
  kernels.addPass(createConvertVectorToLLVMPass());
  ConvertGpuOpsToNVVMOpsOptions toNVVM;
  toNVVM.useBarePtrCallConv = true;
  kernels.addPass(createConvertGpuOpsToNVVMOps(toNVVM));
  kernels.addPass(createConvertNVVMToLLVMPass());
  kernels.addPass(createCanonicalizerPass());
  kernels.addPass(createCSEPass());
  kernels.addPass(createReconcileUnrealizedCastsPass());
  kernels.addPass(createNVGPULinkWorkgroupMemoryPass());
  kernels.addPass(createNVGPUMarkTensorMapsPass());
}

/// Bytes that a block of threads may have, by compute capability.
static int64_t getWorkgroupLimit(StringRef chip) {
  return llvm::StringSwitch<int64_t>(chip)
      .Cases({"sm_80", "sm_87"}, 163 << 10)
      .Cases({"sm_86", "sm_89"}, 99 << 10)
      .Cases({"sm_90", "sm_90a", "sm_100", "sm_100a"}, 227 << 10)
      .Default(99 << 10);
}

void grow::buildToNVVMPipeline(OpPassManager &pm,
                               const ToNVVMPipelineOptions &options) {
  GPUTargetStages stages;
  stages.hasNarrowFloats = true;
  stages.lowerKernelOps = [](OpPassManager &kernelOps) {
    kernelOps.addPass(createNVGPULowerAttentionPass());
  };
  if (options.tensorCores)
    stages.lowerProducts = [&](OpPassManager &products) {
      NVGPULowerContractionsPassOptions lowering;
      lowering.warpgroups = options.warpgroups && options.chip == "sm_90a";
      lowering.warpgroupStages = options.warpgroupStages;
      lowering.workgroupBytes = getWorkgroupLimit(options.chip);
      products.addPass(createNVGPULowerContractionsPass(lowering));
    };
  buildGPUKernels(pm, options, stages);
  NVGPUPlanWorkgroupMemoryPassOptions memory;
  memory.limit = getWorkgroupLimit(options.chip);
  pm.addPass(createNVGPUPlanWorkgroupMemoryPass(memory));
  GpuNVVMAttachTargetOptions target;
  target.chip = options.chip;
  target.features = options.features;
  pm.addPass(createGpuNVVMAttachTarget(target));
  buildKernelToNVVM(pm.nest<gpu::GPUModuleOp>());
  GpuModuleToBinaryPassOptions binary;
  binary.compilationTarget = options.format;
  pm.addPass(createGpuModuleToBinaryPass(binary));
  buildGPUHost(pm);
}
