//===- Device.h - Where compiled code runs ----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_DEVICE_H
#define GROW_EXECUTION_DEVICE_H

#include "grow/Execution/Tensors.h"
#include "grow/Runtime/Device.h"
#include <mutex>

namespace grow {

/// What code is compiled for.
enum class Target { CPU, Vulkan, CUDA };

/// As --target and manifests spell it.
llvm::StringRef getKindName(Target target);

/// Entries of a tensor in a device's memory.
struct DeviceView {
  mlir::RankedTensorType type;
  uint64_t address = 0;
};

class DeviceTensor;

/// A GPU that was opened. All that is computed or stored there keeps it open.
class Device : public std::enable_shared_from_this<Device> {
public:
  /// Opens the device of this kind that the environment names, or else the
  /// first GPU. The error says what is missing and what to do.
  static llvm::Expected<std::shared_ptr<Device>> open(Target target);
  ~Device();
  Device(const Device &) = delete;
  Device &operator=(const Device &) = delete;

  Target getTarget() const { return target; }
  const GrowDeviceInfo &getInfo() const { return info; }

  /// Copies a tensor to the device, where it stays.
  llvm::Expected<DeviceTensor> upload(TensorView tensor);
  /// Copies a tensor from the device, when all work begun before is done.
  llvm::Expected<HostTensor> download(DeviceView tensor);
  /// Waits for all work begun before. Fails if any of it did.
  llvm::Error synchronize();

  /// Forgets kernels, before the code that holds them goes.
  void forgetKernels();

private:
  friend class CompiledFunction;
  friend class DeviceTensor;

  Device(Target target, GrowDevice *handle);

  /// Memory that is needed again in the next run.
  llvm::Expected<DeviceTensor> uploadForCall(TensorView tensor);
  llvm::Expected<DeviceTensor> fill(DeviceTensor tensor, TensorView from);

  Target target;
  GrowDevice *handle;
  GrowDeviceInfo info;
  /// Calls of compiled code come one after the other: errors of one are not
  /// those of another, and their memory is not needed at the same time.
  std::mutex mutex;
};

/// A tensor in a device's memory, and its owner.
class DeviceTensor {
public:
  DeviceTensor() = default;
  DeviceTensor(DeviceTensor &&other) { *this = std::move(other); }
  DeviceTensor &operator=(DeviceTensor &&other);
  ~DeviceTensor();

  operator DeviceView() const { return view; }

private:
  friend class CompiledFunction;
  friend class Device;

  /// Takes over memory: of growDeviceBorrow if `borrowed`, else of
  /// growDeviceAllocate.
  DeviceTensor(std::shared_ptr<Device> device, DeviceView view, bool borrowed)
      : device(std::move(device)), view(view), borrowed(borrowed) {}

  std::shared_ptr<Device> device;
  DeviceView view;
  bool borrowed = false;
};

} // namespace grow

#endif // GROW_EXECUTION_DEVICE_H
