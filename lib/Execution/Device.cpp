//===- Device.cpp - Where compiled code runs ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Device.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

llvm::StringRef grow::getKindName(Target target) {
  switch (target) {
  case Target::CPU:
    return "cpu";
  case Target::Vulkan:
    return "vulkan";
  case Target::CUDA:
    return "cuda";
  }
}

static llvm::Error getError() {
  return llvm::createStringError(growDeviceError());
}

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

llvm::Expected<std::shared_ptr<Device>> Device::open(Target target) {
  assert(target != Target::CPU && "the CPU is no device");
  GrowDevice *handle;
  if (growDeviceOpen(getKindName(target).data(), GROW_DEVICE_DEFAULT, &handle))
    return getError();
  std::shared_ptr<Device> device(new Device(target, handle));
  const GrowDeviceInfo &info = device->getInfo();
  constexpr uint32_t kMinCapability = 80;
  if (target == Target::CUDA && info.computeCapability < kMinCapability)
    return llvm::createStringError(llvm::formatv(
        "'{0}' has compute capability {1}.{2}: expected at least 8.0; choose "
        "another device by GROW_CUDA_DEVICE, or use --target=cpu",
        info.name, info.computeCapability / 10, info.computeCapability % 10));
  return device;
}

Device::Device(Target target, GrowDevice *handle)
    : target(target), handle(handle) {
  growDeviceDescribe(handle, &info);
}

Device::~Device() { growDeviceClose(handle); }

llvm::Expected<DeviceTensor> Device::fill(DeviceTensor tensor,
                                          TensorView from) {
  if (growDeviceWrite(handle, tensor.view.address, from.bytes.data(),
                      from.bytes.size()))
    return getError();
  return tensor;
}

llvm::Expected<DeviceTensor> Device::upload(TensorView tensor) {
  uint64_t address;
  if (growDeviceAllocate(handle, tensor.bytes.size(), &address))
    return getError();
  return fill(DeviceTensor(shared_from_this(), {tensor.type, address},
                           /*borrowed=*/false),
              tensor);
}

llvm::Expected<DeviceTensor> Device::uploadForCall(TensorView tensor) {
  growDeviceMakeCurrent(handle);
  uint64_t address = growDeviceBorrow(tensor.bytes.size());
  growDeviceMakeCurrent(nullptr);
  if (!address) {
    // Says why.
    if (growDeviceSynchronize(handle))
      return getError();
    return llvm::createStringError("the device has no memory left");
  }
  return fill(DeviceTensor(shared_from_this(), {tensor.type, address},
                           /*borrowed=*/true),
              tensor);
}

llvm::Expected<HostTensor> Device::download(DeviceView tensor) {
  HostTensor result = HostTensor::allocate(tensor.type);
  llvm::MutableArrayRef<char> bytes = result.getBytes();
  if (growDeviceRead(handle, bytes.data(), tensor.address, bytes.size()))
    return getError();
  return result;
}

llvm::Error Device::synchronize() {
  if (growDeviceSynchronize(handle))
    return getError();
  return llvm::Error::success();
}

void Device::forgetKernels() {
  // A device that fails here has said so before, or does so at the next use.
  (void)growDeviceForgetKernels(handle);
}

//===----------------------------------------------------------------------===//
// DeviceTensor
//===----------------------------------------------------------------------===//

DeviceTensor &DeviceTensor::operator=(DeviceTensor &&other) {
  std::swap(device, other.device);
  std::swap(view, other.view);
  std::swap(borrowed, other.borrowed);
  return *this;
}

DeviceTensor::~DeviceTensor() {
  if (!device || !view.address)
    return;
  if (!borrowed) {
    (void)growDeviceFree(device->handle, view.address);
    return;
  }
  growDeviceMakeCurrent(device->handle);
  growDeviceReturn(view.address);
  growDeviceMakeCurrent(nullptr);
}
