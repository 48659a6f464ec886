//===- CUDA.cpp - The CUDA driver -----------------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDA.h"

#include <dlfcn.h>

using namespace grow::runtime;

/// The first driver with all of GROW_CUDA_FUNCTIONS.
static constexpr int kMinDriverVersion = 11000;

/// What the user can do about a failure.
static const char *getAdvice(CUresult result) {
  switch (result) {
  case CUDA_ERROR_OUT_OF_MEMORY:
    return "the device is out of memory: end other programs that use it (see "
           "nvidia-smi), or use a smaller batch, a shorter sequence or "
           "--target=cpu";
  case CUDA_ERROR_STUB_LIBRARY:
    return "a library for linking was loaded instead of the driver: see "
           "GROW_CUDA_LIBRARY and LD_LIBRARY_PATH";
  case CUDA_ERROR_DEVICE_UNAVAILABLE:
    return "another program uses the device alone: wait for its end, or choose "
           "another device by GROW_CUDA_DEVICE";
  case CUDA_ERROR_NO_DEVICE:
    return "there is no CUDA device: see what nvidia-smi and "
           "CUDA_VISIBLE_DEVICES say";
  case CUDA_ERROR_NO_BINARY_FOR_GPU:
    return "the code is for another GPU: compile it for this one";
  case CUDA_ERROR_JIT_COMPILER_NOT_FOUND:
    return "the driver's compiler of PTX (libnvidia-ptxjitcompiler) is "
           "missing: install the whole driver";
  case CUDA_ERROR_INVALID_PTX:
  case CUDA_ERROR_UNSUPPORTED_PTX_VERSION:
    return "if the driver is older than the code, update it; else report this";
  case CUDA_ERROR_SYSTEM_NOT_READY:
    return "a service that the GPU needs does not run: see nvidia-smi";
  case CUDA_ERROR_SYSTEM_DRIVER_MISMATCH:
    return "libcuda and the kernel's driver are of different versions: reboot, "
           "or install both again";
  case CUDA_ERROR_COMPAT_NOT_SUPPORTED_ON_DEVICE:
    return "CUDA's compatibility package does not work on this GPU: update the "
           "driver instead";
  case CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES:
    return "the kernel needs more registers or threads than the device has: "
           "report this, and use --target=cpu";
  case CUDA_ERROR_LAUNCH_TIMEOUT:
    return "a GPU that drives a display stops long kernels: use a smaller "
           "batch or another device";
  case CUDA_ERROR_ECC_UNCORRECTABLE:
    return "the device's memory is damaged: reset it, or choose another one by "
           "GROW_CUDA_DEVICE";
  case CUDA_ERROR_ILLEGAL_ADDRESS:
  case CUDA_ERROR_ASSERT:
  case CUDA_ERROR_HARDWARE_STACK_ERROR:
  case CUDA_ERROR_ILLEGAL_INSTRUCTION:
  case CUDA_ERROR_MISALIGNED_ADDRESS:
  case CUDA_ERROR_INVALID_ADDRESS_SPACE:
  case CUDA_ERROR_INVALID_PC:
  case CUDA_ERROR_LAUNCH_FAILED:
    return "a kernel failed, and the device is of no more use to this process: "
           "report this, and use --target=cpu";
  default:
    return "see what nvidia-smi says; if it finds no fault, report this, and "
           "use --target=cpu";
  }
}

Status CUDADriver::check(const std::string &call, CUresult result) const {
  if (result == CUDA_SUCCESS)
    return Status::success();
  const char *name = nullptr;
  const char *text = nullptr;
  if (cu.cuGetErrorName(result, &name) != CUDA_SUCCESS || !name)
    name = "an error that the driver has no name for";
  if (cu.cuGetErrorString(result, &text) != CUDA_SUCCESS || !text)
    text = "no explanation";
  return Status::error(call, " failed with ", name, " (", result, ", ", text,
                       "): ", getAdvice(result));
}

