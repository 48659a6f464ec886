//===- Backend.h - What an interface to GPUs offers -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_BACKEND_H
#define GROW_LIB_RUNTIME_BACKEND_H

#include "Status.h"
#include "grow/Runtime/Device.h"
#include <memory>
#include <vector>

namespace grow::runtime {

/// The arguments of growDeviceLaunch.
struct Launch {
  const void *binary;
  uint64_t binaryBytes;
  const char *kernel;
  const uint32_t *grid;
  const uint32_t *block;
  uint32_t sharedBytes;
  const uint64_t *arguments;
  const char *kinds;
};

/// A device that was opened. Functions are those of Device.h; calls come one at
/// a time.
class Backend {
public:
  virtual ~Backend() = default;

  virtual Status allocate(uint64_t bytes, uint64_t &address) = 0;
  virtual Status free(uint64_t address) = 0;
  virtual Status write(uint64_t address, const void *from, uint64_t bytes) = 0;
  virtual Status read(void *to, uint64_t address, uint64_t bytes) = 0;
  virtual Status synchronize() = 0;
  virtual Status launch(const Launch &launch) = 0;
  virtual Status forgetKernels() = 0;

  /// Whether launches can be recorded, to be repeated as a whole. Between begin
  /// and end they are not done; an end that fails leaves no recording.
  virtual bool canRecord() const { return false; }
  virtual Status beginRecording() {
    return Status::error("launches cannot be recorded");
  }
  virtual Status endRecording(uint64_t & /*recording*/) {
    return beginRecording();
  }
  /// Does what was recorded, after all work begun before.
  virtual Status replay(uint64_t /*recording*/) { return beginRecording(); }
  /// Work that was begun may still use it.
  virtual void forgetRecording(uint64_t /*recording*/) {}
};

/// Whether this build knows Vulkan.
Status checkVulkan();
Status listVulkan(std::vector<GrowDeviceInfo> &devices);
Status openVulkan(uint32_t index, std::unique_ptr<Backend> &backend,
                  GrowDeviceInfo &info);
Status listCUDA(std::vector<GrowDeviceInfo> &devices);
Status openCUDA(uint32_t index, std::unique_ptr<Backend> &backend,
                GrowDeviceInfo &info);

/// Copies text into an array of `GrowDeviceInfo`, as much as fits.
template <size_t size>
void setText(char (&to)[size], const std::string &text) {
  size_t length = text.copy(to, size - 1);
  to[length] = '\0';
}

/// The device to open: `index` or, if that is GROW_DEVICE_DEFAULT, the one that
/// the environment `variable` names or else `preferred`.
Status chooseDevice(const char *kind, uint32_t index, const char *variable,
                    uint32_t preferred, uint32_t count, uint32_t &chosen);

/// Opens a shared library: the one that the environment `variable` names or
/// else `name`. It stays open: drivers start threads that outlive their use.
Status openLibrary(const char *variable, const char *name, const char *advice,
                   void *&library);

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_BACKEND_H
