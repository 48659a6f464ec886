//===- Device.h - Memory and kernels of a GPU -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What compiled code and its hosts need of a GPU, in plain C. Drivers are
// loaded when a device is opened, so that programs start without any.
//
// A device may be used by several threads; their calls take turns. Work is done
// in the order of the calls, and after they have returned: a host waits in
// growDeviceRead and growDeviceSynchronize alone, and sees there what went
// wrong before.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_RUNTIME_DEVICE_H
#define GROW_RUNTIME_DEVICE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A device that was opened.
typedef struct GrowDevice GrowDevice;

/// Instead of an index: the device that the environment names
/// (GROW_VULKAN_DEVICE, GROW_CUDA_DEVICE: an index), else the first GPU, else
/// the first device.
#define GROW_DEVICE_DEFAULT UINT32_MAX

/// What is known of a device before and after it is opened.
typedef struct GrowDeviceInfo {
  /// "vulkan" or "cuda".
  char kind[16];
  /// Of growDeviceOpen.
  uint32_t index;
  char name[256];
  /// The driver with its version, as it names itself.
  char driver[256];
  /// The version of the interface: "1.3.224" of Vulkan, "12.8" of CUDA.
  char version[32];
  /// "discrete", "integrated", "virtual", "cpu" or "other".
  char type[16];
  /// Of memory of its own.
  uint64_t memoryBytes;
  /// The largest buffer that a kernel can be given.
  uint64_t maxBufferBytes;
  /// What all threads of a workgroup share.
  uint32_t maxSharedBytes;
  uint32_t maxWorkgroupThreads;
  uint32_t maxWorkgroups[3];
  /// Threads that go in step: a subgroup, a warp.
  uint32_t subgroupThreads;
  /// Multiprocessors; 0 where the driver does not say.
  uint32_t processors;
  /// CUDA: 90 for compute capability 9.0. Else 0.
  uint32_t computeCapability;
  /// What kernels may use and demand besides 32-bit numbers, separated by
  /// blanks. Types of numbers: int64 float64 int16 float16 int8, and of entries
  /// of buffers: storage16 storage8. Of floating-point numbers: rounding to
  /// nearest even, signed_zeros, infinities and NaN, denormals.
  char features[128];
} GrowDeviceInfo;

/// Each function that returns an int returns 0 if it succeeds. Otherwise this
/// is the reason of this thread's last failure: the call of the driver, its
/// result by name, and what to do.
const char *growDeviceError(void);

/// Describes up to `capacity` devices of a kind, and sets `count` to how many
/// there are. Fails if there is no driver; a driver without devices is no
/// failure.
int growDeviceList(const char *kind, GrowDeviceInfo *devices, uint32_t capacity,
                   uint32_t *count);

/// Fails unless this library was built for devices of a kind.
int growDeviceCheckKind(const char *kind);

/// Opens a device: "vulkan" or "cuda", and an index of growDeviceList or
/// GROW_DEVICE_DEFAULT.
int growDeviceOpen(const char *kind, uint32_t index, GrowDevice **device);
/// Waits for what was begun, and frees all memory of the device.
void growDeviceClose(GrowDevice *device);
void growDeviceDescribe(const GrowDevice *device, GrowDeviceInfo *info);

/// Memory of the device. Addresses are multiples of 256, never 0, and addresses
/// of CUDA's are what kernels see. Those of Vulkan are mere numbers: base plus
/// offset denotes a place inside of a buffer, as everywhere.
int growDeviceAllocate(GrowDevice *device, uint64_t bytes, uint64_t *address);
/// Work that was begun before may still use the memory. An address of 0 is
/// ignored.
int growDeviceFree(GrowDevice *device, uint64_t address);

/// Copies to the device; `from` may be changed when the call returns.
int growDeviceWrite(GrowDevice *device, uint64_t address, const void *from,
                    uint64_t bytes);
/// Copies from the device what all work begun before leaves there.
int growDeviceRead(GrowDevice *device, void *to, uint64_t address,
                   uint64_t bytes);
/// Waits for all work begun before.
///
/// This and growDeviceRead fail with the first error that a launch met since
/// the last report. After that the device can be used again, unless the driver
/// has lost it.
int growDeviceSynchronize(GrowDevice *device);

/// Forgets kernels that were loaded. To be called before the memory that holds
/// their binaries is freed or changed.
int growDeviceForgetKernels(GrowDevice *device);

