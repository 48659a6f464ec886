//===- VulkanDevice.cpp - A Vulkan device and its commands ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VulkanDevice.h"

#include <cstdlib>

using namespace grow::runtime;

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

/// Whether the host reaches the device's memory as fast as its own, so that
/// tensors need not be copied twice. Tests ask for copies to see that they
/// work.
static bool sharesMemoryWithHost(const VulkanPhysicalDevice &device) {
  VkPhysicalDeviceType type = device.properties.deviceType;
  return (type == VK_PHYSICAL_DEVICE_TYPE_CPU ||
          type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU) &&
         !std::getenv("GROW_VULKAN_STAGING");
}

VulkanDevice::VulkanDevice(std::unique_ptr<VulkanInstance> owner,
                           uint32_t index)
    : instance(std::move(owner)), physical(instance->getDevices()[index]),
      limits(physical.properties.limits),
      sharesMemory(sharesMemoryWithHost(physical)) {}

Status VulkanDevice::check(const char *call, VkResult result) {
  lost |= result == VK_ERROR_DEVICE_LOST;
  return checkVulkan(call, result);
}

Status VulkanDevice::open(std::unique_ptr<VulkanInstance> instance,
                          uint32_t index, std::unique_ptr<Backend> &backend) {
  std::unique_ptr<VulkanDevice> opened(
      new VulkanDevice(std::move(instance), index));
  const VulkanPhysicalDevice &physical = opened->physical;
  if (physical.properties.apiVersion < VK_API_VERSION_1_1)
    return Status::error("'", physical.info.name, "' offers Vulkan ",
                         physical.info.version,
                         ": expected at least 1.1, update its driver");
  if (!physical.hasQueue)
    return Status::error("'", physical.info.name,
                         "' has no queue that computes: choose another device, "
                         "see `grow inspect --devices`");
  GROW_RETURN_IF_ERROR(opened->createDevice());
  GROW_RETURN_IF_ERROR(opened->loadFunctions());
  opened->vk.vkGetDeviceQueue(opened->device, physical.queueFamily, 0,
                              &opened->queue);
  GROW_RETURN_IF_ERROR(opened->createPool());
  backend = std::move(opened);
  return Status::success();
}

Status VulkanDevice::createDevice() {
  float priority = 1;
  VkDeviceQueueCreateInfo queueCreate{};
  queueCreate.sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO;
  queueCreate.queueFamilyIndex = physical.queueFamily;
  queueCreate.queueCount = 1;
  queueCreate.pQueuePriorities = &priority;

  VkPhysicalDeviceFeatures2 features{};
  features.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2;
  features.features = physical.features;
  // A struct that was filled belongs to an interface that the device has.
  auto storage16 = physical.storage16;
  auto variablePointers = physical.variablePointers;
  auto storage8 = physical.storage8;
  auto float16Int8 = physical.float16Int8;
  features.pNext = &storage16;
  storage16.pNext = &variablePointers;
  variablePointers.pNext = nullptr;
  if (storage8.sType) {
    storage8.pNext = variablePointers.pNext;
    variablePointers.pNext = &storage8;
  }
  if (float16Int8.sType) {
    float16Int8.pNext = variablePointers.pNext;
    variablePointers.pNext = &float16Int8;
  }

  VkDeviceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO;
  create.pNext = &features;
  create.queueCreateInfoCount = 1;
  create.pQueueCreateInfos = &queueCreate;
  create.enabledExtensionCount =
      static_cast<uint32_t>(physical.extensions.size());
  create.ppEnabledExtensionNames = physical.extensions.data();
  return check(
      "vkCreateDevice",
      instance->vk.vkCreateDevice(physical.handle, &create, nullptr, &device));
}

