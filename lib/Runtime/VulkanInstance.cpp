//===- VulkanInstance.cpp - The Vulkan loader and its devices -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Vulkan.h"
#include <dlfcn.h>

using namespace grow::runtime;

static constexpr uint32_t kMinVersion = VK_API_VERSION_1_1;
static constexpr const char *kInstallAdvice =
    "install the driver of the GPU, or one that computes on the CPU (Debian: "
    "mesa-vulkan-drivers)";

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

static const char *getName(VkResult result) {
  switch (result) {
#define GROW_CASE(name)                                                        \
  case name:                                                                   \
    return #name
    GROW_CASE(VK_SUCCESS);
    GROW_CASE(VK_NOT_READY);
    GROW_CASE(VK_TIMEOUT);
    GROW_CASE(VK_INCOMPLETE);
    GROW_CASE(VK_ERROR_OUT_OF_HOST_MEMORY);
    GROW_CASE(VK_ERROR_OUT_OF_DEVICE_MEMORY);
    GROW_CASE(VK_ERROR_INITIALIZATION_FAILED);
    GROW_CASE(VK_ERROR_DEVICE_LOST);
    GROW_CASE(VK_ERROR_MEMORY_MAP_FAILED);
    GROW_CASE(VK_ERROR_LAYER_NOT_PRESENT);
    GROW_CASE(VK_ERROR_EXTENSION_NOT_PRESENT);
    GROW_CASE(VK_ERROR_FEATURE_NOT_PRESENT);
    GROW_CASE(VK_ERROR_INCOMPATIBLE_DRIVER);
    GROW_CASE(VK_ERROR_TOO_MANY_OBJECTS);
    GROW_CASE(VK_ERROR_FRAGMENTED_POOL);
    GROW_CASE(VK_ERROR_UNKNOWN);
    GROW_CASE(VK_ERROR_OUT_OF_POOL_MEMORY);
    GROW_CASE(VK_ERROR_FRAGMENTATION);
    GROW_CASE(VK_ERROR_INVALID_SHADER_NV);
#undef GROW_CASE
  default:
    return "a result that Vulkan 1.1 does not know";
  }
}

/// What the user can do about a failure.
static const char *getAdvice(VkResult result) {
  switch (result) {
  case VK_ERROR_OUT_OF_HOST_MEMORY:
    return "the machine is out of memory: end other programs, or use a smaller "
           "batch";
  case VK_ERROR_OUT_OF_DEVICE_MEMORY:
    return "the device is out of memory: end other programs that use it, or "
           "use a smaller batch, a shorter sequence or --target=cpu";
  case VK_ERROR_DEVICE_LOST:
    return "the device stopped, most often since a kernel ran too long or "
           "accessed memory that is not its own: run the program again; if it "
           "happens again, use --target=cpu and report it";
  case VK_ERROR_INCOMPATIBLE_DRIVER:
    return kInstallAdvice;
  case VK_ERROR_INITIALIZATION_FAILED:
    return "the driver could not start: see what `vulkaninfo` says";
  case VK_ERROR_LAYER_NOT_PRESENT:
    return "VK_INSTANCE_LAYERS names a layer that is not installed";
  case VK_ERROR_TOO_MANY_OBJECTS:
    return "end other programs that use the device";
  default:
    return "this points to a fault of the driver or of grow: update the "
           "driver, or use --target=cpu";
  }
}

Status grow::runtime::checkVulkan(const char *call, VkResult result) {
  if (result == VK_SUCCESS)
    return Status::success();
  return Status::error(call, " failed with ", ::getName(result), " (",
                       static_cast<int>(result), "): ", getAdvice(result));
}

static std::string formatVersion(uint32_t version) {
  return std::to_string(VK_API_VERSION_MAJOR(version)) + "." +
         std::to_string(VK_API_VERSION_MINOR(version)) + "." +
         std::to_string(VK_API_VERSION_PATCH(version));
}

//===----------------------------------------------------------------------===//
// Instance
//===----------------------------------------------------------------------===//

