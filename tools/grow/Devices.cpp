//===- Devices.cpp - What models can run on -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Devices.h"
#include "grow/Runtime/Device.h"
#include "grow/Transforms/CPU/Passes.h"
#include "llvm/TargetParser/Host.h"
#include <thread>

using namespace llvm;

namespace {
/// The devices of one kind, or why there are none.
struct Devices {
  StringRef kind;
  std::vector<GrowDeviceInfo> found;
  std::string missing;
};
} // namespace

static Devices findDevices(const char *kind) {
  Devices devices{kind, std::vector<GrowDeviceInfo>(16), ""};
  uint32_t count = 0;
  if (growDeviceList(kind, devices.found.data(), devices.found.size(), &count))
    devices.missing = growDeviceError();
  else if (count == 0)
    devices.missing = "the driver knows no device";
  devices.found.resize(std::min<size_t>(count, devices.found.size()));
  return devices;
}

static json::Object toJSON(const GrowDeviceInfo &device) {
  SmallVector<StringRef> features;
  StringRef(device.features).split(features, ' ', -1, /*KeepEmpty=*/false);
  json::Object object{{"kind", device.kind},
                      {"index", device.index},
                      {"name", device.name},
                      {"driver", device.driver},
                      {"version", device.version},
                      {"type", device.type},
                      {"memory_bytes", device.memoryBytes},
                      {"max_buffer_bytes", device.maxBufferBytes},
                      {"max_shared_bytes", device.maxSharedBytes},
                      {"max_workgroup_threads", device.maxWorkgroupThreads},
                      {"subgroup_threads", device.subgroupThreads},
                      {"features", json::Array(features)}};
  if (device.processors)
    object["processors"] = device.processors;
  if (device.computeCapability)
    object["compute_capability"] = device.computeCapability;
  return object;
}

static json::Object describeCPU() {
  return json::Object{{"kind", "cpu"},
                      {"name", sys::getHostCPUName()},
                      {"cores", std::thread::hardware_concurrency()},
                      {"vector_bits", grow::getHostVectorBits()},
                      {"f16_conversions", grow::hasHostHalfConversions()}};
}

static void printReport(ArrayRef<Devices> kinds) {
  json::Array devices{describeCPU()};
  json::Object missing;
  for (const Devices &kind : kinds) {
    for (const GrowDeviceInfo &device : kind.found)
      devices.push_back(toJSON(device));
    if (!kind.missing.empty())
      missing[kind.kind] = kind.missing;
  }
  printJSON(json::Object{{"devices", std::move(devices)},
                         {"missing", std::move(missing)}});
}

static void printCPU() {
  outs() << formatv("{0,-10}{1}\n", "cpu", sys::getHostCPUName());
  outs() << formatv("{0,-10}{1} cores, vectors of {2} bits{3}\n", "",
                    std::thread::hardware_concurrency(),
                    grow::getHostVectorBits(),
                    grow::hasHostHalfConversions() ? ", converts f16" : "");
}

static void printDevice(const GrowDeviceInfo &device) {
  outs() << formatv("{0,-10}{1}\n",
                    formatv("{0} {1}", device.kind, device.index).str(),
                    device.name);
  outs() << formatv("{0,-10}{1}; version {2}, {3}, {4}\n", "", device.type,
                    device.version, device.driver,
                    formatBytes(device.memoryBytes));
  if (device.computeCapability)
    outs() << formatv("{0,-10}compute capability {1}.{2}, {3} "
                      "multiprocessors\n",
                      "", device.computeCapability / 10,
                      device.computeCapability % 10, device.processors);
  outs() << formatv("{0,-10}buffers up to {1}, workgroups of up to {2} threads "
                    "that share {3}\n",
                    "", formatBytes(device.maxBufferBytes),
                    device.maxWorkgroupThreads,
                    formatBytes(device.maxSharedBytes));
  outs() << formatv("{0,-10}{1}\n", "", device.features);
}

ExitCode inspectDevices() {
  const Devices kinds[] = {findDevices("vulkan"), findDevices("cuda")};
  if (isJSON()) {
    printReport(kinds);
    return ExitCode::Success;
  }
  if (isQuiet())
    return ExitCode::Success;
  printCPU();
  for (const Devices &kind : kinds) {
    for (const GrowDeviceInfo &device : kind.found)
      printDevice(device);
    if (!kind.missing.empty())
      outs() << formatv("{0,-10}none: {1}\n", kind.kind, kind.missing);
  }
  return ExitCode::Success;
}
