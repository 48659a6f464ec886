//===- DeviceModel.cpp - Models that run on GPUs --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GrowModel.h"
#include "grow/Runtime/Device.h"
#include <cstdlib>
#include <mutex>
#include <utility>

using namespace grow::runtime;

/// What a function of Device.h returned.
static Status check(int failed) {
  return failed ? Status::error(growDeviceError()) : Status::success();
}

namespace {

/// Memory of a device, until the end of a scope.
class DeviceMemory {
public:
  explicit DeviceMemory(GrowDevice *device) : device(device) {}
  DeviceMemory(DeviceMemory &&other)
      : device(other.device), address(std::exchange(other.address, 0)) {}
  ~DeviceMemory() { (void)growDeviceFree(device, address); }

  Status upload(std::string_view bytes) {
    GROW_RETURN_IF_ERROR(
        check(growDeviceAllocate(device, bytes.size(), &address)));
    return check(growDeviceWrite(device, address, bytes.data(), bytes.size()));
  }
  uint64_t get() const { return address; }
  /// Leaves the memory to the device.
  uint64_t take() { return std::exchange(address, 0); }

private:
  GrowDevice *device;
  uint64_t address = 0;
};

/// Memory for one run, which the next one finds again.
class RunMemory {
public:
  RunMemory(GrowDevice *device, uint64_t bytes) : device(device) {
    growDeviceMakeCurrent(device);
    address = growDeviceBorrow(bytes);
    growDeviceMakeCurrent(nullptr);
  }
  RunMemory(const RunMemory &) = delete;
  ~RunMemory() {
    growDeviceMakeCurrent(device);
    growDeviceReturn(address);
    growDeviceMakeCurrent(nullptr);
  }

  uint64_t get() const { return address; }

private:
  GrowDevice *device;
  uint64_t address;
};

class DeviceModel : public GrowModel {
public:
  explicit DeviceModel(const GrowModelCode &code) : GrowModel(code) {}
  /// Takes all memory of the model with it.
  ~DeviceModel() override {
    started.reset();
    if (device)
      growDeviceClose(device);
  }

  Status open(const std::string &path, uint32_t index);
  Status start(const int64_t *ids, int64_t batch, int64_t sequence,
               uint64_t &logits) const;
  Status wait() const { return check(growDeviceSynchronize(device)); }

private:
  Status checkDevice() const;
  Status keep(unsigned parameter, uint64_t &slot) override;
  Status prepare(const Argument &argument, uint64_t &slot) override;
  Status run(const void *input, int64_t batch, int64_t sequence,
             void *logits) const override;
  Status begin(const void *input, int64_t batch, int64_t sequence,
               const RunMemory &logits) const;
  void call(unsigned function, const std::vector<uint64_t> &slots) const;

  GrowDevice *device = nullptr;
  /// Runs take turns: they would share what a device computes with.
  mutable std::mutex mutex;
  /// The logits of the last run that was only started.
  mutable std::unique_ptr<RunMemory> started;
};

} // namespace

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// Whether code for a chip such as sm_80 or sm_90a runs on a device: code for
/// one with a letter runs on no other, all else on later ones, too.
static bool runsOn(const std::string &chip, uint32_t capability) {
  const std::string prefix = "sm_";
  if (chip.compare(0, prefix.size(), prefix))
    return false;
  char *end;
  unsigned long wanted = std::strtoul(chip.c_str() + prefix.size(), &end, 10);
  return *end ? capability == wanted : capability >= wanted;
}

Status DeviceModel::checkDevice() const {
  const std::string &chip = manifest.deviceChip;
  GrowDeviceInfo info;
  growDeviceDescribe(device, &info);
  if (chip.empty() || runsOn(chip, info.computeCapability))
    return Status::success();
  return Status::error("the model was compiled for ", chip, ", but '",
                       info.name, "' is sm_", info.computeCapability,
                       ": compile it with --chip for this device, or choose "
                       "another one");
}

