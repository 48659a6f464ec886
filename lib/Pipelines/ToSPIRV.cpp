//===- ToSPIRV.cpp - Kernels for Vulkan -----------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/GPU/Passes.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/GPU/Transforms/Passes.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/Transforms/Passes.h"

using namespace mlir;
using namespace grow;

/// What kernels may use: Vulkan 1.1, with the features that a device must have
/// for the types of entries that a kernel reads. Kernels name only what they
/// need (`spirv-update-vce`).
static GpuSPIRVAttachTargetOptions getTarget() {
  GpuSPIRVAttachTargetOptions target;
  target.spirvVersion = "v1.3";
  target.clientApi = "Vulkan";
  // Upstream's default is not initialised, and would be another in each key of
  // the cache of code.
  target.deviceId = spirv::TargetEnvAttr::kUnknownDeviceID;
  target.spirvCapabilities = {"Shader",
                              "Int8",
                              "Int16",
                              "Int64",
                              "Float64",
                              "StorageBuffer8BitAccess",
                              "StorageBuffer16BitAccess",
                              "RoundingModeRTE",
                              "SignedZeroInfNanPreserve",
                              "DenormPreserve"};
  target.spirvExtensions = {"SPV_KHR_storage_buffer_storage_class",
                            "SPV_KHR_8bit_storage", "SPV_KHR_16bit_storage",
                            "SPV_KHR_float_controls"};
  return target;
}

void grow::buildToSPIRVPipeline(OpPassManager &pm,
                                const ToSPIRVPipelineOptions &options) {
  buildGPUKernels(pm, options);
  pm.addPass(createGpuSPIRVAttachTarget(getTarget()));
  GPUKernelsToSPIRVPassOptions kernels;
  kernels.floatControls = options.floatControls;
  kernels.denormals = options.denormals;
  pm.addPass(createGPUKernelsToSPIRVPass(kernels));
  OpPassManager &binaries = pm.nest<gpu::GPUModuleOp>().nest<spirv::ModuleOp>();
  binaries.addPass(spirv::createSPIRVLowerABIAttributesPass());
  binaries.addPass(spirv::createSPIRVUpdateVCEPass());
  pm.addPass(createGpuModuleToBinaryPass());
  buildGPUHost(pm);
}
