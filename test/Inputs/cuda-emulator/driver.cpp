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
#include <string>

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
int cuStreamCreate(void **stream, unsigned) { return *stream = &launches, 0; }
int cuStreamDestroy_v2(void *) { return 0; }
int cuStreamSynchronize(void *) { return 0; }
int cuMemAlloc_v2(uint64_t *address, size_t bytes) {
  void *memory = nullptr;
  if (posix_memalign(&memory, 256, bytes ? bytes : 1))
    return kOutOfMemory;
  memset(memory, 0xff, bytes); // NaN
  return *address = reinterpret_cast<uint64_t>(memory), 0;
}
int cuMemFree_v2(uint64_t address) {
  return free(reinterpret_cast<void *>(address)), 0;
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
  *function = dlsym(module, (std::string("entry.") + name).c_str());
  return *function ? 0 : kNotFound;
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
                   unsigned blockZ, unsigned workgroupBytes, void *,
                   void **arguments, void **) {
  const uint32_t grid[] = {gridX, gridY, gridZ},
                 block[] = {blockX, blockY, blockZ};
  emulate(reinterpret_cast<void (*)(void **)>(function), grid, block,
          workgroupBytes, arguments, launches++);
  return 0;
}

} // extern "C"
