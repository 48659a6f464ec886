//===- SPIRV.cpp - What a SPIR-V module asks of a device ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SPIRV.h"
#include <algorithm>
#include <cstring>
#include <unordered_map>

using namespace grow::runtime;

namespace {

// Numbers of the SPIR-V specification.
constexpr uint32_t kMagic = 0x07230203;
constexpr uint32_t kHeaderWords = 5;
enum Opcode : uint16_t {
  OpEntryPoint = 15,
  OpExecutionMode = 16,
  OpCapability = 17,
  OpTypeBool = 20,
  OpTypeInt = 21,
  OpTypeFloat = 22,
  OpTypeVector = 23,
  OpTypeArray = 28,
  OpTypeStruct = 30,
  OpTypePointer = 32,
  OpConstant = 43,
  OpVariable = 59,
  OpDecorate = 71
};
constexpr uint32_t kGLCompute = 5;
constexpr uint32_t kLocalSize = 17;
constexpr uint32_t kWorkgroup = 4;
constexpr uint32_t kBinding = 33;
constexpr uint32_t kDescriptorSet = 34;

/// Collects what is needed, instruction by instruction.
class Reader {
public:
  explicit Reader(SPIRVModule &module) : module(module) {}

  /// An instruction with its operands, whose number is at least what the
  /// opcode needs.
  void visit(uint16_t opcode, const uint32_t *operands, uint32_t count);
  void finish();

  static uint32_t getMinOperands(uint16_t opcode);

private:
  void visitEntryPoint(const uint32_t *operands, uint32_t count);
  uint64_t getSize(uint32_t type) const {
    auto it = typeBytes.find(type);
    return it == typeBytes.end() ? 0 : it->second;
  }
  uint64_t getStructSize(const uint32_t *members, uint32_t count) const;

  SPIRVModule &module;
  std::unordered_map<uint32_t, std::string> names;
  std::unordered_map<uint32_t, std::array<uint32_t, 3>> localSizes;
  /// Of the types and pointees that can stand in workgroup memory.
  std::unordered_map<uint32_t, uint64_t> typeBytes;
  std::unordered_map<uint32_t, uint32_t> pointees;
  std::unordered_map<uint32_t, uint32_t> constants;
};

} // namespace

uint32_t Reader::getMinOperands(uint16_t opcode) {
  switch (opcode) {
  case OpCapability:
  case OpTypeBool:
  case OpTypeStruct:
    return 1;
  case OpExecutionMode:
  case OpTypeInt:
  case OpTypeFloat:
  case OpDecorate:
    return 2;
  case OpEntryPoint:
  case OpTypeVector:
  case OpTypeArray:
  case OpTypePointer:
  case OpConstant:
  case OpVariable:
    return 3;
  default:
    return 0;
  }
}

void Reader::visitEntryPoint(const uint32_t *operands, uint32_t count) {
  if (operands[0] != kGLCompute)
    return;
  const char *name = reinterpret_cast<const char *>(operands + 2);
  names[operands[1]] =
      std::string(name, strnlen(name, (count - 2) * sizeof(uint32_t)));
}

uint64_t Reader::getStructSize(const uint32_t *members, uint32_t count) const {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < count; ++i)
    bytes += getSize(members[i]);
  return bytes;
}

