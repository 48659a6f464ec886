//===- VulkanDevice.cpp - Memory and kernels of a Vulkan device -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vulkan.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <deque>

using namespace grow::runtime;

namespace {

/// Addresses are multiples of this; so are sizes, hence those of copies.
constexpr uint64_t kAlignment = 256;
/// Between two allocations, so that an address past one is in no other.
constexpr uint64_t kGap = 1 << 20;
/// Memory through which the host reaches memory that it cannot map.
constexpr uint64_t kStagingBytes = 32 << 20;
/// A command buffer with that many launches goes to the device, which begins
/// while the host goes on.
constexpr unsigned kLaunchesPerSubmission = 64;
/// What each device is guaranteed to take.
constexpr uint32_t kMaxPushWords = 32;
constexpr uint32_t kSetsPerPool = 64;
constexpr uint32_t kBuffersPerPool = 512;

uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

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

/// Whether the host reaches the device's memory as fast as its own, so that
/// tensors need not be copied twice. Tests ask for copies to see that they
/// work.
bool sharesMemoryWithHost(const VulkanPhysicalDevice &device) {
  VkPhysicalDeviceType type = device.properties.deviceType;
  return (type == VK_PHYSICAL_DEVICE_TYPE_CPU ||
          type == VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU) &&
         !std::getenv("GROW_VULKAN_STAGING");
}

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
  VulkanDevice(std::unique_ptr<VulkanInstance> owner, uint32_t index)
      : instance(std::move(owner)), physical(instance->getDevices()[index]),
        limits(physical.properties.limits),
        sharesMemory(sharesMemoryWithHost(physical)) {}

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

} // namespace

//===----------------------------------------------------------------------===//
// Device
//===----------------------------------------------------------------------===//

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
// Memory
//===----------------------------------------------------------------------===//

uint32_t VulkanDevice::findMemoryType(uint32_t allowed, bool forHost) const {
  constexpr VkMemoryPropertyFlags kHost = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                          VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
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
  constexpr VkMemoryPropertyFlags kHost = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                          VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
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
// Kernels
//===----------------------------------------------------------------------===//

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
