//===- KernelTarget.cpp - What kernels are made for -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelTarget.h"
#include "grow/Execution/ModelObject.h"
#include "grow/Pipelines/Pipelines.h"
#include "grow/Transforms/NVGPU/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

llvm::SmallVector<llvm::StringRef> grow::getCUDAChips() {
  return llvm::map_to_vector(
      getNVIDIAChips(),
      [](const NVIDIAChip &chip) -> llvm::StringRef { return chip.name; });
}

std::string grow::getCUDAChip(const GrowDeviceInfo &info) {
  std::string own = "sm_" + std::to_string(info.computeCapability);
  llvm::StringRef best = getNVIDIAChips().front().name;
  for (const NVIDIAChip &chip : getNVIDIAChips()) {
    // What only this one has, wgmma among it.
    if (chip.name == own + "a")
      return chip.name.str();
    // Later devices run code for earlier ones, if they have the memory.
    uint32_t capability;
    if (!chip.name.drop_front(3).getAsInteger(10, capability) &&
        capability <= info.computeCapability &&
        chip.workgroupBytes <= info.maxSharedBytes)
      best = chip.name;
  }
  return best.str();
}

KernelTarget KernelTarget::get(Target kind, StringRef chip) {
  KernelTarget target;
  target.kind = kind;
  if (kind != Target::CUDA)
    return target;
  target.chip = chip.str();
  // Part of the cache's key: code is made anew when ptxas is there.
  const char *format = std::getenv("GROW_CUDA_FORMAT");
  target.format = format ? format : canAssemblePTX() ? "auto" : "isa";
  return target;
}

KernelTarget KernelTarget::get(const CompileOptions &options) {
  if (!options.device)
    return KernelTarget();
  const GrowDeviceInfo &info = options.device->getInfo();
  KernelTarget target = get(options.device->getTarget(), getCUDAChip(info));
  target.tf32 = options.tf32;
  target.workgroupThreads = info.maxWorkgroupThreads;
  target.workgroupBytes = info.maxSharedBytes;
  SmallVector<StringRef> features;
  StringRef(info.features).split(features, ' ');
  target.floatControls = llvm::is_contained(features, "rounding") &&
                         llvm::is_contained(features, "signed_zeros");
  return target;
}

//===----------------------------------------------------------------------===//
// Passes
//===----------------------------------------------------------------------===//

void grow::buildTiling(OpPassManager &pm, const KernelTarget &target) {
  switch (target.kind) {
  case Target::CPU:
    return buildModelTiling(pm, ToLLVMPipelineOptions());
  case Target::Vulkan:
    return buildGPUModelTiling(pm, ToSPIRVPipelineOptions());
  case Target::CUDA: {
    ToNVVMPipelineOptions options;
    options.chip = target.chip;
    options.tf32 = target.tf32;
    return buildGPUModelTiling(pm, options);
  }
  }
}

static void buildVulkanLowering(OpPassManager &pm, const KernelTarget &target,
                                bool outParams) {
  ToSPIRVPipelineOptions options;
  if (target.workgroupThreads)
    options.threads =
        std::min<int64_t>(options.threads, *target.workgroupThreads);
  if (target.workgroupBytes)
    options.workgroupBytes =
        std::min<int64_t>(options.workgroupBytes, *target.workgroupBytes);
  options.floatControls = target.floatControls;
  options.outParams = outParams;
  buildToSPIRVPipeline(pm, options);
}

static void buildCUDALowering(OpPassManager &pm, const KernelTarget &target,
                              bool outParams) {
  ToNVVMPipelineOptions options;
  options.chip = target.chip;
  options.tf32 = target.tf32;
  options.format = target.format;
  options.outParams = outParams;
  buildToNVVMPipeline(pm, options);
}

void grow::buildKernelLowering(OpPassManager &pm, const KernelTarget &target,
                               bool outParams) {
  assert(target.kind != Target::CPU && "the CPU needs no kernels");
  if (target.kind == Target::Vulkan)
    buildVulkanLowering(pm, target, outParams);
  else
    buildCUDALowering(pm, target, outParams);
}
