//===- VulkanMemory.cpp - Memory of a Vulkan device -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VulkanDevice.h"

#include <algorithm>
#include <cstring>

using namespace grow::runtime;

/// Addresses are multiples of this; so are sizes, hence those of copies.
static constexpr uint64_t kAlignment = 256;
/// Memory through which the host reaches memory that it cannot map.
static constexpr uint64_t kStagingBytes = 32 << 20;
/// What the host can use as it is.
static constexpr VkMemoryPropertyFlags kHost =
    VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;

static uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

uint32_t VulkanDevice::findMemoryType(uint32_t allowed, bool forHost) const {
  constexpr VkMemoryPropertyFlags kLocal = VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT;
  VkMemoryPropertyFlags host = kHost | VK_MEMORY_PROPERTY_HOST_CACHED_BIT;
  std::vector<VkMemoryPropertyFlags> wishes;
  if (forHost)
    wishes = {host, kHost};
  else if (sharesMemory)
    wishes = {kLocal | host, kLocal | kHost, kLocal, 0};
  else
    wishes = {kLocal, 0};
  for (VkMemoryPropertyFlags wish : wishes)
    for (uint32_t i = 0; i < physical.memory.memoryTypeCount; ++i)
      if ((allowed & (1u << i)) &&
          (physical.memory.memoryTypes[i].propertyFlags & wish) == wish)
        return i;
  // Vulkan guarantees a type for each of the last wishes.
  return 0;
}

Status VulkanDevice::createBuffer(uint64_t bytes, bool forHost,
                                  Buffer &buffer) {
  VkBufferCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO;
  create.size = bytes;
  create.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                 VK_BUFFER_USAGE_TRANSFER_SRC_BIT |
                 VK_BUFFER_USAGE_TRANSFER_DST_BIT;
  create.sharingMode = VK_SHARING_MODE_EXCLUSIVE;
  buffer.bytes = bytes;
  GROW_RETURN_IF_ERROR(
      check("vkCreateBuffer",
            vk.vkCreateBuffer(device, &create, nullptr, &buffer.handle)));
  Status status = bindMemory(bytes, forHost, buffer);
  if (status)
    destroy(buffer);
  return status;
}

Status VulkanDevice::bindMemory(uint64_t bytes, bool forHost, Buffer &buffer) {
  VkMemoryRequirements needed{};
  vk.vkGetBufferMemoryRequirements(device, buffer.handle, &needed);
  VkMemoryAllocateInfo allocate{};
  allocate.sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO;
  allocate.allocationSize = needed.size;
  allocate.memoryTypeIndex = findMemoryType(needed.memoryTypeBits, forHost);
  std::string call = "vkAllocateMemory of " + std::to_string(bytes) + " bytes";
  GROW_RETURN_IF_ERROR(
      check(call.c_str(),
            vk.vkAllocateMemory(device, &allocate, nullptr, &buffer.memory)));
  GROW_RETURN_IF_ERROR(
      check("vkBindBufferMemory",
            vk.vkBindBufferMemory(device, buffer.handle, buffer.memory, 0)));
  VkMemoryPropertyFlags flags =
      physical.memory.memoryTypes[allocate.memoryTypeIndex].propertyFlags;
  if ((flags & kHost) != kHost || !(forHost || sharesMemory))
    return Status::success();
  void *mapped = nullptr;
  GROW_RETURN_IF_ERROR(
      check("vkMapMemory", vk.vkMapMemory(device, buffer.memory, 0,
                                          VK_WHOLE_SIZE, 0, &mapped)));
  buffer.mapped = static_cast<char *>(mapped);
  return Status::success();
}

void VulkanDevice::destroy(Buffer &buffer) {
  vk.vkDestroyBuffer(device, buffer.handle, nullptr);
  vk.vkFreeMemory(device, buffer.memory, nullptr);
  buffer = Buffer();
}