static std::string formatVersion(int version) {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

Status CUDADriver::load() {
  void *library;
  GROW_RETURN_IF_ERROR(openLibrary(
      "GROW_CUDA_LIBRARY", "libcuda.so.1",
      "install the driver of the NVIDIA GPU, which brings this library",
      library));
#define GROW_LOAD(name, symbol, ...)                                           \
  cu.name = reinterpret_cast<CUresult (*)(__VA_ARGS__)>(dlsym(library, symbol));
  GROW_CUDA_FUNCTIONS(GROW_LOAD)
  GROW_CUDA_OPTIONAL_FUNCTIONS(GROW_LOAD)
#undef GROW_LOAD
  // The version comes first: it says why a function is missing.
  if (cu.cuDriverGetVersion &&
      cu.cuDriverGetVersion(&version) == CUDA_SUCCESS &&
      version < kMinDriverVersion)
    return Status::error("the driver is made for CUDA ", formatVersion(version),
                         ": expected at least ",
                         formatVersion(kMinDriverVersion),
                         ", update the driver");
#define GROW_CHECK(name, symbol, ...)                                          \
  if (!cu.name)                                                                \
    return Status::error("the CUDA driver has no " symbol                      \
                         ": update it, or see GROW_CUDA_LIBRARY");
  GROW_CUDA_FUNCTIONS(GROW_CHECK)
#undef GROW_CHECK
  return Status::success();
}

bool CUDADriver::hasGraphs() const {
#define GROW_HAS(name, symbol, ...) &&cu.name
  return true GROW_CUDA_GRAPH_FUNCTIONS(GROW_HAS);
#undef GROW_HAS
}

Status CUDADriver::start(bool &hasDevices) {
  GROW_RETURN_IF_ERROR(load());
  CUresult result = cu.cuInit(0);
  hasDevices = result != CUDA_ERROR_NO_DEVICE;
  return hasDevices ? check("cuInit", result) : Status::success();
}

Status CUDADriver::countDevices(uint32_t &count) const {
  int found = 0;
  GROW_RETURN_IF_ERROR(check("cuDeviceGetCount", cu.cuDeviceGetCount(&found)));
  count = static_cast<uint32_t>(found);
  return Status::success();
}

Status CUDADriver::getAttribute(CUdevice device, int attribute,
                                uint32_t &value) const {
  int found = 0;
  GROW_RETURN_IF_ERROR(
      check("cuDeviceGetAttribute",
            cu.cuDeviceGetAttribute(&found, attribute, device)));
  value = static_cast<uint32_t>(found);
  return Status::success();
}

Status CUDADriver::describeLimits(CUdevice device, GrowDeviceInfo &info) const {
  uint32_t major = 0, minor = 0, integrated = 0;
  const std::pair<int, uint32_t *> attributes[] = {
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, &major},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, &minor},
      {CU_DEVICE_ATTRIBUTE_INTEGRATED, &integrated},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, &info.maxWorkgroupThreads},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN,
       &info.maxSharedBytes},
      {CU_DEVICE_ATTRIBUTE_WARP_SIZE, &info.subgroupThreads},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, &info.processors},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, &info.maxWorkgroups[0]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + 1, &info.maxWorkgroups[1]},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + 2, &info.maxWorkgroups[2]}};
  for (auto [attribute, value] : attributes)
    GROW_RETURN_IF_ERROR(getAttribute(device, attribute, *value));
  info.computeCapability = major * 10 + minor;
  setText(info.type, integrated ? "integrated" : "discrete");
  return Status::success();
}

Status CUDADriver::describe(uint32_t index, GrowDeviceInfo &info) const {
  info = GrowDeviceInfo();
  info.index = index;
  setText(info.kind, "cuda");
  setText(info.version, formatVersion(version));
  setText(info.driver, "CUDA " + formatVersion(version));
  setText(info.features, "int64 float64 int16 float16 storage16 int8 storage8 "
                         "rounding signed_zeros denormals");
  CUdevice device;
  GROW_RETURN_IF_ERROR(
      check("cuDeviceGet", cu.cuDeviceGet(&device, static_cast<int>(index))));
  GROW_RETURN_IF_ERROR(
      check("cuDeviceGetName",
            cu.cuDeviceGetName(info.name, static_cast<int>(sizeof(info.name)),
                               device)));
  size_t bytes = 0;
  GROW_RETURN_IF_ERROR(
      check("cuDeviceTotalMem", cu.cuDeviceTotalMem(&bytes, device)));
  info.memoryBytes = info.maxBufferBytes = bytes;
  return describeLimits(device, info);
}