Status VulkanInstance::load() {
  void *library;
  GROW_RETURN_IF_ERROR(openLibrary(
      "GROW_VULKAN_LIBRARY", "libvulkan.so.1",
      "install the Vulkan loader (Debian: libvulkan1) and a driver", library));
  getInstanceProcAddr = reinterpret_cast<PFN_vkGetInstanceProcAddr>(
      dlsym(library, "vkGetInstanceProcAddr"));
  if (!getInstanceProcAddr)
    return Status::error("the Vulkan loader has no vkGetInstanceProcAddr: "
                         "GROW_VULKAN_LIBRARY must name libvulkan.so.1");
#define GROW_LOAD(name)                                                        \
  global.name =                                                                \
      reinterpret_cast<PFN_##name>(getInstanceProcAddr(nullptr, #name));       \
  if (!global.name)                                                            \
    return Status::error("the Vulkan loader has no " #name                     \
                         ": it is older than 1.1, update libvulkan1");
  GROW_VULKAN_GLOBAL_FUNCTIONS(GROW_LOAD)
#undef GROW_LOAD
  return Status::success();
}

Status VulkanInstance::createInstance() {
  uint32_t version = 0;
  GROW_RETURN_IF_ERROR(
      checkVulkan("vkEnumerateInstanceVersion",
                  global.vkEnumerateInstanceVersion(&version)));
  if (version < kMinVersion)
    return Status::error("the Vulkan loader is of version ",
                         formatVersion(version),
                         ": expected at least 1.1, update libvulkan1");
  VkApplicationInfo application{};
  application.sType = VK_STRUCTURE_TYPE_APPLICATION_INFO;
  application.pApplicationName = "grow";
  // The highest version of which anything is used; devices may offer less.
  application.apiVersion = VK_API_VERSION_1_3;
  VkInstanceCreateInfo create{};
  create.sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO;
  create.pApplicationInfo = &application;
  GROW_RETURN_IF_ERROR(
      checkVulkan("vkCreateInstance",
                  global.vkCreateInstance(&create, nullptr, &instance)));
#define GROW_LOAD(name)                                                        \
  vk.name =                                                                    \
      reinterpret_cast<PFN_##name>(getInstanceProcAddr(instance, #name));      \
  if (!vk.name)                                                                \
    return Status::error("the Vulkan loader has no " #name                     \
                         ": update libvulkan1");
  GROW_VULKAN_INSTANCE_FUNCTIONS(GROW_LOAD)
#undef GROW_LOAD
  return Status::success();
}

Status VulkanInstance::create(std::unique_ptr<VulkanInstance> &result) {
  std::unique_ptr<VulkanInstance> created(new VulkanInstance());
  GROW_RETURN_IF_ERROR(created->load());
  GROW_RETURN_IF_ERROR(created->createInstance());
  GROW_RETURN_IF_ERROR(created->findDevices());
  result = std::move(created);
  return Status::success();
}

VulkanInstance::~VulkanInstance() {
  if (instance && vk.vkDestroyInstance)
    vk.vkDestroyInstance(instance, nullptr);
}

//===----------------------------------------------------------------------===//
// Devices
//===----------------------------------------------------------------------===//

Status VulkanInstance::findDevices() {
  uint32_t count = 0;
  GROW_RETURN_IF_ERROR(
      checkVulkan("vkEnumeratePhysicalDevices",
                  vk.vkEnumeratePhysicalDevices(instance, &count, nullptr)));
  std::vector<VkPhysicalDevice> handles(count);
  VkResult result =
      vk.vkEnumeratePhysicalDevices(instance, &count, handles.data());
  // More devices may appear between the calls.
  if (result != VK_INCOMPLETE)
    GROW_RETURN_IF_ERROR(checkVulkan("vkEnumeratePhysicalDevices", result));
  for (uint32_t i = 0; i < count; ++i) {
    VulkanPhysicalDevice device;
    device.handle = handles[i];
    device.info.index = i;
    findQueue(device);
    findFeatures(device);
    describe(device);
    devices.push_back(std::move(device));
  }
  return Status::success();
}