Status VulkanDevice::allocate(uint64_t bytes, uint64_t &address) {
  if (bytes > limits.maxStorageBufferRange)
    return Status::error(
        "a buffer of ", bytes, " bytes is more than kernels of '",
        getDeviceName(), "' can be given (maxStorageBufferRange = ",
        limits.maxStorageBufferRange,
        "): use a smaller batch or model, another device or --target=cpu");
  uint64_t padded = alignUp(std::max<uint64_t>(bytes, 1), kAlignment);
  if (padded > physical.maxAllocationBytes)
    return Status::error("a buffer of ", bytes, " bytes is more than '",
                         getDeviceName(),
                         "' allocates at once (maxMemoryAllocationSize = ",
                         physical.maxAllocationBytes,
                         "): use a smaller batch or model, another device or "
                         "--target=cpu");
  if (buffers.size() + 2 > limits.maxMemoryAllocationCount)
    return Status::error("'", getDeviceName(), "' allows ",
                         limits.maxMemoryAllocationCount,
                         " allocations (maxMemoryAllocationCount), and as many "
                         "are there: use a model with fewer tensors, another "
                         "device or --target=cpu");
  Buffer buffer;
  GROW_RETURN_IF_ERROR(createBuffer(padded, /*forHost=*/false, buffer));
  address = nextAddress;
  nextAddress += alignUp(padded, kGap) + kGap;
  buffers.emplace(address, buffer);
  return Status::success();
}

Status VulkanDevice::free(uint64_t address) {
  auto it = buffers.find(address);
  if (it == buffers.end())
    return Status::error("address ", address,
                         " cannot be freed: it was not allocated, or freed "
                         "before");
  Buffer buffer = it->second;
  buffers.erase(it);
  if (buffer.lastUse <= finished)
    destroy(buffer);
  else if (current.number)
    current.garbage.push_back(buffer);
  else
    inFlight.back().garbage.push_back(buffer);
  return Status::success();
}

Status VulkanDevice::find(uint64_t address, uint64_t bytes, Buffer *&buffer,
                          uint64_t &offset) {
  auto it = buffers.upper_bound(address);
  if (it == buffers.begin())
    return Status::error("address ", address,
                         " is in no buffer: it was never allocated, or is "
                         "freed");
  --it;
  offset = address - it->first;
  buffer = &it->second;
  if (offset >= buffer->bytes)
    return Status::error("address ", address,
                         " is in no buffer: it was never allocated, or is "
                         "freed");
  if (bytes > buffer->bytes - offset)
    return Status::error(bytes, " bytes at address ", address,
                         " do not fit into its buffer, which ends after ",
                         buffer->bytes - offset);
  return Status::success();
}

Status VulkanDevice::getStaging() {
  if (staging.handle)
    return Status::success();
  return createBuffer(kStagingBytes, /*forHost=*/true, staging);
}

Status VulkanDevice::write(uint64_t address, const void *from, uint64_t bytes) {
  Buffer *buffer;
  uint64_t offset;
  GROW_RETURN_IF_ERROR(find(address, bytes, buffer, offset));
  if (buffer->mapped) {
    if (buffer->lastUse > finished)
      GROW_RETURN_IF_ERROR(finish());
    std::memcpy(buffer->mapped + offset, from, bytes);
    return Status::success();
  }
  GROW_RETURN_IF_ERROR(getStaging());
  const char *rest = static_cast<const char *>(from);
  while (bytes) {
    if (stagingUsed == kStagingBytes)
      GROW_RETURN_IF_ERROR(finish());
    uint64_t part = std::min(bytes, kStagingBytes - stagingUsed);
    std::memcpy(staging.mapped + stagingUsed, rest, part);
    GROW_RETURN_IF_ERROR(begin());
    addBarrier();
    VkBufferCopy region{stagingUsed, offset, part};
    vk.vkCmdCopyBuffer(current.commands, staging.handle, buffer->handle, 1,
                       &region);
    buffer->lastUse = current.number;
    stagingUsed += part;
    rest += part;
    offset += part;
    bytes -= part;
  }
  return Status::success();
}

Status VulkanDevice::read(void *to, uint64_t address, uint64_t bytes) {
  GROW_RETURN_IF_ERROR(finish());
  Buffer *buffer;
  uint64_t offset;
  GROW_RETURN_IF_ERROR(find(address, bytes, buffer, offset));
  if (buffer->mapped) {
    std::memcpy(to, buffer->mapped + offset, bytes);
    return Status::success();
  }
  GROW_RETURN_IF_ERROR(getStaging());
  char *rest = static_cast<char *>(to);
  while (bytes) {
    uint64_t part = std::min(bytes, kStagingBytes);
    GROW_RETURN_IF_ERROR(begin());
    addBarrier();
    VkBufferCopy region{offset, 0, part};
    vk.vkCmdCopyBuffer(current.commands, buffer->handle, staging.handle, 1,
                       &region);
    GROW_RETURN_IF_ERROR(finish());
    std::memcpy(rest, staging.mapped, part);
    rest += part;
    offset += part;
    bytes -= part;
  }
  return Status::success();
}