Status DeviceModel::open(const std::string &path, uint32_t index) {
  GROW_RETURN_IF_ERROR(load(path));
  GROW_RETURN_IF_ERROR(
      check(growDeviceOpen(manifest.kind.c_str(), index, &device)));
  GROW_RETURN_IF_ERROR(checkDevice());
  return bind();
}

Status DeviceModel::keep(unsigned parameter, uint64_t &slot) {
  DeviceMemory memory(device);
  GROW_RETURN_IF_ERROR(memory.upload(stored[parameter]->bytes));
  slot = memory.take();
  release({parameter});
  return Status::success();
}

Status DeviceModel::prepare(const Argument &argument, uint64_t &slot) {
  std::vector<DeviceMemory> sources;
  std::vector<uint64_t> slots;
  for (unsigned parameter : argument.parameters) {
    sources.emplace_back(device);
    GROW_RETURN_IF_ERROR(sources.back().upload(stored[parameter]->bytes));
    slots.push_back(sources.back().get());
  }
  GROW_RETURN_IF_ERROR(
      check(growDeviceAllocate(device, argument.type.getBytes(), &slot)));
  slots.push_back(slot);
  call(*argument.function, slots);
  GROW_RETURN_IF_ERROR(check(growDeviceSynchronize(device)));
  release(argument.parameters);
  return Status::success();
}

void DeviceModel::call(unsigned function,
                       const std::vector<uint64_t> &slots) const {
  GrowDeviceCall call{code.functions[function], slots.data(),
                      static_cast<uint32_t>(slots.size()), /*results=*/nullptr,
                      /*resultCount=*/0};
  growDeviceCall(device, &call);
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Status DeviceModel::begin(const void *input, int64_t batch, int64_t sequence,
                          const RunMemory &logits) const {
  uint64_t bytes = getBytes(manifest.input, batch, sequence);
  RunMemory ids(device, bytes);
  if (!ids.get() || !logits.get()) // Says why.
    GROW_RETURN_IF_ERROR(wait());
  GROW_RETURN_IF_ERROR(check(growDeviceWrite(device, ids.get(), input, bytes)));
  call(manifest.forward, makeSlots(ids.get(), batch, sequence, logits.get()));
  return Status::success();
}

Status DeviceModel::run(const void *input, int64_t batch, int64_t sequence,
                        void *logits) const {
  uint64_t bytes = getBytes(manifest.logits, batch, sequence);
  std::lock_guard<std::mutex> lock(mutex);
  RunMemory result(device, bytes);
  GROW_RETURN_IF_ERROR(begin(input, batch, sequence, result));
  return check(growDeviceRead(device, logits, result.get(), bytes));
}

Status DeviceModel::start(const int64_t *ids, int64_t batch, int64_t sequence,
                          uint64_t &logits) const {
  return readTokens(ids, batch, sequence, [&](const void *tokens) {
    std::lock_guard<std::mutex> lock(mutex);
    // The same memory again, if it is large enough.
    started.reset();
    started = std::make_unique<RunMemory>(
        device, getBytes(manifest.logits, batch, sequence));
    logits = started->get();
    return begin(tokens, batch, sequence, *started);
  });
}

int growModelStart(const GrowModel *model, const int64_t *ids, int64_t batch,
                   int64_t sequence, uint64_t *logits) {
  return report([&] {
    return static_cast<const DeviceModel *>(model)->start(ids, batch, sequence,
                                                          *logits);
  });
}

int growModelWait(const GrowModel *model) {
  return report(
      [&] { return static_cast<const DeviceModel *>(model)->wait(); });
}

int growModelOpenOnDevice(const GrowModelCode *code, const char *checkpoint,
                          uint32_t device, GrowModel **model) {
  *model = nullptr;
  return report([&] {
    auto opened = std::make_unique<DeviceModel>(*code);
    Status status = opened->open(checkpoint, device);
    if (!status)
      *model = opened.release();
    return status;
  });
}
