//===- FakeCUDA.cpp - A CUDA driver without a GPU -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The functions of the driver that grow uses, on the host's memory. Each call
// is logged. The environment says what goes wrong:
//
//   FAKE_CUDA_FAIL=NAME=CODE  the function NAME returns CODE
//   FAKE_CUDA_VERSION=N       the driver's version, 12080 if not given
//   FAKE_CUDA_DEVICES=N       how many devices there are, 1 if not given
//   FAKE_CUDA_MAJOR=N         of the compute capability, 9 if not given
//
//===----------------------------------------------------------------------===//

#include "CUDADriver.h"
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

using namespace grow::runtime;

#define FAKE_EXPORT extern "C" __attribute__((visibility("default")))

namespace {
struct Module {
  std::string text;
};
struct Function {
  std::string name;
  int sharedBytes = 48 << 10;
};

struct Graph {
  struct Launch {
    std::string kernel;
    std::vector<uint64_t> arguments;
  };
  std::vector<Launch> launches;
};

/// Streams: one to run on, one to record with.
const auto kStream = reinterpret_cast<CUstream>(0x200);
const auto kRecordingStream = reinterpret_cast<CUstream>(0x300);

std::string calls;
/// What a kernel left behind.
CUresult fault = CUDA_SUCCESS;
size_t liveAllocations = 0;
size_t liveContexts = 0;
/// Graphs and executable ones.
size_t liveGraphs = 0;
std::unique_ptr<Graph> captured;

template <typename... Numbers>
void log(const char *name, Numbers... numbers) {
  calls += name;
  ((calls += " " + std::to_string(numbers)), ...);
  calls += "\n";
}

/// What the environment, or a kernel before, makes of a call.
CUresult getResult(const char *name) {
  const char *fail = std::getenv("FAKE_CUDA_FAIL");
  size_t length = std::strlen(name);
  if (fail && !std::strncmp(fail, name, length) && fail[length] == '=')
    return std::atoi(fail + length + 1);
  return fault;
}

int getNumber(const char *variable, int otherwise) {
  const char *text = std::getenv(variable);
  return text ? std::atoi(text) : otherwise;
}
} // namespace

#define FAKE_RETURN_IF_FAILED(name)                                            \
  if (CUresult result_ = getResult(name))                                      \
  return result_

