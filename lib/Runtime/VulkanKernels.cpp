//===- VulkanKernels.cpp - Kernels of a Vulkan device ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VulkanDevice.h"

using namespace grow::runtime;

/// A command buffer with that many launches goes to the device, which begins
/// while the host goes on.
static constexpr unsigned kLaunchesPerSubmission = 64;
/// What each device is guaranteed to take.
static constexpr uint32_t kMaxPushWords = 32;
static constexpr uint32_t kSetsPerPool = 64;
static constexpr uint32_t kBuffersPerPool = 512;

/// The SPIR-V version that a device of this Vulkan version takes.
static uint32_t getMaxSPIRVVersion(uint32_t vulkan) {
  if (vulkan >= VK_API_VERSION_1_3)
    return 0x10600;
  return vulkan >= VK_API_VERSION_1_2 ? 0x10500 : 0x10300;
}

/// What a driver takes for granted.
Status VulkanDevice::checkModule(const Launch &launch,
                                 const Arguments &arguments) {
  SPIRVModule module;
  if (Status status =
          SPIRVModule::read(launch.binary, launch.binaryBytes, module))
    return Status::error("kernel '", launch.kernel, "': ", status.getText());
  uint32_t version = getMaxSPIRVVersion(physical.properties.apiVersion);
  if (module.version > version)
    return Status::error("kernel '", launch.kernel, "' is SPIR-V 1.",
                         (module.version >> 8) & 0xff, ", but '",
                         getDeviceName(), "' takes at most 1.",
                         (version >> 8) & 0xff, ": update its driver");
  for (Capability capability : module.capabilities)
    if (!physical.capabilities.count(capability))
      return Status::error("kernel '", launch.kernel,
                           "' needs the SPIR-V capability ",
                           getName(capability), ", which '", getDeviceName(),
                           "' does not have: use another device or "
                           "--target=cpu");
  if (!module.kernels.count(launch.kernel))
    return Status::error("there is no kernel '", launch.kernel,
                         "' in its SPIR-V");
  if (module.bindings > arguments.buffers.size() || module.descriptorSets > 1)
    return Status::error("kernel '", launch.kernel, "' has ", module.bindings,
                         " bindings in ", module.descriptorSets,
                         " descriptor sets, but is given ",
                         arguments.buffers.size(), " buffers for one set");
  return checkWorkgroup(module, launch.kernel);
}

Status VulkanDevice::checkWorkgroup(const SPIRVModule &module,
                                    const char *kernel) {
  const std::array<uint32_t, 3> &size = module.kernels.at(kernel);
  uint64_t threads = uint64_t(size[0]) * size[1] * size[2];
  bool fits = threads <= limits.maxComputeWorkGroupInvocations;
  for (unsigned i = 0; i < 3; ++i)
    fits &= size[i] <= limits.maxComputeWorkGroupSize[i];
  if (!fits)
    return Status::error(
        "kernel '", kernel, "' has workgroups of ", size[0], " x ", size[1],
        " x ", size[2], " threads, but '", getDeviceName(), "' takes at most ",
        limits.maxComputeWorkGroupInvocations,
        " (maxComputeWorkGroupInvocations): use another device or "
        "--target=cpu");
  if (module.sharedBytes > limits.maxComputeSharedMemorySize)
    return Status::error("kernel '", kernel, "' shares ", module.sharedBytes,
                         " bytes in a workgroup, but '", getDeviceName(),
                         "' has ", limits.maxComputeSharedMemorySize,
                         " (maxComputeSharedMemorySize): use another device "
                         "or --target=cpu");
  return Status::success();
}

Status VulkanDevice::createLayouts(Pipeline &pipeline) {
  std::vector<VkDescriptorSetLayoutBinding> bindings(pipeline.buffers);
  for (uint32_t i = 0; i < pipeline.buffers; ++i) {
    bindings[i].binding = i;
    bindings[i].descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
    bindings[i].descriptorCount = 1;
    bindings[i].stageFlags = VK_SHADER_STAGE_COMPUTE_BIT;
  }
  VkDescriptorSetLayoutCreateInfo setCreate{};
  setCreate.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_LAYOUT_CREATE_INFO;
  setCreate.bindingCount = pipeline.buffers;
  setCreate.pBindings = bindings.data();
  GROW_RETURN_IF_ERROR(
      check("vkCreateDescriptorSetLayout",
            vk.vkCreateDescriptorSetLayout(device, &setCreate, nullptr,
                                           &pipeline.setLayout)));
  VkPushConstantRange range{VK_SHADER_STAGE_COMPUTE_BIT, 0, pipeline.words * 4};
  VkPipelineLayoutCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO;
  create.setLayoutCount = 1;
  create.pSetLayouts = &pipeline.setLayout;
  create.pushConstantRangeCount = pipeline.words ? 1 : 0;
  create.pPushConstantRanges = &range;
  return check(
      "vkCreatePipelineLayout",
      vk.vkCreatePipelineLayout(device, &create, nullptr, &pipeline.layout));
}

