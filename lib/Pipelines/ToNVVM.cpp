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

NVIDIAChip ToNVVMPipelineOptions::getChip() const {
  NVIDIAChip result = getNVIDIAChip(chip);
  auto replace = [](int64_t &value, int64_t option) {
    if (option != 0)
      value = option;
  };
  replace(result.resultBytes, workgroupBytes);
  replace(result.blockRows, blockRows);
  replace(result.blockColumns, blockColumns);
  replace(result.blockDepth, blockDepth);
  replace(result.stages, stages);
  replace(result.warpRows, warpRows);
  replace(result.warpColumns, warpColumns);
  return result;
}

ToGPUPipelineOptions::BlockSizes ToNVVMPipelineOptions::getBlockSizes() const {
  NVIDIAChip chip = getChip();
  // Passes report what makes no sense.
  auto getWarps = [](int64_t block, int64_t warp) {
    return block > 0 && warp > 0 ? std::clamp<int64_t>(block / warp, 1, 32) : 1;
  };
  int64_t warps = getWarps(chip.blockRows, chip.warpRows) *
                  getWarps(chip.blockColumns, chip.warpColumns);
  return {chip.blockRows, chip.blockColumns, threads ? threads : 32 * warps,
          chip.resultBytes};
}

static void addProductLowering(OpPassManager &pm,
                               const ToNVVMPipelineOptions &options) {
  NVIDIAChip chip = options.getChip();
  NVGPULowerContractionsPassOptions lowering;
  lowering.blockRows = chip.blockRows;
  lowering.blockColumns = chip.blockColumns;
  lowering.blockDepth = chip.blockDepth;
  lowering.stages = chip.stages;
  lowering.warpRows = chip.warpRows;
  lowering.warpColumns = chip.warpColumns;
  lowering.warpgroups = options.warpgroups && options.chip == "sm_90a";
  lowering.warpgroupStages = options.warpgroupStages;
  lowering.workgroupBytes = chip.workgroupBytes;
  lowering.tf32 = options.usesTF32();
  pm.addPass(createNVGPULowerContractionsPass(lowering));
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
      addProductLowering(products, options);
    };
  buildGPUKernels(pm, options, stages);
  NVGPUPlanWorkgroupMemoryPassOptions memory;
  memory.limit = options.getChip().workgroupBytes;
  pm.addPass(createNVGPUPlanWorkgroupMemoryPass(memory));
  GpuNVVMAttachTargetOptions target;
  target.chip = options.chip;
  target.features = options.features;
  pm.addPass(createGpuNVVMAttachTarget(target));
  buildKernelToNVVM(pm.nest<gpu::GPUModuleOp>());
  GpuModuleToBinaryPassOptions binary;
  bool assembles = options.format == "auto";
  binary.compilationTarget = assembles ? "isa" : options.format.getValue();
  pm.addPass(createGpuModuleToBinaryPass(binary));
  if (assembles)
    pm.addPass(createNVGPUAssembleKernelsPass());
  buildGPUHost(pm);
}
