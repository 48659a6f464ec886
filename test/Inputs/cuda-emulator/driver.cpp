// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A CUDA driver without a GPU, for tests: the functions that grow's runtime
// uses, on the host's memory. Modules are LLVM bitcode for NVPTX (format=llvm
// of grow-to-nvvm) instead of PTX; emulate.py makes code for the CPU of them,
// and device.cpp executes it. The environment says how to build a module:
// $CUDA_EMULATOR BITCODE LIBRARY, and which GPU it is:
// $CUDA_EMULATOR_CAPABILITY, 80 if not given, or 90.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

extern "C" void emulate(void (*kernel)(void **), const uint32_t *grid,
                        const uint32_t *block, uint32_t workgroupBytes,
                        void **arguments, uint32_t seed);

extern "C" int emulated_encode(void *, int, unsigned, void *, const uint64_t *,
                               const uint64_t *, const uint32_t *,
                               const uint32_t *, int, int, int, int);

namespace {
constexpr int kInvalidValue = 1, kOutOfMemory = 2, kInvalidImage = 200,
              kNotFound = 500;

// CUdevice_attribute
constexpr int kMaxThreads = 1, kMaxGridX = 5, kWarpSize = 10,
              kMultiprocessors = 16, kMajor = 75, kMinor = 76,
              kWorkgroupBytes = 97;

unsigned launches = 0;

/// Bytes before and after each allocation that no kernel may write.
constexpr size_t kGuard = 4096;
constexpr char kGuardByte = 0x5a;
std::map<char *, size_t> allocations;

/// Ends the program if a kernel has written where it must not.
void checkGuards(const char *kernel) {
  for (auto [memory, bytes] : allocations)
    for (size_t i = 0; i < kGuard; ++i)
      if (memory[i - kGuard] != kGuardByte || memory[bytes + i] != kGuardByte) {
        fprintf(stderr,
                "emulator: %s has written beside an allocation of %zu bytes\n",
                kernel, bytes);
        exit(1);
      }
}

struct Function {
  std::string name;
  void (*entry)(void **);
  /// Of the parameters, with a zero at the end.
  const uint64_t *sizes;
};

struct Launch {
  const Function *function;
  uint32_t grid[3], block[3], workgroupBytes;
  std::vector<std::vector<char>> arguments;

  void run() const {
    std::vector<void *> addresses;
    for (const std::vector<char> &argument : arguments)
      addresses.push_back(const_cast<char *>(argument.data()));
    emulate(function->entry, grid, block, workgroupBytes, addresses.data(),
            launches++);
    checkGuards(function->name.c_str());
  }
};

/// What a stream that records was given.
using Graph = std::vector<Launch>;
Graph *recorded = nullptr;

/// Written to a file, so that tests can tell what was called.
void trace(const char *call) {
  const char *path = getenv("CUDA_EMULATOR_TRACE");
  FILE *file = path ? fopen(path, "a") : nullptr;
  if (file)
    fprintf(file, "%s\n", call), fclose(file);
}

int getCapability() {
  const char *text = getenv("CUDA_EMULATOR_CAPABILITY");
  return text ? atoi(text) : 80;
}

/// Bitcode is a magic number and blocks: a word that begins with the bits 01,
/// and the words that follow the next one.
size_t getBitcodeBytes(const char *bytes) {
  size_t size = 4;
  while ((bytes[size] & 3) == 1) {
    uint32_t words;
    memcpy(&words, bytes + size + 4, 4);
    size += 8 + size_t(4) * words;
  }
  return size;
}
} // namespace