Status VulkanDevice::createPipeline(const Launch &launch, Pipeline &pipeline) {
  GROW_RETURN_IF_ERROR(createLayouts(pipeline));
  VkShaderModuleCreateInfo moduleCreate{};
  moduleCreate.sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO;
  moduleCreate.codeSize = launch.binaryBytes;
  moduleCreate.pCode = static_cast<const uint32_t *>(launch.binary);
  VkShaderModule module;
  GROW_RETURN_IF_ERROR(
      check("vkCreateShaderModule",
            vk.vkCreateShaderModule(device, &moduleCreate, nullptr, &module)));
  VkComputePipelineCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO;
  create.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
  create.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
  create.stage.module = module;
  create.stage.pName = launch.kernel;
  create.layout = pipeline.layout;
  std::string call =
      std::string("vkCreateComputePipelines of '") + launch.kernel + "'";
  Status status =
      check(call.c_str(),
            vk.vkCreateComputePipelines(device, VK_NULL_HANDLE, 1, &create,
                                        nullptr, &pipeline.handle));
  vk.vkDestroyShaderModule(device, module, nullptr);
  return status;
}

void VulkanDevice::destroy(Pipeline &pipeline) {
  vk.vkDestroyPipeline(device, pipeline.handle, nullptr);
  vk.vkDestroyPipelineLayout(device, pipeline.layout, nullptr);
  vk.vkDestroyDescriptorSetLayout(device, pipeline.setLayout, nullptr);
  pipeline = Pipeline();
}

Status VulkanDevice::getPipeline(const Launch &launch,
                                 const Arguments &arguments,
                                 Pipeline *&pipeline) {
  auto buffers = static_cast<uint32_t>(arguments.buffers.size());
  auto words = static_cast<uint32_t>(arguments.words.size());
  auto [it, isNew] = pipelines.try_emplace({launch.binary, launch.kernel});
  pipeline = &it->second;
  if (!isNew) {
    if (pipeline->buffers == buffers && pipeline->words == words)
      return Status::success();
    return Status::error("kernel '", launch.kernel, "' is given ", buffers,
                         " buffers and ", words, " words, but before it was ",
                         pipeline->buffers, " and ", pipeline->words);
  }
  pipeline->buffers = buffers;
  pipeline->words = words;
  Status status = checkModule(launch, arguments);
  if (!status)
    status = createPipeline(launch, *pipeline);
  if (status) {
    destroy(*pipeline);
    pipelines.erase(it);
  }
  return status;
}

Status VulkanDevice::addBuffer(uint64_t address, size_t argument,
                               Arguments &arguments) {
  Buffer *buffer;
  uint64_t offset;
  if (Status status = find(address, 0, buffer, offset))
    return Status::error("argument ", argument, ": ", status.getText());
  if (offset % limits.minStorageBufferOffsetAlignment)
    return Status::error("argument ", argument, ": buffers of '",
                         getDeviceName(), "' begin at multiples of ",
                         limits.minStorageBufferOffsetAlignment,
                         " bytes (minStorageBufferOffsetAlignment), this one "
                         "at ",
                         offset);
  arguments.buffers.push_back({buffer->handle, offset, buffer->bytes - offset});
  return Status::success();
}

Status VulkanDevice::collect(const Launch &launch, Arguments &arguments) {
  for (size_t i = 0; launch.kinds[i]; ++i) {
    uint64_t value = launch.arguments[i];
    switch (launch.kinds[i]) {
    case 'b':
      GROW_RETURN_IF_ERROR(addBuffer(value, i, arguments));
      break;
    case 'l':
      arguments.words.push_back(static_cast<uint32_t>(value));
      arguments.words.push_back(static_cast<uint32_t>(value >> 32));
      break;
    case 'w':
      arguments.words.push_back(static_cast<uint32_t>(value));
      break;
    default:
      return Status::error("argument ", i, " is of kind '",
                           std::string(1, launch.kinds[i]),
                           "': expected b, w or l");
    }
  }
  if (arguments.words.size() > kMaxPushWords)
    return Status::error("scalars take ", arguments.words.size() * 4,
                         " bytes: Vulkan guarantees 128 (push constants)");
  if (arguments.buffers.size() > limits.maxPerStageDescriptorStorageBuffers ||
      arguments.buffers.size() > kBuffersPerPool)
    return Status::error(
        arguments.buffers.size(), " buffers are more than '", getDeviceName(),
        "' takes: ", limits.maxPerStageDescriptorStorageBuffers,
        " (maxPerStageDescriptorStorageBuffers)");
  return Status::success();
}