/// Makes `device` the one that compiled code uses which this thread calls next;
/// null: none.
void growDeviceMakeCurrent(GrowDevice *device);

/// A call of compiled code.
typedef struct GrowDeviceCall {
  void (*function)(uint64_t *slots);
  /// Its slots: addresses of the device's memory, and numbers.
  const uint64_t *arguments;
  uint32_t argumentCount;
  /// Words of the host's memory that the function writes. If there are any,
  /// their address is its first slot, before the arguments.
  uint64_t *results;
  uint32_t resultCount;
} GrowDeviceCall;

/// Calls compiled code. What it launches depends on nothing but its arguments
/// and on which memory it borrows. So where the driver can, the launches of the
/// second call with the same arguments are recorded, and later ones are
/// repeated as a whole, without calling the function, as long as that memory is
/// there and not in use. Meant for calls that come again and again.
///
/// This does not fail: what goes wrong is reported by the next growDeviceRead
/// or growDeviceSynchronize. A recording that fails does no harm.
void growDeviceCall(GrowDevice *device, const GrowDeviceCall *call);

//===----------------------------------------------------------------------===//
// Called by compiled code, on the current device. These do not fail: after the
// first error, which the next growDeviceRead or growDeviceSynchronize reports,
// launches do nothing.
//===----------------------------------------------------------------------===//

/// Memory for one run, from what earlier runs returned where it is large
/// enough. 0 after an error.
uint64_t growDeviceBorrow(uint64_t bytes);
/// Gives such memory back; work that was begun may still use it.
void growDeviceReturn(uint64_t address);

/// Notes an error if a buffer that the kernel is about to get has so many
/// entries that 32 bits do not count them, as kernels do.
void growDeviceCheckEntries(uint64_t entries, const char *kernel);

/// A buffer of entries of 2 bytes of which a kernel has the device copy blocks
/// to memory of the workgroup. The innermost axis comes first.
typedef struct GrowTensorMap {
  /// Of the first entry; a multiple of 16, or else no copies are possible.
  uint64_t address;
  /// 1: f16, 2: bf16.
  uint64_t type;
  /// 16-byte parts of lines of so many bytes are permuted in the copy: 32, 64,
  /// 128, or 0 for none.
  uint64_t swizzleBytes;
  /// The number of axes, 1 to 5. Further ones are not looked at.
  uint64_t rank;
  uint64_t sizes[5];
  /// In bytes; that of the first axis is 2, others are multiples of 16, or else
  /// no copies are possible.
  uint64_t strides[5];
  /// The sizes of a block.
  uint64_t box[5];
} GrowTensorMap;

/// Begins the run of a kernel: `grid` workgroups of `block` threads. Nothing
/// happens if there are none.
///
/// `binary` holds SPIR-V words, or PTX text or a cubin. It must stay as it is
/// until growDeviceForgetKernels or growDeviceClose: it is loaded once.
///
/// `kinds` has a letter for each entry of `arguments`:
///   b  an address of device memory, a multiple of 16 (CUDA: else an error)
///   w  a scalar of 32 bits
///   l  a scalar of 64 bits
///   t  the address of a GrowTensorMap of the host, read at once (CUDA alone)
///
/// Vulkan: buffers are the storage buffers of descriptor set 0, binding 0, 1, …
/// in their order; their addresses are multiples of
/// minStorageBufferOffsetAlignment (256 suffices). Scalars are the push
/// constants: words of 32 bits in their order without gaps, the lower half of a
/// 64-bit one first. The size of a workgroup and its shared memory are in the
/// SPIR-V, `block` and `sharedBytes` are ignored.
///
/// CUDA: arguments are the kernel's parameters in their order. `sharedBytes` is
/// the size of dynamic shared memory. A tensor map is a parameter of 128 bytes,
/// aligned to 64: what cuTensorMapEncodeTiled makes of it, or zeros if the
/// buffer is empty or not aligned. Kernels must find that out by themselves.
void growDeviceLaunch(const void *binary, uint64_t binaryBytes,
                      const char *kernel, const uint32_t grid[3],
                      const uint32_t block[3], uint32_t sharedBytes,
                      const uint64_t *arguments, const char *kinds);

#ifdef __cplusplus
} // extern "C"
#endif

#endif // GROW_RUNTIME_DEVICE_H