extern "C" {

int cuInit(unsigned) { return 0; }
int cuDriverGetVersion(int *version) { return *version = 12080, 0; }
int cuGetErrorName(int code, const char **name) {
  *name =
      code == kNotFound ? "CUDA_ERROR_NOT_FOUND" : "CUDA_ERROR_INVALID_VALUE";
  return 0;
}
int cuGetErrorString(int, const char **text) { return *text = "emulated", 0; }
int cuDeviceGetCount(int *count) { return *count = 1, 0; }
int cuDeviceGet(int *device, int index) { return *device = index, 0; }
int cuDeviceGetName(char *name, int size, int) {
  return snprintf(name, size, "emulated GPU"), 0;
}
int cuDeviceGetAttribute(int *value, int attribute, int) {
  switch (attribute) {
  case kMaxThreads:
    *value = 1024;
    break;
  case kMaxGridX:
    *value = 2147483647;
    break;
  case kMaxGridX + 1:
  case kMaxGridX + 2:
    *value = 65535;
    break;
  case kWarpSize:
    *value = 32;
    break;
  case kMultiprocessors:
    *value = 1;
    break;
  case kMajor:
    *value = getCapability() / 10;
    break;
  case kMinor:
    *value = getCapability() % 10;
    break;
  case kWorkgroupBytes:
    *value = getCapability() == 90 ? 227 << 10 : 163 << 10;
    break;
  default:
    *value = 0;
  }
  return 0;
}
int cuDeviceTotalMem_v2(size_t *bytes, int) {
  return *bytes = size_t(8) << 30, 0;
}
int cuDevicePrimaryCtxRetain(void **context, int) {
  return *context = &launches, 0;
}
int cuDevicePrimaryCtxRelease_v2(int) { return 0; }
int cuCtxSetCurrent(void *) { return 0; }
int cuStreamCreate(void **stream, unsigned flags) {
  // The address of `recorded` stands for a stream that waits for no other.
  return *stream = flags ? static_cast<void *>(&recorded) : &launches, 0;
}
int cuStreamDestroy_v2(void *) { return 0; }
int cuStreamSynchronize(void *) { return 0; }
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  void *whole = nullptr;
  if (posix_memalign(&whole, 256, bytes + 2 * kGuard))
    return kOutOfMemory;
  char *memory = static_cast<char *>(whole) + kGuard;
  memset(whole, kGuardByte, bytes + 2 * kGuard);
  memset(memory, 0xff, bytes); // NaN
  allocations[memory] = bytes;
  return *address = reinterpret_cast<uint64_t>(memory), 0;
}
int cuMemFree_v2(uint64_t address) {
  char *memory = reinterpret_cast<char *>(address);
  if (!allocations.erase(memory))
    return kInvalidValue;
  return free(memory - kGuard), 0;
}
int cuMemcpyHtoD_v2(uint64_t to, const void *from, size_t bytes) {
  return memcpy(reinterpret_cast<void *>(to), from, bytes), 0;
}
int cuMemcpyDtoH_v2(void *to, uint64_t from, size_t bytes) {
  return memcpy(to, reinterpret_cast<void *>(from), bytes), 0;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned, int *,
                       void **) {
  const char *bytes = static_cast<const char *>(image);
  const char *build = getenv("CUDA_EMULATOR");
  if (!build)
    return fprintf(stderr, "emulator: CUDA_EMULATOR is not set\n"),
           kInvalidValue;
  if (memcmp(bytes, "BC\xC0\xDE", 4))
    return fprintf(stderr, "emulator: a module is not LLVM bitcode\n"),
           kInvalidImage;
  char folder[] = "/tmp/cuda-emulator-XXXXXX";
  if (!mkdtemp(folder))
    return kInvalidValue;
  std::string code = std::string(folder) + "/kernels.bc",
              library = code + ".so";
  FILE *file = fopen(code.c_str(), "wb");
  fwrite(bytes, 1, getBitcodeBytes(bytes), file);
  fclose(file);
  std::string command = std::string(build) + " " + code + " " + library;
  void *loaded =
      system(command.c_str()) ? nullptr : dlopen(library.c_str(), RTLD_NOW);
  if (!loaded)
    fprintf(stderr, "emulator: %s\n", dlerror());
  system(("rm -r " + std::string(folder)).c_str());
  return *module = loaded, loaded ? 0 : kInvalidImage;
}
int cuModuleUnload(void *) { return 0; }
int cuModuleGetFunction(void **function, void *module, const char *name) {
  void *entry = dlsym(module, (std::string("entry.") + name).c_str());
  void *sizes = dlsym(module, (std::string("sizes.") + name).c_str());
  if (!entry || !sizes)
    return kNotFound;
  *function = new Function{name, reinterpret_cast<void (*)(void **)>(entry),
                           static_cast<const uint64_t *>(sizes)};
  return 0;
}
int cuTensorMapEncodeTiled(void *map, int type, unsigned rank, void *address,
                           const uint64_t *sizes, const uint64_t *strides,
                           const uint32_t *box, const uint32_t *steps,
                           int interleave, int swizzle, int promotion,
                           int fill) {
  return emulated_encode(map, type, rank, address, sizes, strides, box, steps,
                         interleave, swizzle, promotion, fill);
}
int cuFuncSetAttribute(void *, int, int) { return 0; }
int cuLaunchKernel(void *function, unsigned gridX, unsigned gridY,
                   unsigned gridZ, unsigned blockX, unsigned blockY,
                   unsigned blockZ, unsigned workgroupBytes, void *stream,
                   void **arguments, void **) {
  Launch launch{static_cast<const Function *>(function),
                {gridX, gridY, gridZ},
                {blockX, blockY, blockZ},
                workgroupBytes,
                {}};
  for (size_t i = 0; uint64_t size = launch.function->sizes[i]; ++i) {
    auto *bytes = static_cast<const char *>(arguments[i]);
    launch.arguments.emplace_back(bytes, bytes + size);
  }
  if (stream != &recorded) {
    launch.run();
    return 0;
  }
  if (!recorded)
    return kInvalidValue;
  recorded->push_back(std::move(launch));
  return 0;
}

int cuStreamBeginCapture_v2(void *stream, int) {
  if (stream != &recorded || recorded)
    return kInvalidValue;
  recorded = new Graph;
  return 0;
}
int cuStreamEndCapture(void *, void **graph) {
  *graph = recorded;
  recorded = nullptr;
  return 0;
}
int cuGraphInstantiateWithFlags(void **executable, void *graph,
                                unsigned long long) {
  return *executable = new Graph(*static_cast<Graph *>(graph)), 0;
}
int cuGraphDestroy(void *graph) {
  return delete static_cast<Graph *>(graph), 0;
}
int cuGraphLaunch(void *executable, void *) {
  trace("cuGraphLaunch");
  for (const Launch &launch : *static_cast<Graph *>(executable))
    launch.run();
  return 0;
}
int cuGraphExecDestroy(void *executable) {
  return delete static_cast<Graph *>(executable), 0;
}

} // extern "C"