void VulkanInstance::findQueue(VulkanPhysicalDevice &device) const {
  uint32_t count = 0;
  vk.vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count, nullptr);
  std::vector<VkQueueFamilyProperties> families(count);
  vk.vkGetPhysicalDeviceQueueFamilyProperties(device.handle, &count,
                                              families.data());
  for (uint32_t i = 0; i < count && !device.hasQueue; ++i) {
    device.hasQueue = families[i].queueFlags & VK_QUEUE_COMPUTE_BIT;
    device.queueFamily = i;
  }
}

std::set<std::string>
VulkanInstance::getExtensions(VkPhysicalDevice device) const {
  uint32_t count = 0;
  vk.vkEnumerateDeviceExtensionProperties(device, nullptr, &count, nullptr);
  std::vector<VkExtensionProperties> extensions(count);
  vk.vkEnumerateDeviceExtensionProperties(device, nullptr, &count,
                                          extensions.data());
  std::set<std::string> names;
  for (uint32_t i = 0; i < count; ++i)
    names.insert(extensions[i].extensionName);
  return names;
}

namespace {
/// Structs that Vulkan fills, linked from the first to the last.
class Chain {
public:
  template <typename Struct>
  void add(Struct &next, VkStructureType type) {
    next.sType = type;
    next.pNext = nullptr;
    if (last)
      last->pNext = reinterpret_cast<VkBaseOutStructure *>(&next);
    last = reinterpret_cast<VkBaseOutStructure *>(&next);
  }

private:
  VkBaseOutStructure *last = nullptr;
};
} // namespace

/// The capabilities that come with features of 16-bit and 8-bit numbers.
static void addNarrowTypes(VulkanPhysicalDevice &device) {
  auto add = [&](VkBool32 present, Capability capability) {
    if (present)
      device.capabilities.insert(capability);
  };
  add(device.storage16.storageBuffer16BitAccess,
      Capability::StorageBuffer16BitAccess);
  add(device.storage16.uniformAndStorageBuffer16BitAccess,
      Capability::UniformAndStorageBuffer16BitAccess);
  add(device.storage16.storagePushConstant16,
      Capability::StoragePushConstant16);
  add(device.storage8.storageBuffer8BitAccess,
      Capability::StorageBuffer8BitAccess);
  add(device.storage8.uniformAndStorageBuffer8BitAccess,
      Capability::UniformAndStorageBuffer8BitAccess);
  add(device.storage8.storagePushConstant8, Capability::StoragePushConstant8);
  add(device.float16Int8.shaderFloat16, Capability::Float16);
  add(device.float16Int8.shaderInt8, Capability::Int8);
}

static void addFloatControls(VulkanPhysicalDevice &device,
                             const VkPhysicalDeviceFloatControlsProperties &p) {
  // A capability is one for all widths. Kernels compute in f32 and, where the
  // device does, in f64.
  auto add = [&](VkBool32 in32, VkBool32 in64, Capability capability) {
    if (in32 && (in64 || !device.features.shaderFloat64))
      device.capabilities.insert(capability);
  };
  add(p.shaderDenormPreserveFloat32, p.shaderDenormPreserveFloat64,
      Capability::DenormPreserve);
  add(p.shaderDenormFlushToZeroFloat32, p.shaderDenormFlushToZeroFloat64,
      Capability::DenormFlushToZero);
  add(p.shaderSignedZeroInfNanPreserveFloat32,
      p.shaderSignedZeroInfNanPreserveFloat64,
      Capability::SignedZeroInfNanPreserve);
  add(p.shaderRoundingModeRTEFloat32, p.shaderRoundingModeRTEFloat64,
      Capability::RoundingModeRTE);
  add(p.shaderRoundingModeRTZFloat32, p.shaderRoundingModeRTZFloat64,
      Capability::RoundingModeRTZ);
}

