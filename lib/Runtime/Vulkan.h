//===- Vulkan.h - The Vulkan loader and its devices -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_VULKAN_H
#define GROW_LIB_RUNTIME_VULKAN_H

#define VK_NO_PROTOTYPES
#include "SPIRV.h"
#include <set>
#include <vulkan/vulkan_core.h>

namespace grow::runtime {

/// Functions that need no instance.
#define GROW_VULKAN_GLOBAL_FUNCTIONS(X)                                        \
  X(vkCreateInstance)                                                          \
  X(vkEnumerateInstanceVersion)

#define GROW_VULKAN_INSTANCE_FUNCTIONS(X)                                      \
  X(vkCreateDevice)                                                            \
  X(vkDestroyInstance)                                                         \
  X(vkEnumerateDeviceExtensionProperties)                                      \
  X(vkEnumeratePhysicalDevices)                                                \
  X(vkGetDeviceProcAddr)                                                       \
  X(vkGetPhysicalDeviceFeatures2)                                              \
  X(vkGetPhysicalDeviceMemoryProperties)                                       \
  X(vkGetPhysicalDeviceProperties2)                                            \
  X(vkGetPhysicalDeviceQueueFamilyProperties)

#define GROW_VULKAN_DEVICE_FUNCTIONS(X)                                        \
  X(vkAllocateCommandBuffers)                                                  \
  X(vkAllocateDescriptorSets)                                                  \
  X(vkAllocateMemory)                                                          \
  X(vkBeginCommandBuffer)                                                      \
  X(vkBindBufferMemory)                                                        \
  X(vkCmdBindDescriptorSets)                                                   \
  X(vkCmdBindPipeline)                                                         \
  X(vkCmdCopyBuffer)                                                           \
  X(vkCmdDispatch)                                                             \
  X(vkCmdPipelineBarrier)                                                      \
  X(vkCmdPushConstants)                                                        \
  X(vkCreateBuffer)                                                            \
  X(vkCreateCommandPool)                                                       \
  X(vkCreateComputePipelines)                                                  \
  X(vkCreateDescriptorPool)                                                    \
  X(vkCreateDescriptorSetLayout)                                               \
  X(vkCreateFence)                                                             \
  X(vkCreatePipelineLayout)                                                    \
  X(vkCreateShaderModule)                                                      \
  X(vkDestroyBuffer)                                                           \
  X(vkDestroyCommandPool)                                                      \
  X(vkDestroyDescriptorPool)                                                   \
  X(vkDestroyDescriptorSetLayout)                                              \
  X(vkDestroyDevice)                                                           \
  X(vkDestroyFence)                                                            \
  X(vkDestroyPipeline)                                                         \
  X(vkDestroyPipelineLayout)                                                   \
  X(vkDestroyShaderModule)                                                     \
  X(vkDeviceWaitIdle)                                                          \
  X(vkEndCommandBuffer)                                                        \
  X(vkFreeMemory)                                                              \
  X(vkGetBufferMemoryRequirements)                                             \
  X(vkGetDeviceQueue)                                                          \
  X(vkGetFenceStatus)                                                          \
  X(vkMapMemory)                                                               \
  X(vkQueueSubmit)                                                             \
  X(vkResetCommandBuffer)                                                      \
  X(vkResetDescriptorPool)                                                     \
  X(vkResetFences)                                                             \
  X(vkUpdateDescriptorSets)                                                    \
  X(vkWaitForFences)

/// Pointers to the driver's functions, under their names.
struct VulkanGlobalFunctions {
#define GROW_DECLARE(name) PFN_##name name = nullptr;
  GROW_VULKAN_GLOBAL_FUNCTIONS(GROW_DECLARE)
};
struct VulkanInstanceFunctions {
  GROW_VULKAN_INSTANCE_FUNCTIONS(GROW_DECLARE)
};
struct VulkanDeviceFunctions {
  GROW_VULKAN_DEVICE_FUNCTIONS(GROW_DECLARE)
#undef GROW_DECLARE
};

/// An error unless `result` is VK_SUCCESS: names the call, the result, and what
/// to do.
Status checkVulkan(const char *call, VkResult result);

/// What a device can do.
struct VulkanPhysicalDevice {
  VkPhysicalDevice handle = VK_NULL_HANDLE;
  VkPhysicalDeviceProperties properties{};
  VkPhysicalDeviceMemoryProperties memory{};
  uint64_t maxAllocationBytes = 0;
  /// The first family of queues that computes.
  bool hasQueue = false;
  uint32_t queueFamily = 0;
  /// What kernels may use, and what must be enabled for that.
  std::set<Capability> capabilities;
  std::vector<const char *> extensions;
  VkPhysicalDeviceFeatures features{};
  VkPhysicalDevice16BitStorageFeatures storage16{};
  VkPhysicalDevice8BitStorageFeatures storage8{};
  VkPhysicalDeviceShaderFloat16Int8Features float16Int8{};
  VkPhysicalDeviceVariablePointersFeatures variablePointers{};

  GrowDeviceInfo info{};
};

/// The loader, and the devices that its drivers offer.
class VulkanInstance {
public:
  static Status create(std::unique_ptr<VulkanInstance> &instance);
  ~VulkanInstance();

  const std::vector<VulkanPhysicalDevice> &getDevices() const {
    return devices;
  }

  VulkanInstanceFunctions vk;

private:
  VulkanInstance() = default;
  Status load();
  Status createInstance();
  Status findDevices();
  void describe(VulkanPhysicalDevice &device) const;
  void findQueue(VulkanPhysicalDevice &device) const;
  std::set<std::string> getExtensions(VkPhysicalDevice device) const;
  void findFeatures(VulkanPhysicalDevice &device) const;
  void readFeatures(VulkanPhysicalDevice &device, bool hasStorage8,
                    bool hasFloat16Int8) const;
  void readProperties(VulkanPhysicalDevice &device, bool hasFloatControls,
                      bool hasDriver) const;

  PFN_vkGetInstanceProcAddr getInstanceProcAddr = nullptr;
  VulkanGlobalFunctions global;
  VkInstance instance = VK_NULL_HANDLE;
  std::vector<VulkanPhysicalDevice> devices;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_VULKAN_H
