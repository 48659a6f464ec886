//===- NoVulkan.cpp - A build without Vulkan's headers --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backend.h"

using namespace grow::runtime;

Status grow::runtime::checkVulkan() {
  return Status::error("this build of grow knows no Vulkan: its headers were "
                       "missing (Debian: libvulkan-dev); install them and "
                       "build again");
}

Status grow::runtime::listVulkan(std::vector<GrowDeviceInfo> &) {
  return checkVulkan();
}

Status grow::runtime::openVulkan(uint32_t, std::unique_ptr<Backend> &,
                                 GrowDeviceInfo &) {
  return checkVulkan();
}