void Reader::visit(uint16_t opcode, const uint32_t *operands, uint32_t count) {
  switch (opcode) {
  case OpCapability:
    module.capabilities.push_back(static_cast<Capability>(operands[0]));
    break;
  case OpEntryPoint:
    visitEntryPoint(operands, count);
    break;
  case OpExecutionMode:
    if (operands[1] == kLocalSize && count >= 5)
      localSizes[operands[0]] = {operands[2], operands[3], operands[4]};
    break;
  case OpTypeBool:
    typeBytes[operands[0]] = 4;
    break;
  case OpTypeInt:
  case OpTypeFloat:
    typeBytes[operands[0]] = operands[1] / 8;
    break;
  case OpTypeVector:
    typeBytes[operands[0]] = getSize(operands[1]) * operands[2];
    break;
  case OpConstant:
    constants[operands[1]] = operands[2];
    break;
  case OpTypeArray: {
    auto length = constants.find(operands[2]);
    if (length != constants.end())
      typeBytes[operands[0]] = getSize(operands[1]) * length->second;
    break;
  }
  case OpTypeStruct:
    typeBytes[operands[0]] = getStructSize(operands + 1, count - 1);
    break;
  case OpTypePointer:
    pointees[operands[0]] = operands[2];
    break;
  case OpVariable:
    if (operands[2] == kWorkgroup)
      module.sharedBytes += getSize(pointees[operands[0]]);
    break;
  case OpDecorate:
    if (operands[1] == kBinding && count >= 3)
      module.bindings = std::max(module.bindings, operands[2] + 1);
    if (operands[1] == kDescriptorSet && count >= 3)
      module.descriptorSets = std::max(module.descriptorSets, operands[2] + 1);
    break;
  default:
    break;
  }
}

void Reader::finish() {
  for (const auto &[id, name] : names)
    module.kernels[name] = localSizes[id];
}

Status SPIRVModule::read(const void *binary, uint64_t bytes,
                         SPIRVModule &module) {
  const auto *words = static_cast<const uint32_t *>(binary);
  uint64_t count = bytes / sizeof(uint32_t);
  if (reinterpret_cast<uintptr_t>(binary) % alignof(uint32_t) ||
      bytes % sizeof(uint32_t))
    return Status::error("not SPIR-V: expected whole words of 4 bytes");
  if (count < kHeaderWords || words[0] != kMagic)
    return Status::error("not SPIR-V: expected the magic number 0x07230203");
  module.version = words[1];
  Reader reader(module);
  for (uint64_t at = kHeaderWords; at < count;) {
    uint16_t opcode = words[at] & 0xffff;
    uint32_t length = words[at] >> 16;
    if (length == 0 || length > count - at ||
        length - 1 < Reader::getMinOperands(opcode))
      return Status::error("damaged SPIR-V: the instruction at word ", at,
                           " is cut off");
    reader.visit(opcode, words + at + 1, length - 1);
    at += length;
  }
  reader.finish();
  return Status::success();
}

std::string grow::runtime::getName(Capability capability) {
  switch (capability) {
#define GROW_CASE(name)                                                        \
  case Capability::name:                                                       \
    return #name
    GROW_CASE(Matrix);
    GROW_CASE(Shader);
    GROW_CASE(Float16);
    GROW_CASE(Float64);
    GROW_CASE(Int64);
    GROW_CASE(Int16);
    GROW_CASE(Int8);
    GROW_CASE(GroupNonUniform);
    GROW_CASE(GroupNonUniformVote);
    GROW_CASE(GroupNonUniformArithmetic);
    GROW_CASE(GroupNonUniformBallot);
    GROW_CASE(GroupNonUniformShuffle);
    GROW_CASE(GroupNonUniformShuffleRelative);
    GROW_CASE(GroupNonUniformClustered);
    GROW_CASE(GroupNonUniformQuad);
    GROW_CASE(StorageBuffer16BitAccess);
    GROW_CASE(UniformAndStorageBuffer16BitAccess);
    GROW_CASE(StoragePushConstant16);
    GROW_CASE(VariablePointersStorageBuffer);
    GROW_CASE(VariablePointers);
    GROW_CASE(StorageBuffer8BitAccess);
    GROW_CASE(UniformAndStorageBuffer8BitAccess);
    GROW_CASE(StoragePushConstant8);
    GROW_CASE(DenormPreserve);
    GROW_CASE(DenormFlushToZero);
    GROW_CASE(SignedZeroInfNanPreserve);
    GROW_CASE(RoundingModeRTE);
    GROW_CASE(RoundingModeRTZ);
#undef GROW_CASE
  }
  return "number " + std::to_string(static_cast<uint32_t>(capability));
}