static void addSubgroups(VulkanPhysicalDevice &device,
                         const VkPhysicalDeviceSubgroupProperties &subgroup) {
  if (!(subgroup.supportedStages & VK_SHADER_STAGE_COMPUTE_BIT))
    return;
  const std::pair<VkSubgroupFeatureFlagBits, Capability> operations[] = {
      {VK_SUBGROUP_FEATURE_BASIC_BIT, Capability::GroupNonUniform},
      {VK_SUBGROUP_FEATURE_VOTE_BIT, Capability::GroupNonUniformVote},
      {VK_SUBGROUP_FEATURE_ARITHMETIC_BIT,
       Capability::GroupNonUniformArithmetic},
      {VK_SUBGROUP_FEATURE_BALLOT_BIT, Capability::GroupNonUniformBallot},
      {VK_SUBGROUP_FEATURE_SHUFFLE_BIT, Capability::GroupNonUniformShuffle},
      {VK_SUBGROUP_FEATURE_SHUFFLE_RELATIVE_BIT,
       Capability::GroupNonUniformShuffleRelative},
      {VK_SUBGROUP_FEATURE_CLUSTERED_BIT, Capability::GroupNonUniformClustered},
      {VK_SUBGROUP_FEATURE_QUAD_BIT, Capability::GroupNonUniformQuad}};
  for (auto [operation, capability] : operations)
    if (subgroup.supportedOperations & operation)
      device.capabilities.insert(capability);
}

void VulkanInstance::findFeatures(VulkanPhysicalDevice &device) const {
  device.capabilities = {Capability::Matrix, Capability::Shader};
  VkPhysicalDeviceProperties2 properties{};
  properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2;
  vk.vkGetPhysicalDeviceProperties2(device.handle, &properties);
  device.properties = properties.properties;
  if (device.properties.apiVersion < kMinVersion)
    return;

  // Structs of later versions may only be passed where they are known.
  std::set<std::string> available = getExtensions(device.handle);
  bool is12 = device.properties.apiVersion >= VK_API_VERSION_1_2;
  auto has = [&](const char *extension) {
    if (is12)
      return true;
    if (!available.count(extension))
      return false;
    device.extensions.push_back(extension);
    return true;
  };
  bool hasStorage8 = has(VK_KHR_8BIT_STORAGE_EXTENSION_NAME);
  bool hasFloat16Int8 = has(VK_KHR_SHADER_FLOAT16_INT8_EXTENSION_NAME);
  bool hasFloatControls = has(VK_KHR_SHADER_FLOAT_CONTROLS_EXTENSION_NAME);
  readFeatures(device, hasStorage8, hasFloat16Int8);
  readProperties(device, hasFloatControls, /*hasDriver=*/is12);
}

void VulkanInstance::readFeatures(VulkanPhysicalDevice &device,
                                  bool hasStorage8, bool hasFloat16Int8) const {
  Chain features;
  VkPhysicalDeviceFeatures2 core{};
  features.add(core, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2);
  features.add(device.storage16,
               VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_16BIT_STORAGE_FEATURES);
  features.add(device.variablePointers,
               VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VARIABLE_POINTERS_FEATURES);
  if (hasStorage8)
    features.add(device.storage8,
                 VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_8BIT_STORAGE_FEATURES);
  if (hasFloat16Int8)
    features.add(
        device.float16Int8,
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_FLOAT16_INT8_FEATURES);
  vk.vkGetPhysicalDeviceFeatures2(device.handle, &core);
  // Of the other features none is used.
  device.features.shaderInt64 = core.features.shaderInt64;
  device.features.shaderFloat64 = core.features.shaderFloat64;
  device.features.shaderInt16 = core.features.shaderInt16;
  if (device.features.shaderInt64)
    device.capabilities.insert(Capability::Int64);
  if (device.features.shaderFloat64)
    device.capabilities.insert(Capability::Float64);
  if (device.features.shaderInt16)
    device.capabilities.insert(Capability::Int16);
  if (device.variablePointers.variablePointersStorageBuffer)
    device.capabilities.insert(Capability::VariablePointersStorageBuffer);
  if (device.variablePointers.variablePointers)
    device.capabilities.insert(Capability::VariablePointers);
  addNarrowTypes(device);
}

