//===- CUDA.h - The CUDA driver ---------------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_CUDA_H
#define GROW_LIB_RUNTIME_CUDA_H

#include "Backend.h"
#include "CUDADriver.h"

namespace grow::runtime {

/// The driver, started.
class CUDADriver {
public:
  /// `hasDevices` is false if the driver says that there are none.
  Status start(bool &hasDevices);
  /// An error unless `result` is CUDA_SUCCESS: names the call, the result, and
  /// what to do.
  Status check(const std::string &call, CUresult result) const;
  Status describe(uint32_t index, GrowDeviceInfo &info) const;
  Status countDevices(uint32_t &count) const;

  /// Whether the driver knows graphs.
  bool hasGraphs() const;

  CUDAFunctions cu;

private:
  Status load();
  Status getAttribute(CUdevice device, int attribute, uint32_t &value) const;
  Status describeLimits(CUdevice device, GrowDeviceInfo &info) const;

  int version = 0;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_CUDA_H
