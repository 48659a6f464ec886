//===- CUDADevice.cpp - Memory and kernels of a CUDA device ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CUDA.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>

using namespace grow::runtime;

/// What compiled code takes addresses of buffers to be multiples of.
static constexpr uint64_t kBufferAlignment = 16;

namespace {

/// A CUtensorMap.
struct alignas(64) TensorMap {
  char bytes[kTensorMapBytes];
};

class CUDADevice : public Backend {
public:
  static Status open(const CUDADriver &driver, uint32_t index,
                     const GrowDeviceInfo &info,
                     std::unique_ptr<Backend> &backend);
  ~CUDADevice() override;

  Status allocate(uint64_t bytes, uint64_t &address) override;
  Status free(uint64_t address) override;
  Status write(uint64_t address, const void *from, uint64_t bytes) override;
  Status read(void *to, uint64_t address, uint64_t bytes) override;
  Status synchronize() override;
  Status launch(const Launch &launch) override;
  Status forgetKernels() override;
  bool canRecord() const override { return recordsCalls; }
  Status beginRecording() override;
  Status endRecording(uint64_t &recording) override;
  Status replay(uint64_t recording) override;
  void forgetRecording(uint64_t recording) override;

private:
  struct Kernel {
    CUfunction function = nullptr;
    /// What may be asked for as dynamic shared memory without further ado.
    uint32_t sharedBytes = 0;
  };

  CUDADevice(const CUDADriver &driver, const GrowDeviceInfo &info)
      : driver(driver), cu(this->driver.cu), info(info) {}

  /// Threads have a current context; a device may be used by any thread.
  Status enter() {
    return driver.check("cuCtxSetCurrent", cu.cuCtxSetCurrent(context));
  }
  Status getModule(const Launch &launch, CUmodule &module);
  Status loadModule(const Launch &launch, CUmodule &module);
  Status getKernel(const Launch &launch, Kernel *&kernel);
  Status allowShared(const Launch &launch, Kernel &kernel);
  Status checkSize(const Launch &launch) const;
  Status instantiate(CUgraph graph, uint64_t &recording);
  void closeRecordingStream();
  Status collect(const Launch &launch, std::vector<TensorMap> &maps,
                 std::vector<void *> &parameters) const;
  Status encode(const Launch &launch, const GrowTensorMap &described,
                TensorMap &map) const;

  CUDADriver driver;
  const CUDAFunctions &cu;
  GrowDeviceInfo info;
  CUdevice device = 0;
  CUcontext context = nullptr;
  CUstream stream = nullptr;
  std::set<uint64_t> allocations;
  std::map<const void *, CUmodule> modules;
  std::map<std::pair<const void *, std::string>, Kernel> kernels;
  bool recordsCalls = false;
  /// Where launches are recorded.
  CUstream recordingStream = nullptr;
  bool isRecording = false;
  std::set<CUgraphExec> recordings;
};

} // namespace

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

/// Whether the environment leaves it to us to record calls.
static bool wantsGraphs() {
  const char *wanted = std::getenv("GROW_CUDA_GRAPHS");
  return !wanted || std::strcmp(wanted, "0");
}

Status CUDADevice::open(const CUDADriver &driver, uint32_t index,
                        const GrowDeviceInfo &info,
                        std::unique_ptr<Backend> &backend) {
  std::unique_ptr<CUDADevice> opened(new CUDADevice(driver, info));
  const CUDAFunctions &cu = opened->cu;
  GROW_RETURN_IF_ERROR(driver.check(
      "cuDeviceGet", cu.cuDeviceGet(&opened->device, static_cast<int>(index))));
  GROW_RETURN_IF_ERROR(driver.check(
      "cuDevicePrimaryCtxRetain",
      cu.cuDevicePrimaryCtxRetain(&opened->context, opened->device)));
  GROW_RETURN_IF_ERROR(opened->enter());
  // With flag 0, copies wait for kernels and kernels for copies.
  GROW_RETURN_IF_ERROR(
      driver.check("cuStreamCreate", cu.cuStreamCreate(&opened->stream, 0)));
  opened->recordsCalls = driver.hasGraphs() && wantsGraphs();
  backend = std::move(opened);
  return Status::success();
}

CUDADevice::~CUDADevice() {
  if (!context)
    return;
  // Nobody is left who could be told of an error. Other parts of the process
  // may use the same context, so nothing of ours may stay there.
  cu.cuCtxSetCurrent(context);
  if (stream) {
    cu.cuStreamSynchronize(stream);
    cu.cuStreamDestroy(stream);
  }
  for (CUgraphExec recording : recordings)
    cu.cuGraphExecDestroy(recording);
  closeRecordingStream();
  for (uint64_t address : allocations)
    cu.cuMemFree(address);
  for (auto [binary, module] : modules)
    cu.cuModuleUnload(module);
  cu.cuCtxSetCurrent(nullptr);
  cu.cuDevicePrimaryCtxRelease(device);
}

