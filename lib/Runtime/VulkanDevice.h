//===- VulkanDevice.h - Memory and kernels of a Vulkan device ---*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_VULKANDEVICE_H
#define GROW_LIB_RUNTIME_VULKANDEVICE_H

#include "Vulkan.h"
#include <deque>

namespace grow::runtime {

/// A device that Vulkan's driver offers, and what of it is in use.
class VulkanDevice : public Backend {
public:
  static Status open(std::unique_ptr<VulkanInstance> instance, uint32_t index,
                     std::unique_ptr<Backend> &backend);
  ~VulkanDevice() override;

  Status allocate(uint64_t bytes, uint64_t &address) override;
  Status free(uint64_t address) override;
  Status write(uint64_t address, const void *from, uint64_t bytes) override;
  Status read(void *to, uint64_t address, uint64_t bytes) override;
  Status synchronize() override;
  Status launch(const Launch &launch) override;
  Status forgetKernels() override;

private:
  /// A buffer with memory of its own.
  struct Buffer {
    VkBuffer handle = VK_NULL_HANDLE;
    VkDeviceMemory memory = VK_NULL_HANDLE;
    uint64_t bytes = 0;
    /// Where the host sees it; null if it does not.
    char *mapped = nullptr;
    /// The last submission that uses it.
    uint64_t lastUse = 0;
  };

  /// A kernel that is ready to run.
  struct Pipeline {
    VkPipeline handle = VK_NULL_HANDLE;
    VkPipelineLayout layout = VK_NULL_HANDLE;
    VkDescriptorSetLayout setLayout = VK_NULL_HANDLE;
    uint32_t buffers = 0;
    uint32_t words = 0;
  };

  /// Commands that go to the device together, and what must live as long.
  struct Submission {
    VkCommandBuffer commands = VK_NULL_HANDLE;
    VkFence fence = VK_NULL_HANDLE;
    uint64_t number = 0;
    unsigned launches = 0;
    std::vector<VkDescriptorPool> pools;
    uint32_t usedPools = 0;
    std::vector<Buffer> garbage;
  };

  /// The arguments of a launch, as Vulkan takes them.
  struct Arguments {
    std::vector<VkDescriptorBufferInfo> buffers;
    std::vector<uint32_t> words;
  };

  VulkanDevice(std::unique_ptr<VulkanInstance> owner, uint32_t index);

  Status createDevice();
  Status loadFunctions();
  Status createPool();

  Status check(const char *call, VkResult result);
  std::string getDeviceName() const { return physical.info.name; }

  // Memory.
  Status createBuffer(uint64_t bytes, bool forHost, Buffer &buffer);
  Status bindMemory(uint64_t bytes, bool forHost, Buffer &buffer);
  uint32_t findMemoryType(uint32_t allowed, bool forHost) const;
  void destroy(Buffer &buffer);
  Status find(uint64_t address, uint64_t bytes, Buffer *&buffer,
              uint64_t &offset);
  Status getStaging();

  // Commands.
  Status begin();
  Status beginCommands(Submission &submission);
  Status flush();
  Status finish();
  void recycle(Submission submission);
  void addBarrier();
  Status copy(VkBuffer from, uint64_t fromOffset, VkBuffer to,
              uint64_t toOffset, uint64_t bytes);

  // Kernels.
  Status getPipeline(const Launch &launch, const Arguments &arguments,
                     Pipeline *&pipeline);
  Status checkModule(const Launch &launch, const Arguments &arguments);
  Status checkWorkgroup(const SPIRVModule &module, const char *kernel);
  Status createPipeline(const Launch &launch, Pipeline &pipeline);
  Status createLayouts(Pipeline &pipeline);
  void destroy(Pipeline &pipeline);
  Status collect(const Launch &launch, Arguments &arguments);
  Status addBuffer(uint64_t address, size_t argument, Arguments &arguments);
  Status checkGrid(const Launch &launch) const;
  Status addPool();
  Status getSet(const Pipeline &pipeline, VkDescriptorSet &set);
  Status writeSet(const Pipeline &pipeline, Arguments &arguments,
                  VkDescriptorSet &set);

  std::unique_ptr<VulkanInstance> instance;
  const VulkanPhysicalDevice &physical;
  const VkPhysicalDeviceLimits &limits;
  const bool sharesMemory;
  VulkanDeviceFunctions vk;
  VkDevice device = VK_NULL_HANDLE;
  VkQueue queue = VK_NULL_HANDLE;
  VkCommandPool commandPool = VK_NULL_HANDLE;
  bool lost = false;

  /// Between two allocations, so that an address past one is in no other.
  static constexpr uint64_t kGap = 1 << 20;
  /// By address. Addresses are never used twice.
  std::map<uint64_t, Buffer> buffers;
  uint64_t nextAddress = kGap;
  Buffer staging;
  /// How much of `staging` commands use that are not finished.
  uint64_t stagingUsed = 0;

  /// What is being recorded, if `number` is not 0.
  Submission current;
  std::deque<Submission> inFlight;
  std::vector<Submission> idle;
  uint64_t submissions = 0;
  uint64_t finished = 0;

  std::map<std::pair<const void *, std::string>, Pipeline> pipelines;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_VULKANDEVICE_H
