//===- SPIRV.h - What a SPIR-V module asks of a device ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_SPIRV_H
#define GROW_LIB_RUNTIME_SPIRV_H

#include "Backend.h"
#include <array>
#include <map>

namespace grow::runtime {

/// Capabilities that kernels may ask for, by the specification's names.
enum class Capability : uint32_t {
  Matrix = 0,
  Shader = 1,
  Float16 = 9,
  Float64 = 10,
  Int64 = 11,
  Int16 = 22,
  Int8 = 39,
  GroupNonUniform = 61,
  GroupNonUniformVote = 62,
  GroupNonUniformArithmetic = 63,
  GroupNonUniformBallot = 64,
  GroupNonUniformShuffle = 65,
  GroupNonUniformShuffleRelative = 66,
  GroupNonUniformClustered = 67,
  GroupNonUniformQuad = 68,
  StorageBuffer16BitAccess = 4433,
  UniformAndStorageBuffer16BitAccess = 4434,
  StoragePushConstant16 = 4435,
  VariablePointersStorageBuffer = 4441,
  VariablePointers = 4442,
  StorageBuffer8BitAccess = 4448,
  UniformAndStorageBuffer8BitAccess = 4449,
  StoragePushConstant8 = 4450,
  DenormPreserve = 4464,
  DenormFlushToZero = 4465,
  SignedZeroInfNanPreserve = 4466,
  RoundingModeRTE = 4467,
  RoundingModeRTZ = 4468
};

/// The name of a capability, or its number if it is none of these.
std::string getName(Capability capability);

/// Vulkan takes a valid module and a device that has what it needs for granted;
/// drivers crash otherwise. This is what has to be checked before.
struct SPIRVModule {
  /// Reads the module. Fails if it is none.
  static Status read(const void *binary, uint64_t bytes, SPIRVModule &module);

  /// 0x00010300 for 1.3.
  uint32_t version = 0;
  std::vector<Capability> capabilities;
  /// Threads of a workgroup by the names of kernels; zeros where they are not
  /// constants.
  std::map<std::string, std::array<uint32_t, 3>> kernels;
  /// One more than the largest descriptor binding, and set.
  uint32_t bindings = 0;
  uint32_t descriptorSets = 0;
  /// Of variables that a workgroup shares; 0 for sizes that are not constants.
  uint64_t sharedBytes = 0;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_SPIRV_H