Status CUDADevice::allocate(uint64_t bytes, uint64_t &address) {
  GROW_RETURN_IF_ERROR(enter());
  CUdeviceptr pointer = 0;
  GROW_RETURN_IF_ERROR(
      driver.check("cuMemAlloc of " + std::to_string(bytes) + " bytes",
                   cu.cuMemAlloc(&pointer, std::max<uint64_t>(bytes, 1))));
  address = pointer;
  allocations.insert(address);
  return Status::success();
}

/// The driver waits for work that uses the memory.
Status CUDADevice::free(uint64_t address) {
  if (!allocations.erase(address))
    return Status::error("address ", address,
                         " cannot be freed: it was not allocated, or freed "
                         "before");
  GROW_RETURN_IF_ERROR(enter());
  return driver.check("cuMemFree", cu.cuMemFree(address));
}

Status CUDADevice::write(uint64_t address, const void *from, uint64_t bytes) {
  GROW_RETURN_IF_ERROR(enter());
  return driver.check("cuMemcpyHtoD of " + std::to_string(bytes) + " bytes",
                      cu.cuMemcpyHtoD(address, from, bytes));
}

Status CUDADevice::read(void *to, uint64_t address, uint64_t bytes) {
  GROW_RETURN_IF_ERROR(synchronize());
  return driver.check("cuMemcpyDtoH of " + std::to_string(bytes) + " bytes",
                      cu.cuMemcpyDtoH(to, address, bytes));
}