void VulkanInstance::readProperties(VulkanPhysicalDevice &device,
                                    bool hasFloatControls,
                                    bool hasDriver) const {
  Chain chain;
  VkPhysicalDeviceProperties2 properties{};
  VkPhysicalDeviceMaintenance3Properties maintenance{};
  VkPhysicalDeviceSubgroupProperties subgroup{};
  VkPhysicalDeviceFloatControlsProperties floatControls{};
  VkPhysicalDeviceDriverProperties driver{};
  chain.add(properties, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2);
  chain.add(maintenance,
            VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES);
  chain.add(subgroup, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES);
  if (hasFloatControls)
    chain.add(floatControls,
              VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FLOAT_CONTROLS_PROPERTIES);
  if (hasDriver)
    chain.add(driver, VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES);
  vk.vkGetPhysicalDeviceProperties2(device.handle, &properties);
  device.maxAllocationBytes = maintenance.maxMemoryAllocationSize;
  device.info.subgroupThreads = subgroup.subgroupSize;
  addSubgroups(device, subgroup);
  if (hasFloatControls)
    addFloatControls(device, floatControls);
  if (hasDriver)
    setText(device.info.driver,
            std::string(driver.driverName) + " " + driver.driverInfo);
}

static const char *getType(VkPhysicalDeviceType type) {
  switch (type) {
  case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU:
    return "integrated";
  case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU:
    return "discrete";
  case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU:
    return "virtual";
  case VK_PHYSICAL_DEVICE_TYPE_CPU:
    return "cpu";
  default:
    return "other";
  }
}

static std::string listFeatures(const std::set<Capability> &capabilities) {
  const std::pair<Capability, const char *> names[] = {
      {Capability::Int64, "int64"},
      {Capability::Float64, "float64"},
      {Capability::Int16, "int16"},
      {Capability::Float16, "float16"},
      {Capability::StorageBuffer16BitAccess, "storage16"},
      {Capability::Int8, "int8"},
      {Capability::StorageBuffer8BitAccess, "storage8"},
      {Capability::RoundingModeRTE, "rounding"},
      {Capability::SignedZeroInfNanPreserve, "signed_zeros"},
      {Capability::DenormPreserve, "denormals"}};
  std::string text;
  for (auto [capability, name] : names)
    if (capabilities.count(capability))
      text += std::string(text.empty() ? "" : " ") + name;
  return text;
}

void VulkanInstance::describe(VulkanPhysicalDevice &device) const {
  GrowDeviceInfo &info = device.info;
  const VkPhysicalDeviceLimits &limits = device.properties.limits;
  setText(info.kind, "vulkan");
  setText(info.name, device.properties.deviceName);
  if (!info.driver[0])
    setText(info.driver,
            "version " + std::to_string(device.properties.driverVersion));
  setText(info.version, formatVersion(device.properties.apiVersion));
  setText(info.type, getType(device.properties.deviceType));
  vk.vkGetPhysicalDeviceMemoryProperties(device.handle, &device.memory);
  for (uint32_t i = 0; i < device.memory.memoryHeapCount; ++i)
    if (device.memory.memoryHeaps[i].flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT)
      info.memoryBytes += device.memory.memoryHeaps[i].size;
  info.maxBufferBytes = limits.maxStorageBufferRange;
  info.maxSharedBytes = limits.maxComputeSharedMemorySize;
  info.maxWorkgroupThreads = limits.maxComputeWorkGroupInvocations;
  for (unsigned i = 0; i < 3; ++i)
    info.maxWorkgroups[i] = limits.maxComputeWorkGroupCount[i];
  setText(info.features, listFeatures(device.capabilities));
}

Status grow::runtime::checkVulkan() { return Status::success(); }

Status grow::runtime::listVulkan(std::vector<GrowDeviceInfo> &devices) {
  std::unique_ptr<VulkanInstance> instance;
  GROW_RETURN_IF_ERROR(VulkanInstance::create(instance));
  for (const VulkanPhysicalDevice &device : instance->getDevices())
    devices.push_back(device.info);
  return Status::success();
}