FAKE_EXPORT const char *fakeCUDACalls() { return calls.c_str(); }
FAKE_EXPORT size_t fakeCUDALiveAllocations() { return liveAllocations; }
FAKE_EXPORT size_t fakeCUDALiveContexts() { return liveContexts; }
FAKE_EXPORT size_t fakeCUDALiveGraphs() { return liveGraphs; }
FAKE_EXPORT void fakeCUDAReset() {
  calls.clear();
  fault = CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuInit(unsigned) {
  log("cuInit");
  FAKE_RETURN_IF_FAILED("cuInit");
  return getNumber("FAKE_CUDA_DEVICES", 1) ? CUDA_SUCCESS
                                           : CUDA_ERROR_NO_DEVICE;
}
FAKE_EXPORT CUresult cuDriverGetVersion(int *version) {
  *version = getNumber("FAKE_CUDA_VERSION", 12080);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGetErrorName(CUresult code, const char **name) {
  static const std::map<CUresult, const char *> names = {
      {CUDA_ERROR_OUT_OF_MEMORY, "CUDA_ERROR_OUT_OF_MEMORY"},
      {CUDA_ERROR_NO_DEVICE, "CUDA_ERROR_NO_DEVICE"},
      {CUDA_ERROR_INVALID_PTX, "CUDA_ERROR_INVALID_PTX"},
      {500, "CUDA_ERROR_NOT_FOUND"},
      {CUDA_ERROR_ILLEGAL_ADDRESS, "CUDA_ERROR_ILLEGAL_ADDRESS"},
      {CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES,
       "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"},
      {CUDA_ERROR_SYSTEM_DRIVER_MISMATCH, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH"}};
  auto it = names.find(code);
  if (it == names.end())
    return 1;
  *name = it->second;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGetErrorString(CUresult, const char **text) {
  *text = "as the driver puts it";
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetCount(int *count) {
  FAKE_RETURN_IF_FAILED("cuDeviceGetCount");
  *count = getNumber("FAKE_CUDA_DEVICES", 1);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGet(CUdevice *device, int index) {
  log("cuDeviceGet", index);
  *device = 10 + index;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetName(char *name, int size, CUdevice device) {
  std::snprintf(name, static_cast<size_t>(size), "Fake GPU %d", device - 10);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceGetAttribute(int *value, int attribute, CUdevice) {
  const std::map<int, int> values = {
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR,
       getNumber("FAKE_CUDA_MAJOR", 9)},
      {CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, 0},
      {CU_DEVICE_ATTRIBUTE_INTEGRATED, 0},
      {CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, 1024},
      {CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN, 227 << 10},
      {CU_DEVICE_ATTRIBUTE_WARP_SIZE, 32},
      {CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, 132},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X, 2147483647},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + 1, 65535},
      {CU_DEVICE_ATTRIBUTE_MAX_GRID_DIM_X + 2, 65535}};
  auto it = values.find(attribute);
  if (it == values.end())
    return 1;
  *value = it->second;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDeviceTotalMem_v2(size_t *bytes, CUdevice) {
  *bytes = size_t(80) << 30;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDevicePrimaryCtxRetain(CUcontext *context,
                                              CUdevice device) {
  log("cuDevicePrimaryCtxRetain", device);
  FAKE_RETURN_IF_FAILED("cuDevicePrimaryCtxRetain");
  *context = reinterpret_cast<CUcontext>(0x100);
  ++liveContexts;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
  log("cuDevicePrimaryCtxRelease", device);
  --liveContexts;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuCtxSetCurrent(CUcontext) { return CUDA_SUCCESS; }
FAKE_EXPORT CUresult cuStreamCreate(CUstream *stream, unsigned flags) {
  log("cuStreamCreate", flags);
  if (flags == CU_STREAM_NON_BLOCKING)
    FAKE_RETURN_IF_FAILED("cuStreamCreate");
  *stream = flags == CU_STREAM_NON_BLOCKING ? kRecordingStream : kStream;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuStreamDestroy_v2(CUstream stream) {
  if (stream == kRecordingStream)
    captured = nullptr;
  log("cuStreamDestroy");
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuStreamSynchronize(CUstream) {
  log("cuStreamSynchronize");
  FAKE_RETURN_IF_FAILED("cuStreamSynchronize");
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuMemAlloc_v2(CUdeviceptr *address, size_t bytes) {
  log("cuMemAlloc", bytes);
  FAKE_RETURN_IF_FAILED("cuMemAlloc_v2");
  *address = reinterpret_cast<CUdeviceptr>(std::calloc(1, bytes));
  ++liveAllocations;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemFree_v2(CUdeviceptr address) {
  log("cuMemFree");
  FAKE_RETURN_IF_FAILED("cuMemFree_v2");
  std::free(reinterpret_cast<void *>(address));
  --liveAllocations;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void *from,
                                     size_t bytes) {
  log("cuMemcpyHtoD", bytes);
  FAKE_RETURN_IF_FAILED("cuMemcpyHtoD_v2");
  std::memcpy(reinterpret_cast<void *>(to), from, bytes);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuMemcpyDtoH_v2(void *to, CUdeviceptr from, size_t bytes) {
  log("cuMemcpyDtoH", bytes);
  FAKE_RETURN_IF_FAILED("cuMemcpyDtoH_v2");
  std::memcpy(to, reinterpret_cast<void *>(from), bytes);
  return CUDA_SUCCESS;
}

/// Takes text that begins like PTX; complains in the log otherwise.
FAKE_EXPORT CUresult cuModuleLoadDataEx(CUmodule *module, const void *image,
                                        unsigned count, int *options,
                                        void **values) {
  log("cuModuleLoadDataEx");
  FAKE_RETURN_IF_FAILED("cuModuleLoadDataEx");
  const char *text = static_cast<const char *>(image);
  if (std::strncmp(text, ".version", 8)) {
    if (count == 2 && options[0] == CU_JIT_ERROR_LOG_BUFFER)
      std::snprintf(static_cast<char *>(values[0]),
                    reinterpret_cast<size_t>(values[1]),
                    "ptxas: expected .version");
    return CUDA_ERROR_INVALID_PTX;
  }
  *module = reinterpret_cast<CUmodule>(new Module{text});
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuModuleUnload(CUmodule module) {
  log("cuModuleUnload");
  delete reinterpret_cast<Module *>(module);
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuModuleGetFunction(CUfunction *function, CUmodule module,
                                         const char *name) {
  log("cuModuleGetFunction");
  const std::string &text = reinterpret_cast<Module *>(module)->text;
  if (text.find(std::string(".entry ") + name + "(") == std::string::npos)
    return 500;
  // Lives as long as the process: there are few.
  *function = reinterpret_cast<CUfunction>(new Function{name});
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuFuncSetAttribute(CUfunction function, int attribute,
                                        int value) {
  log("cuFuncSetAttribute", attribute, value);
  if (attribute == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES)
    reinterpret_cast<Function *>(function)->sharedBytes = value;
  return CUDA_SUCCESS;
}

template <typename Value>
static Value getArgument(void *const *arguments, int i) {
  Value value;
  std::memcpy(&value, arguments[i], sizeof(value));
  return value;
}

#ifndef FAKE_CUDA_IS_OLD
/// The map consists of ones.
FAKE_EXPORT CUresult cuTensorMapEncodeTiled(
    void *map, int type, unsigned rank, void *address, const uint64_t *sizes,
    const uint64_t *strides, const uint32_t *box, const uint32_t *steps,
    int interleave, int swizzle, int promotion, int fill) {
  log("cuTensorMapEncodeTiled", type, rank,
      reinterpret_cast<uintptr_t>(address));
  FAKE_RETURN_IF_FAILED("cuTensorMapEncodeTiled");
  for (unsigned i = 0; i < rank; ++i)
    log("axis", sizes[i], i ? strides[i - 1] : 0, box[i], steps[i]);
  log("kinds", interleave, swizzle, promotion, fill);
  if (reinterpret_cast<uintptr_t>(map) % 64)
    return 1;
  std::memset(map, 1, kTensorMapBytes);
  return CUDA_SUCCESS;
}
#endif

/// y += a x over n entries, as axpy(x, y, n, a) of 64-bit n.
static void runAxpy(void *const *arguments) {
  const auto *x = getArgument<const float *>(arguments, 0);
  auto *y = getArgument<float *>(arguments, 1);
  auto n = getArgument<uint64_t>(arguments, 2);
  auto a = getArgument<float>(arguments, 3);
  for (uint64_t i = 0; i < n; ++i)
    y[i] += a * x[i];
}

/// Adds x to all rows of y, as addToRows(x, y, n, rows) of n columns.
static void runAddToRows(void *const *arguments) {
  const auto *x = getArgument<const float *>(arguments, 0);
  auto *y = getArgument<float *>(arguments, 1);
  auto n = getArgument<uint64_t>(arguments, 2);
  auto rows = getArgument<uint64_t>(arguments, 3);
  for (uint64_t i = 0; i < rows * n; ++i)
    y[i] += x[i % n];
}

static void run(const std::string &kernel, void *const *arguments) {
  if (kernel == "axpy")
    runAxpy(arguments);
  if (kernel == "addToRows")
    runAddToRows(arguments);
  if (kernel == "map")
    log("map", static_cast<const char *>(arguments[0])[kTensorMapBytes - 1],
        getArgument<uint32_t>(arguments, 1));
  if (kernel == "fault")
    fault = CUDA_ERROR_ILLEGAL_ADDRESS;
}

/// Takes the arguments as they are now, as the driver does.
static void record(const std::string &kernel, void **arguments) {
  size_t count = kernel == "axpy" || kernel == "addToRows" ? 4 : 0;
  Graph::Launch launch{kernel, {}};
  for (size_t i = 0; i < count; ++i)
    launch.arguments.push_back(*static_cast<const uint64_t *>(arguments[i]));
  captured->launches.push_back(std::move(launch));
}

FAKE_EXPORT CUresult cuLaunchKernel(CUfunction function, unsigned gridX,
                                    unsigned gridY, unsigned gridZ,
                                    unsigned blockX, unsigned blockY,
                                    unsigned blockZ, unsigned sharedBytes,
                                    CUstream stream, void **arguments,
                                    void **extra) {
  const auto *kernel = reinterpret_cast<const Function *>(function);
  log(("cuLaunchKernel " + kernel->name).c_str(), gridX, gridY, gridZ, blockX,
      blockY, blockZ, sharedBytes);
  FAKE_RETURN_IF_FAILED("cuLaunchKernel");
  bool isRecorded = stream == kRecordingStream;
  if (static_cast<int>(sharedBytes) > kernel->sharedBytes || extra ||
      (isRecorded ? !captured : stream != kStream))
    return 1;
  if (isRecorded)
    record(kernel->name, arguments);
  else
    run(kernel->name, arguments);
  return CUDA_SUCCESS;
}

FAKE_EXPORT CUresult cuStreamBeginCapture_v2(CUstream stream, int mode) {
  log("cuStreamBeginCapture", mode);
  FAKE_RETURN_IF_FAILED("cuStreamBeginCapture");
  if (stream != kRecordingStream || captured)
    return 1;
  captured = std::make_unique<Graph>();
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuStreamEndCapture(CUstream, CUgraph *graph) {
  log("cuStreamEndCapture");
  FAKE_RETURN_IF_FAILED("cuStreamEndCapture");
  *graph = reinterpret_cast<CUgraph>(captured.release());
  ++liveGraphs;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphInstantiateWithFlags(CUgraphExec *executable,
                                                 CUgraph graph,
                                                 unsigned long long flags) {
  log("cuGraphInstantiate", flags);
  FAKE_RETURN_IF_FAILED("cuGraphInstantiate");
  *executable = reinterpret_cast<CUgraphExec>(
      new Graph(*reinterpret_cast<Graph *>(graph)));
  ++liveGraphs;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphDestroy(CUgraph graph) {
  delete reinterpret_cast<Graph *>(graph);
  --liveGraphs;
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphLaunch(CUgraphExec executable, CUstream stream) {
  log("cuGraphLaunch");
  FAKE_RETURN_IF_FAILED("cuGraphLaunch");
  if (stream != kStream)
    return 1;
  for (Graph::Launch &launch :
       reinterpret_cast<Graph *>(executable)->launches) {
    std::vector<void *> arguments;
    for (uint64_t &argument : launch.arguments)
      arguments.push_back(&argument);
    run(launch.kernel, arguments.data());
  }
  return CUDA_SUCCESS;
}
FAKE_EXPORT CUresult cuGraphExecDestroy(CUgraphExec executable) {
  log("cuGraphExecDestroy");
  delete reinterpret_cast<Graph *>(executable);
  --liveGraphs;
  return CUDA_SUCCESS;
}