/// Where kernels fail, this is what says so.
Status CUDADevice::synchronize() {
  GROW_RETURN_IF_ERROR(enter());
  return driver.check("cuStreamSynchronize", cu.cuStreamSynchronize(stream));
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

Status CUDADevice::loadModule(const Launch &launch, CUmodule &module) {
  // PTX ends with a zero, which a constant of compiled code need not have.
  std::string image(static_cast<const char *>(launch.binary),
                    launch.binaryBytes);
  char log[4096] = "";
  int options[] = {CU_JIT_ERROR_LOG_BUFFER, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES};
  void *values[] = {log, reinterpret_cast<void *>(sizeof(log))};
  CUresult result =
      cu.cuModuleLoadDataEx(&module, image.c_str(), 2, options, values);
  std::string call = std::string("cuModuleLoadDataEx of the code of kernel '") +
                     launch.kernel + "'";
  Status status = driver.check(call, result);
  log[sizeof(log) - 1] = '\0';
  if (!status || !log[0])
    return status;
  return Status::error(status.getText(), "\nthe driver's compiler says: ", log);
}

Status CUDADevice::getModule(const Launch &launch, CUmodule &module) {
  auto it = modules.find(launch.binary);
  if (it != modules.end()) {
    module = it->second;
    return Status::success();
  }
  GROW_RETURN_IF_ERROR(loadModule(launch, module));
  modules[launch.binary] = module;
  return Status::success();
}

Status CUDADevice::getKernel(const Launch &launch, Kernel *&kernel) {
  auto [it, isNew] = kernels.try_emplace({launch.binary, launch.kernel});
  kernel = &it->second;
  if (!isNew)
    return Status::success();
  CUmodule module;
  Status status = getModule(launch, module);
  if (!status)
    status = driver.check(
        std::string("cuModuleGetFunction of '") + launch.kernel + "'",
        cu.cuModuleGetFunction(&kernel->function, module, launch.kernel));
  if (status)
    kernels.erase(it);
  return status;
}

/// More than 48 kB of shared memory must be asked for.
Status CUDADevice::allowShared(const Launch &launch, Kernel &kernel) {
  constexpr uint32_t kUnasked = 48 << 10;
  if (launch.sharedBytes <= std::max(kernel.sharedBytes, kUnasked))
    return Status::success();
  if (launch.sharedBytes > info.maxSharedBytes)
    return Status::error("kernel '", launch.kernel, "' shares ",
                         launch.sharedBytes, " bytes in a workgroup, but '",
                         info.name, "' has ", info.maxSharedBytes,
                         ": use another device or --target=cpu");
  GROW_RETURN_IF_ERROR(driver.check(
      std::string("cuFuncSetAttribute of '") + launch.kernel + "'",
      cu.cuFuncSetAttribute(kernel.function,
                            CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                            static_cast<int>(launch.sharedBytes))));
  kernel.sharedBytes = launch.sharedBytes;
  return Status::success();
}

Status CUDADevice::checkSize(const Launch &launch) const {
  for (unsigned i = 0; i < 3; ++i)
    if (launch.grid[i] > info.maxWorkgroups[i])
      return Status::error("kernel '", launch.kernel, "': ", launch.grid[i],
                           " workgroups along axis ", i, " are more than '",
                           info.name, "' takes: ", info.maxWorkgroups[i],
                           "; use a smaller batch or --target=cpu");
  uint64_t threads =
      uint64_t(launch.block[0]) * launch.block[1] * launch.block[2];
  if (threads > info.maxWorkgroupThreads)
    return Status::error("kernel '", launch.kernel, "' has workgroups of ",
                         threads, " threads, but '", info.name,
                         "' takes at most ", info.maxWorkgroupThreads,
                         ": use another device or --target=cpu");
  return Status::success();
}

/// Whether the driver could encode the map: others are never read.
static bool canCopyBlocks(const GrowTensorMap &map) {
  if (map.address % 16 != 0)
    return false;
  for (uint64_t axis = 0; axis < map.rank; ++axis)
    if (map.sizes[axis] == 0 || (axis > 0 && map.strides[axis] % 16 != 0))
      return false;
  return true;
}

static int getSwizzle(uint64_t bytes) {
  return bytes == 128  ? CU_TENSOR_MAP_SWIZZLE_128B
         : bytes == 64 ? CU_TENSOR_MAP_SWIZZLE_64B
         : bytes == 32 ? CU_TENSOR_MAP_SWIZZLE_32B
                       : CU_TENSOR_MAP_SWIZZLE_NONE;
}

Status CUDADevice::encode(const Launch &launch, const GrowTensorMap &described,
                          TensorMap &map) const {
  map = TensorMap();
  if (!cu.cuTensorMapEncodeTiled)
    return Status::error("kernel '", launch.kernel,
                         "' copies blocks by tensor maps, but the driver has "
                         "no cuTensorMapEncodeTiled: update it to one for CUDA "
                         "12.0 or later");
  if (described.rank == 0 || described.rank > 5)
    return Status::error("kernel '", launch.kernel, "': a tensor map has ",
                         described.rank, " axes: expected 1 to 5");
  if (!canCopyBlocks(described))
    return Status::success();
  const uint32_t steps[5] = {1, 1, 1, 1, 1};
  uint32_t box[5];
  std::copy(described.box, described.box + 5, box);
  CUresult result = cu.cuTensorMapEncodeTiled(
      map.bytes,
      described.type == 1 ? CU_TENSOR_MAP_DATA_TYPE_FLOAT16
                          : CU_TENSOR_MAP_DATA_TYPE_BFLOAT16,
      static_cast<unsigned>(described.rank),
      reinterpret_cast<void *>(described.address), described.sizes,
      // The innermost axis has no gaps.
      described.strides + 1, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
      getSwizzle(described.swizzleBytes), CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
      CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return driver.check(std::string("cuTensorMapEncodeTiled for '") +
                          launch.kernel + "'",
                      result);
}

/// Points to the arguments as the driver reads them.
Status CUDADevice::collect(const Launch &launch, std::vector<TensorMap> &maps,
                           std::vector<void *> &parameters) const {
  // Their addresses must last.
  maps.reserve(std::strlen(launch.kinds));
  for (size_t i = 0; launch.kinds[i]; ++i) {
    if (!std::strchr("bwlt", launch.kinds[i]))
      return Status::error("kernel '", launch.kernel, "': argument ", i,
                           " is of kind '", std::string(1, launch.kinds[i]),
                           "': expected b, w, l or t");
    if (launch.kinds[i] == 't') {
      maps.emplace_back();
      GROW_RETURN_IF_ERROR(encode(
          launch, *reinterpret_cast<const GrowTensorMap *>(launch.arguments[i]),
          maps.back()));
      parameters.push_back(maps.back().bytes);
      continue;
    }
    if (launch.kinds[i] == 'b' && launch.arguments[i] % kBufferAlignment != 0)
      return Status::error("kernel '", launch.kernel, "': argument ", i,
                           " is the address ", launch.arguments[i],
                           ": expected a multiple of ", kBufferAlignment,
                           ", as growDeviceAllocate gives");
    // A word is the lower half, which comes first on the hosts of CUDA.
    parameters.push_back(const_cast<uint64_t *>(launch.arguments + i));
  }
  return Status::success();
}

Status CUDADevice::launch(const Launch &launch) {
  GROW_RETURN_IF_ERROR(checkSize(launch));
  GROW_RETURN_IF_ERROR(enter());
  std::vector<TensorMap> maps;
  std::vector<void *> parameters;
  GROW_RETURN_IF_ERROR(collect(launch, maps, parameters));
  Kernel *kernel;
  GROW_RETURN_IF_ERROR(getKernel(launch, kernel));
  GROW_RETURN_IF_ERROR(allowShared(launch, *kernel));
  return driver.check(
      std::string("cuLaunchKernel of '") + launch.kernel + "'",
      cu.cuLaunchKernel(
          kernel->function, launch.grid[0], launch.grid[1], launch.grid[2],
          launch.block[0], launch.block[1], launch.block[2], launch.sharedBytes,
          isRecording ? recordingStream : stream, parameters.data(), nullptr));
}

Status CUDADevice::forgetKernels() {
  GROW_RETURN_IF_ERROR(synchronize());
  kernels.clear();
  while (!modules.empty()) {
    CUmodule module = modules.begin()->second;
    modules.erase(modules.begin());
    GROW_RETURN_IF_ERROR(
        driver.check("cuModuleUnload", cu.cuModuleUnload(module)));
  }
  return Status::success();
}

//===----------------------------------------------------------------------===//
// Recordings
//===----------------------------------------------------------------------===//

/// The stream waits for no other, and so nothing that the process does in the
/// meantime gets into the graph or is refused. In the relaxed mode a launch may
/// load its kernel and memory may be allocated.
Status CUDADevice::beginRecording() {
  GROW_RETURN_IF_ERROR(enter());
  if (!recordingStream)
    GROW_RETURN_IF_ERROR(driver.check(
        "cuStreamCreate",
        cu.cuStreamCreate(&recordingStream, CU_STREAM_NON_BLOCKING)));
  Status status = driver.check(
      "cuStreamBeginCapture",
      cu.cuStreamBeginCapture(recordingStream, CU_STREAM_CAPTURE_MODE_RELAXED));
  isRecording = !status;
  return status;
}

Status CUDADevice::endRecording(uint64_t &recording) {
  isRecording = false;
  CUgraph graph = nullptr;
  Status status = driver.check("cuStreamEndCapture",
                               cu.cuStreamEndCapture(recordingStream, &graph));
  if (!status)
    status = instantiate(graph, recording);
  if (graph)
    cu.cuGraphDestroy(graph);
  // Nobody knows what state it is in.
  if (status)
    closeRecordingStream();
  return status;
}

Status CUDADevice::instantiate(CUgraph graph, uint64_t &recording) {
  CUgraphExec executable = nullptr;
  GROW_RETURN_IF_ERROR(
      driver.check("cuGraphInstantiateWithFlags",
                   cu.cuGraphInstantiate(&executable, graph, /*flags=*/0)));
  recordings.insert(executable);
  recording = reinterpret_cast<uintptr_t>(executable);
  return Status::success();
}

Status CUDADevice::replay(uint64_t recording) {
  GROW_RETURN_IF_ERROR(enter());
  return driver.check(
      "cuGraphLaunch",
      cu.cuGraphLaunch(reinterpret_cast<CUgraphExec>(recording), stream));
}

void CUDADevice::forgetRecording(uint64_t recording) {
  auto executable = reinterpret_cast<CUgraphExec>(recording);
  recordings.erase(executable);
  cu.cuCtxSetCurrent(context);
  cu.cuGraphExecDestroy(executable);
}

void CUDADevice::closeRecordingStream() {
  if (recordingStream)
    cu.cuStreamDestroy(recordingStream);
  recordingStream = nullptr;
}

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

Status grow::runtime::listCUDA(std::vector<GrowDeviceInfo> &devices) {
  CUDADriver driver;
  bool hasDevices = false;
  GROW_RETURN_IF_ERROR(driver.start(hasDevices));
  uint32_t count = 0;
  if (hasDevices)
    GROW_RETURN_IF_ERROR(driver.countDevices(count));
  devices.resize(count);
  for (uint32_t i = 0; i < count; ++i)
    GROW_RETURN_IF_ERROR(driver.describe(i, devices[i]));
  return Status::success();
}

Status grow::runtime::openCUDA(uint32_t index,
                               std::unique_ptr<Backend> &backend,
                               GrowDeviceInfo &info) {
  CUDADriver driver;
  bool hasDevices = false;
  GROW_RETURN_IF_ERROR(driver.start(hasDevices));
  if (!hasDevices)
    return driver.check("cuInit", CUDA_ERROR_NO_DEVICE);
  uint32_t count, chosen;
  GROW_RETURN_IF_ERROR(driver.countDevices(count));
  GROW_RETURN_IF_ERROR(
      chooseDevice("CUDA", index, "GROW_CUDA_DEVICE", 0, count, chosen));
  GROW_RETURN_IF_ERROR(driver.describe(chosen, info));
  return CUDADevice::open(driver, chosen, info, backend);
}