Status VulkanDevice::loadFunctions() {
#define GROW_LOAD(name)                                                        \
  vk.name = reinterpret_cast<PFN_##name>(                                      \
      instance->vk.vkGetDeviceProcAddr(device, #name));                        \
  if (!vk.name)                                                                \
    return Status::error("the driver of '", getDeviceName(),                   \
                         "' has no " #name ": update it");
  GROW_VULKAN_DEVICE_FUNCTIONS(GROW_LOAD)
#undef GROW_LOAD
  return Status::success();
}

Status VulkanDevice::createPool() {
  VkCommandPoolCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO;
  create.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
  create.queueFamilyIndex = physical.queueFamily;
  return check("vkCreateCommandPool",
               vk.vkCreateCommandPool(device, &create, nullptr, &commandPool));
}

VulkanDevice::~VulkanDevice() {
  if (!device || !commandPool)
    return;
  // Nobody is left who could be told of an error.
  vk.vkDeviceWaitIdle(device);
  if (current.number)
    idle.push_back(std::move(current));
  for (Submission &submission : inFlight)
    idle.push_back(std::move(submission));
  for (Submission &submission : idle) {
    for (Buffer &buffer : submission.garbage)
      destroy(buffer);
    for (VkDescriptorPool pool : submission.pools)
      vk.vkDestroyDescriptorPool(device, pool, nullptr);
    vk.vkDestroyFence(device, submission.fence, nullptr);
  }
  for (auto &[address, buffer] : buffers)
    destroy(buffer);
  destroy(staging);
  for (auto &[key, pipeline] : pipelines)
    destroy(pipeline);
  vk.vkDestroyCommandPool(device, commandPool, nullptr);
  vk.vkDestroyDevice(device, nullptr);
}

//===----------------------------------------------------------------------===//
// Commands
//===----------------------------------------------------------------------===//

Status VulkanDevice::begin() {
  if (current.number)
    return Status::success();
  Submission submission;
  if (!idle.empty()) {
    submission = std::move(idle.back());
    idle.pop_back();
  }
  GROW_RETURN_IF_ERROR(beginCommands(submission));
  submission.number = ++submissions;
  current = std::move(submission);
  return Status::success();
}

Status VulkanDevice::beginCommands(Submission &submission) {
  if (!submission.fence) {
    VkFenceCreateInfo create{};
    create.sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO;
    GROW_RETURN_IF_ERROR(
        check("vkCreateFence",
              vk.vkCreateFence(device, &create, nullptr, &submission.fence)));
  }
  if (!submission.commands) {
    VkCommandBufferAllocateInfo allocate{};
    allocate.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO;
    allocate.commandPool = commandPool;
    allocate.level = VK_COMMAND_BUFFER_LEVEL_PRIMARY;
    allocate.commandBufferCount = 1;
    GROW_RETURN_IF_ERROR(check(
        "vkAllocateCommandBuffers",
        vk.vkAllocateCommandBuffers(device, &allocate, &submission.commands)));
  }
  VkCommandBufferBeginInfo begin{};
  begin.sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO;
  begin.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
  return check("vkBeginCommandBuffer",
               vk.vkBeginCommandBuffer(submission.commands, &begin));
}

/// Lets what follows see what commands before, also of other submissions,
/// wrote. Which buffers a kernel writes is unknown, so each command waits for
/// the one before it.
void VulkanDevice::addBarrier() {
  constexpr VkPipelineStageFlags kStages =
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT;
  VkMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  barrier.srcAccessMask =
      VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.dstAccessMask =
      VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT |
      VK_ACCESS_TRANSFER_READ_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  vk.vkCmdPipelineBarrier(current.commands, kStages, kStages, 0, 1, &barrier, 0,
                          nullptr, 0, nullptr);
}

/// Sends what was recorded to the device.
Status VulkanDevice::flush() {
  if (!current.number)
    return Status::success();
  VkMemoryBarrier barrier{};
  barrier.sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER;
  barrier.srcAccessMask =
      VK_ACCESS_SHADER_WRITE_BIT | VK_ACCESS_TRANSFER_WRITE_BIT;
  barrier.dstAccessMask = VK_ACCESS_HOST_READ_BIT | VK_ACCESS_HOST_WRITE_BIT;
  vk.vkCmdPipelineBarrier(
      current.commands,
      VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT | VK_PIPELINE_STAGE_TRANSFER_BIT,
      VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, nullptr, 0, nullptr);
  // Whatever happens, it is no longer what is being recorded.
  inFlight.push_back(std::move(current));
  current = Submission();
  Submission &submission = inFlight.back();
  Status status =
      check("vkEndCommandBuffer", vk.vkEndCommandBuffer(submission.commands));
  if (!status) {
    VkSubmitInfo submit{};
    submit.sType = VK_STRUCTURE_TYPE_SUBMIT_INFO;
    submit.commandBufferCount = 1;
    submit.pCommandBuffers = &submission.commands;
    status = check("vkQueueSubmit",
                   vk.vkQueueSubmit(queue, 1, &submit, submission.fence));
  }
  if (status) {
    // This one will never run; the others must be finished before what they use
    // can go.
    vk.vkDeviceWaitIdle(device);
    finished = submission.number;
    for (Submission &ended : inFlight)
      recycle(std::move(ended));
    inFlight.clear();
  }
  return status;
}

/// Waits for everything.
Status VulkanDevice::finish() {
  if (lost)
    return check("an earlier call", VK_ERROR_DEVICE_LOST);
  GROW_RETURN_IF_ERROR(flush());
  while (!inFlight.empty()) {
    Submission &submission = inFlight.front();
    GROW_RETURN_IF_ERROR(check(
        "vkWaitForFences",
        vk.vkWaitForFences(device, 1, &submission.fence, VK_TRUE, UINT64_MAX)));
    finished = submission.number;
    recycle(std::move(submission));
    inFlight.pop_front();
  }
  stagingUsed = 0;
  return Status::success();
}

/// Makes a submission that is finished ready for the next use.
void VulkanDevice::recycle(Submission submission) {
  for (Buffer &buffer : submission.garbage)
    destroy(buffer);
  submission.garbage.clear();
  // These report that the machine is out of memory at most, and then the next
  // use does, too.
  for (VkDescriptorPool pool : submission.pools)
    (void)vk.vkResetDescriptorPool(device, pool, 0);
  (void)vk.vkResetFences(device, 1, &submission.fence);
  submission.usedPools = 0;
  submission.launches = 0;
  submission.number = 0;
  idle.push_back(std::move(submission));
}

Status VulkanDevice::synchronize() { return finish(); }

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

/// The first GPU, discrete ones before others; the first device if there is
/// none.
static uint32_t getPreferred(const std::vector<VulkanPhysicalDevice> &devices) {
  for (VkPhysicalDeviceType type : {VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU,
                                    VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU,
                                    VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU})
    for (const VulkanPhysicalDevice &device : devices)
      if (device.properties.deviceType == type)
        return device.info.index;
  return 0;
}

Status grow::runtime::openVulkan(uint32_t index,
                                 std::unique_ptr<Backend> &backend,
                                 GrowDeviceInfo &info) {
  std::unique_ptr<VulkanInstance> instance;
  GROW_RETURN_IF_ERROR(VulkanInstance::create(instance));
  const std::vector<VulkanPhysicalDevice> &devices = instance->getDevices();
  if (devices.empty())
    return Status::error("there is no Vulkan device: install the driver of the "
                         "GPU, or one that computes on the CPU (Debian: "
                         "mesa-vulkan-drivers)");
  uint32_t chosen;
  GROW_RETURN_IF_ERROR(
      chooseDevice("Vulkan", index, "GROW_VULKAN_DEVICE", getPreferred(devices),
                   static_cast<uint32_t>(devices.size()), chosen));
  info = devices[chosen].info;
  return VulkanDevice::open(std::move(instance), chosen, backend);
}