Status VulkanDevice::checkGrid(const Launch &launch) const {
  for (unsigned i = 0; i < 3; ++i)
    if (launch.grid[i] > limits.maxComputeWorkGroupCount[i])
      return Status::error(
          launch.grid[i], " workgroups along axis ", i, " are more than '",
          getDeviceName(), "' takes: ", limits.maxComputeWorkGroupCount[i],
          " (maxComputeWorkGroupCount); use a smaller batch or --target=cpu");
  return Status::success();
}

Status VulkanDevice::addPool() {
  VkDescriptorPoolSize size{VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, kBuffersPerPool};
  VkDescriptorPoolCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_POOL_CREATE_INFO;
  create.maxSets = kSetsPerPool;
  create.poolSizeCount = 1;
  create.pPoolSizes = &size;
  VkDescriptorPool pool;
  GROW_RETURN_IF_ERROR(
      check("vkCreateDescriptorPool",
            vk.vkCreateDescriptorPool(device, &create, nullptr, &pool)));
  current.pools.push_back(pool);
  return Status::success();
}

Status VulkanDevice::getSet(const Pipeline &pipeline, VkDescriptorSet &set) {
  if (current.usedPools == 0)
    current.usedPools = 1;
  for (bool isNew = false;; ++current.usedPools) {
    if (current.usedPools > current.pools.size()) {
      GROW_RETURN_IF_ERROR(addPool());
      isNew = true;
    }
    VkDescriptorSetAllocateInfo allocate{};
    allocate.sType = VK_STRUCTURE_TYPE_DESCRIPTOR_SET_ALLOCATE_INFO;
    allocate.descriptorPool = current.pools[current.usedPools - 1];
    allocate.descriptorSetCount = 1;
    allocate.pSetLayouts = &pipeline.setLayout;
    VkResult result = vk.vkAllocateDescriptorSets(device, &allocate, &set);
    bool isFull = result == VK_ERROR_OUT_OF_POOL_MEMORY ||
                  result == VK_ERROR_FRAGMENTED_POOL;
    if (!isFull || isNew)
      return check("vkAllocateDescriptorSets", result);
  }
}

Status VulkanDevice::writeSet(const Pipeline &pipeline, Arguments &arguments,
                              VkDescriptorSet &set) {
  GROW_RETURN_IF_ERROR(getSet(pipeline, set));
  VkWriteDescriptorSet write{};
  write.sType = VK_STRUCTURE_TYPE_WRITE_DESCRIPTOR_SET;
  write.dstSet = set;
  write.descriptorType = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER;
  write.descriptorCount = 1;
  for (VkDescriptorBufferInfo &buffer : arguments.buffers) {
    write.pBufferInfo = &buffer;
    vk.vkUpdateDescriptorSets(device, 1, &write, 0, nullptr);
    ++write.dstBinding;
  }
  return Status::success();
}

Status VulkanDevice::launch(const Launch &launch) {
  if (lost)
    return check("an earlier call", VK_ERROR_DEVICE_LOST);
  Arguments arguments;
  if (Status status = collect(launch, arguments))
    return Status::error("kernel '", launch.kernel, "': ", status.getText());
  if (Status status = checkGrid(launch))
    return Status::error("kernel '", launch.kernel, "': ", status.getText());
  Pipeline *pipeline;
  GROW_RETURN_IF_ERROR(getPipeline(launch, arguments, pipeline));
  GROW_RETURN_IF_ERROR(begin());
  VkDescriptorSet set;
  GROW_RETURN_IF_ERROR(writeSet(*pipeline, arguments, set));
  for (size_t i = 0; launch.kinds[i]; ++i)
    if (launch.kinds[i] == 'b')
      std::prev(buffers.upper_bound(launch.arguments[i]))->second.lastUse =
          current.number;
  addBarrier();
  VkCommandBuffer commands = current.commands;
  vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                       pipeline->handle);
  vk.vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                             pipeline->layout, 0, 1, &set, 0, nullptr);
  if (pipeline->words)
    vk.vkCmdPushConstants(commands, pipeline->layout,
                          VK_SHADER_STAGE_COMPUTE_BIT, 0, pipeline->words * 4,
                          arguments.words.data());
  vk.vkCmdDispatch(commands, launch.grid[0], launch.grid[1], launch.grid[2]);
  if (++current.launches < kLaunchesPerSubmission)
    return Status::success();
  return flush();
}

Status VulkanDevice::forgetKernels() {
  GROW_RETURN_IF_ERROR(finish());
  for (auto &[key, pipeline] : pipelines)
    destroy(pipeline);
  pipelines.clear();
  return Status::success();
}
