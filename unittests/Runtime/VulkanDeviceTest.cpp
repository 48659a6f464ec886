//===- VulkanDeviceTest.cpp - Kernels on a Vulkan device ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Runtime/Device.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "llvm/Support/FileSystem.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include <cstdlib>
#include <thread>

using namespace mlir;
using testing::AllOf;
using testing::HasSubstr;

namespace {

/// y[i] += a * x[i] for i < n, with the scalars (n, a).
constexpr char kAxpy[] = R"(
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
  spirv.GlobalVariable @id built_in("GlobalInvocationId") : !spirv.ptr<vector<3xi32>, Input>
  spirv.GlobalVariable @x bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
  spirv.GlobalVariable @y bind(0, 1) : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
  spirv.GlobalVariable @scalars : !spirv.ptr<!spirv.struct<(i32 [0], f32 [4])>, PushConstant>
  spirv.func @axpy() "None" {
    %zero = spirv.Constant 0 : i32
    %one = spirv.Constant 1 : i32
    %id_address = spirv.mlir.addressof @id : !spirv.ptr<vector<3xi32>, Input>
    %ids = spirv.Load "Input" %id_address : vector<3xi32>
    %i = spirv.CompositeExtract %ids[0 : i32] : vector<3xi32>
    %scalars = spirv.mlir.addressof @scalars : !spirv.ptr<!spirv.struct<(i32 [0], f32 [4])>, PushConstant>
    %n_address = spirv.AccessChain %scalars[%zero] : !spirv.ptr<!spirv.struct<(i32 [0], f32 [4])>, PushConstant>, i32 -> !spirv.ptr<i32, PushConstant>
    %n = spirv.Load "PushConstant" %n_address : i32
    %a_address = spirv.AccessChain %scalars[%one] : !spirv.ptr<!spirv.struct<(i32 [0], f32 [4])>, PushConstant>, i32 -> !spirv.ptr<f32, PushConstant>
    %a = spirv.Load "PushConstant" %a_address : f32
    %inside = spirv.ULessThan %i, %n : i32
    spirv.mlir.selection {
      spirv.BranchConditional %inside, ^then, ^end
    ^then:
      %x = spirv.mlir.addressof @x : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
      %y = spirv.mlir.addressof @y : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>
      %x_address = spirv.AccessChain %x[%zero, %i] : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
      %y_address = spirv.AccessChain %y[%zero, %i] : !spirv.ptr<!spirv.struct<(!spirv.rtarray<f32, stride=4> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<f32, StorageBuffer>
      %xi = spirv.Load "StorageBuffer" %x_address : f32
      %yi = spirv.Load "StorageBuffer" %y_address : f32
      %ax = spirv.FMul %a, %xi : f32
      %sum = spirv.FAdd %yi, %ax : f32
      spirv.Store "StorageBuffer" %y_address, %sum : f32
      spirv.Branch ^end
    ^end:
      spirv.mlir.merge
    }
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @axpy, @id
  spirv.ExecutionMode @axpy "LocalSize", SIZE, 1, 1
})";

/// Stores four words of scalars in a buffer.
constexpr char kWords[] = R"(
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [Shader], [SPV_KHR_storage_buffer_storage_class]> {
  spirv.GlobalVariable @out bind(0, 0) : !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xi32>, stride=16> [0])>, StorageBuffer>
  spirv.GlobalVariable @scalars : !spirv.ptr<!spirv.struct<(vector<4xi32> [0])>, PushConstant>
  spirv.func @words() "None" {
    %zero = spirv.Constant 0 : i32
    %scalars = spirv.mlir.addressof @scalars : !spirv.ptr<!spirv.struct<(vector<4xi32> [0])>, PushConstant>
    %from = spirv.AccessChain %scalars[%zero] : !spirv.ptr<!spirv.struct<(vector<4xi32> [0])>, PushConstant>, i32 -> !spirv.ptr<vector<4xi32>, PushConstant>
    %value = spirv.Load "PushConstant" %from : vector<4xi32>
    %out = spirv.mlir.addressof @out : !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xi32>, stride=16> [0])>, StorageBuffer>
    %to = spirv.AccessChain %out[%zero, %zero] : !spirv.ptr<!spirv.struct<(!spirv.rtarray<vector<4xi32>, stride=16> [0])>, StorageBuffer>, i32, i32 -> !spirv.ptr<vector<4xi32>, StorageBuffer>
    spirv.Store "StorageBuffer" %to, %value : vector<4xi32>
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @words
  spirv.ExecutionMode @words "LocalSize", 1, 1, 1
})";

/// Shares an array of SIZE words.
constexpr char kShared[] = R"(
spirv.module Logical GLSL450 requires #spirv.vce<v1.0, [CAPABILITY], []> {
  spirv.GlobalVariable @scratch : !spirv.ptr<!spirv.array<SIZE x f32>, Workgroup>
  spirv.func @shared() "None" {
    %zero = spirv.Constant 0 : i32
    %value = spirv.Constant 1.0 : f32
    %scratch = spirv.mlir.addressof @scratch : !spirv.ptr<!spirv.array<SIZE x f32>, Workgroup>
    %to = spirv.AccessChain %scratch[%zero] : !spirv.ptr<!spirv.array<SIZE x f32>, Workgroup>, i32 -> !spirv.ptr<f32, Workgroup>
    spirv.Store "Workgroup" %to, %value : f32
    spirv.Return
  }
  spirv.EntryPoint "GLCompute" @shared
  spirv.ExecutionMode @shared "LocalSize", 1, 1, 1
})";

using Words = SmallVector<uint32_t, 0>;

Words assemble(std::string text,
               std::vector<std::pair<std::string, std::string>> values = {}) {
  for (const auto &[name, value] : values)
    for (size_t at; (at = text.find(name)) != std::string::npos;)
      text.replace(at, name.size(), value);
  MLIRContext context;
  context.loadDialect<spirv::SPIRVDialect>();
  auto module = parseSourceString<spirv::ModuleOp>(text, &context);
  Words words;
  if (!module || failed(spirv::serialize(*module, words)))
    ADD_FAILURE() << "the kernel cannot be assembled";
  return words;
}

/// How the host reaches the device's memory, and whether calls are checked.
enum class Setting { Default, Staging, Validated };

class VulkanDeviceTest : public testing::TestWithParam<Setting> {
protected:
  void SetUp() override {
    if (GetParam() == Setting::Staging)
      setenv("GROW_VULKAN_STAGING", "1", 1);
    if (GetParam() == Setting::Validated) {
      if (!llvm::sys::fs::exists("/usr/share/vulkan/explicit_layer.d/"
                                 "VkLayer_khronos_validation.json"))
        GTEST_SKIP() << "the validation layer is not installed";
      setenv("VK_INSTANCE_LAYERS", "VK_LAYER_KHRONOS_validation", 1);
      testing::internal::CaptureStdout();
      capturing = true;
    }
    if (growDeviceOpen("vulkan", GROW_DEVICE_DEFAULT, &device))
      GTEST_SKIP() << growDeviceError();
    growDeviceDescribe(device, &info);
    growDeviceMakeCurrent(device);
  }

  void TearDown() override {
    growDeviceMakeCurrent(nullptr);
    growDeviceClose(device);
    unsetenv("GROW_VULKAN_STAGING");
    unsetenv("VK_INSTANCE_LAYERS");
    // What the layer has to say.
    if (capturing)
      EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  }

  uint64_t allocate(size_t count) {
    uint64_t address = 0;
    EXPECT_EQ(growDeviceAllocate(device, count * sizeof(float), &address), 0)
        << growDeviceError();
    return address;
  }
  uint64_t allocate(const std::vector<float> &values) {
    uint64_t address = allocate(values.size());
    write(address, values);
    return address;
  }
  void write(uint64_t address, const std::vector<float> &values) {
    EXPECT_EQ(growDeviceWrite(device, address, values.data(),
                              values.size() * sizeof(float)),
              0)
        << growDeviceError();
  }
  std::vector<float> read(uint64_t address, size_t count) {
    std::vector<float> values(count);
    EXPECT_EQ(
        growDeviceRead(device, values.data(), address, count * sizeof(float)),
        0)
        << growDeviceError();
    return values;
  }

  void launch(const Words &words, const char *kernel,
              const std::vector<uint64_t> &arguments, const char *kinds,
              std::vector<uint32_t> grid = {1, 1, 1}) {
    const uint32_t block[3] = {1, 1, 1};
    growDeviceLaunch(words.data(), words.size() * 4, kernel, grid.data(), block,
                     0, arguments.data(), kinds);
  }
  /// y += a * x over n entries.
  void axpy(uint64_t x, uint64_t y, uint32_t n, float a) {
    launch(axpyWords, "axpy", {x, y, n, llvm::bit_cast<uint32_t>(a)}, "bbww",
           {(n + 63) / 64, 1, 1});
  }
  std::string synchronizeError() {
    return growDeviceSynchronize(device) ? growDeviceError() : "";
  }

  Words axpyWords = assemble(kAxpy, {{"SIZE", "64"}});
  GrowDevice *device = nullptr;
  GrowDeviceInfo info{};
  bool capturing = false;
};

static std::string getName(const testing::TestParamInfo<Setting> &setting) {
  switch (setting.param) {
  case Setting::Default:
    return "Default";
  case Setting::Staging:
    return "Staging";
  case Setting::Validated:
    return "Validated";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(, VulkanDeviceTest,
                         testing::Values(Setting::Default, Setting::Staging,
                                         Setting::Validated),
                         getName);

TEST_P(VulkanDeviceTest, IsListed) {
  GrowDeviceInfo devices[16];
  uint32_t count;
  ASSERT_EQ(growDeviceList("vulkan", devices, 16, &count), 0);
  ASSERT_LT(info.index, count);
  EXPECT_STREQ(devices[info.index].name, info.name);
  EXPECT_GE(info.maxWorkgroupThreads, 128u);
  EXPECT_GE(info.maxSharedBytes, 16384u);
  EXPECT_GT(info.memoryBytes, 0u);
  EXPECT_STRNE(info.version, "");
}

TEST_P(VulkanDeviceTest, RunsKernels) {
  std::vector<float> xs, ys, expected;
  for (int i = 0; i < 1000; ++i) {
    xs.push_back(i);
    ys.push_back(1000 - i);
    expected.push_back(i < 999 ? 1000 + i : 1);
  }
  uint64_t x = allocate(xs), y = allocate(ys);
  EXPECT_EQ(x % 256, 0u);
  axpy(x, y, 999, 2);
  EXPECT_EQ(read(y, 1000), expected);
  EXPECT_EQ(read(x, 1000), xs);
}

TEST_P(VulkanDeviceTest, KeepsTheOrderOfLaunches) {
  // More than one command buffer; each launch needs the one before it.
  std::vector<float> ones(64, 1), twos(64, 2);
  uint64_t a = allocate(ones), b = allocate(ones);
  for (int i = 0; i < 100; ++i) {
    axpy(a, b, 64, 1);  // b += a
    axpy(b, a, 64, -1); // a -= b
  }
  // (a, b) -> (-b, a + b), which has a period of 6.
  EXPECT_EQ(read(a, 64), ones);
  EXPECT_EQ(read(b, 64), std::vector<float>(64, -2));
  write(a, twos);
  axpy(a, b, 64, 1);
  EXPECT_EQ(read(b, 64), std::vector<float>(64, 0));
}

TEST_P(VulkanDeviceTest, WritesBetweenLaunches) {
  uint64_t x = allocate(std::vector<float>(64, 1));
  uint64_t y = allocate(std::vector<float>(64, 0));
  for (float value : {1.0f, 10.0f, 100.0f}) {
    write(x, std::vector<float>(64, value));
    axpy(x, y, 64, 1);
  }
  EXPECT_EQ(read(y, 1), std::vector<float>{111});
}

TEST_P(VulkanDeviceTest, ReachesPartsOfBuffers) {
  uint64_t x = allocate(std::vector<float>(256, 1));
  write(x + 512, {5, 6, 7});
  axpy(x + 512, x, 3, 1);
  EXPECT_EQ(read(x, 4), (std::vector<float>{6, 7, 8, 1}));
  EXPECT_EQ(read(x + 516, 2), (std::vector<float>{6, 7}));
}

TEST_P(VulkanDeviceTest, MovesLargeBuffers) {
  // More than goes through the memory for copies at once.
  std::vector<float> values(12 << 20);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i % 65521);
  uint64_t x = allocate(values);
  EXPECT_EQ(read(x, values.size()), values);
}

TEST_P(VulkanDeviceTest, PassesWordsInOrder) {
  Words words = assemble(kWords);
  uint64_t out = allocate(4);
  launch(words, "words", {7, out, 0x123456789abcdef0, 0xffff00000000002a},
         "wblw");
  uint32_t values[4];
  ASSERT_EQ(growDeviceRead(device, values, out, sizeof(values)), 0);
  EXPECT_THAT(values, testing::ElementsAre(7, 0x9abcdef0, 0x12345678, 42));
}

TEST_P(VulkanDeviceTest, FreesWhatIsStillUsed) {
  uint64_t y = allocate(std::vector<float>(64, 0));
  for (int i = 0; i < 10; ++i) {
    uint64_t x = allocate(std::vector<float>(64, 1));
    axpy(x, y, 64, 1);
    ASSERT_EQ(growDeviceFree(device, x), 0);
  }
  EXPECT_EQ(read(y, 1), std::vector<float>{10});
}

TEST_P(VulkanDeviceTest, LendsMemoryAgain) {
  uint64_t first = growDeviceBorrow(1000);
  EXPECT_NE(first, 0u);
  growDeviceReturn(first);
  EXPECT_EQ(growDeviceBorrow(500), first);
  growDeviceReturn(first);
  uint64_t larger = growDeviceBorrow(5000);
  EXPECT_NE(larger, first);
  growDeviceReturn(larger);
  EXPECT_EQ(synchronizeError(), "");
}

TEST_P(VulkanDeviceTest, ServesSeveralThreads) {
  constexpr int kThreads = 4;
  std::vector<float> results(kThreads);
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&, i] {
      growDeviceMakeCurrent(device);
      uint64_t x = allocate(std::vector<float>(64, i + 1));
      uint64_t y = allocate(std::vector<float>(64, 0));
      for (int launches = 0; launches < 100; ++launches)
        axpy(x, y, 64, 1);
      results[i] = read(y, 1)[0];
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(results, (std::vector<float>{100, 200, 300, 400}));
}

TEST_P(VulkanDeviceTest, LoadsForgottenKernelsAgain) {
  uint64_t x = allocate(std::vector<float>(64, 1));
  axpy(x, x, 64, 1);
  ASSERT_EQ(growDeviceForgetKernels(device), 0);
  // Other code at the same place.
  axpyWords.assign(axpyWords.size(), 0);
  axpy(x, x, 64, 1);
  EXPECT_THAT(synchronizeError(), HasSubstr("not SPIR-V"));
  EXPECT_EQ(read(x, 1), std::vector<float>{2});
}

TEST_P(VulkanDeviceTest, SkipsEmptyGrids) {
  launch(axpyWords, "no such kernel", {}, "", {1, 0, 1});
  EXPECT_EQ(synchronizeError(), "");
}

TEST_P(VulkanDeviceTest, ReportsBadBinaries) {
  uint64_t x = allocate(64);
  launch({1, 2, 3, 4, 5, 6}, "axpy", {x, x, 1, 1}, "bbww");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("kernel 'axpy': not SPIR-V: expected the magic number "
                        "0x07230203"));
  Words cut = axpyWords;
  cut.resize(6);
  launch(cut, "axpy", {x, x, 1, 1}, "bbww");
  EXPECT_THAT(synchronizeError(), HasSubstr("damaged SPIR-V: the instruction "
                                            "at word"));
  Words newer = axpyWords;
  newer[1] = 0x10900;
  launch(newer, "axpy", {x, x, 1, 1}, "bbww");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("kernel 'axpy' is SPIR-V 1.9, but"),
                    HasSubstr("takes at most 1.")));
}

TEST_P(VulkanDeviceTest, ReportsMissingKernel) {
  uint64_t x = allocate(64);
  launch(axpyWords, "gemm", {x, x, 1, 1}, "bbww");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("there is no kernel 'gemm' in its SPIR-V"));
}

TEST_P(VulkanDeviceTest, ReportsTooFewBuffers) {
  uint64_t x = allocate(64);
  launch(axpyWords, "axpy", {x, 1, 1}, "bww");
  EXPECT_THAT(synchronizeError(), HasSubstr("kernel 'axpy' has 2 bindings in 1 "
                                            "descriptor sets, but is given 1 "
                                            "buffers"));
}

TEST_P(VulkanDeviceTest, ReportsOtherArgumentsThanBefore) {
  uint64_t x = allocate(64);
  axpy(x, x, 64, 0);
  launch(axpyWords, "axpy", {x, x, 1}, "bbw");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("kernel 'axpy' is given 2 buffers and 1 words, but "
                        "before it was 2 and 2"));
}

TEST_P(VulkanDeviceTest, ReportsUnknownCapabilities) {
  Words words = assemble(
      kShared, {{"SIZE", "16"}, {"CAPABILITY", "Shader, SparseResidency"}});
  launch(words, "shared", {}, "");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("kernel 'shared' needs the SPIR-V capability "
                              "number 41, which '"),
                    HasSubstr("use another device or --target=cpu")));
}

TEST_P(VulkanDeviceTest, ReportsTooMuchSharedMemory) {
  uint32_t words = info.maxSharedBytes / 4 + 1;
  Words code = assemble(
      kShared, {{"SIZE", std::to_string(words)}, {"CAPABILITY", "Shader"}});
  launch(code, "shared", {}, "");
  EXPECT_THAT(
      synchronizeError(),
      AllOf(HasSubstr("kernel 'shared' shares " + std::to_string(words * 4) +
                      " bytes in a workgroup"),
            HasSubstr("maxComputeSharedMemorySize")));
}

TEST_P(VulkanDeviceTest, ReportsTooManyThreads) {
  uint32_t threads = info.maxWorkgroupThreads + 1;
  Words code = assemble(kAxpy, {{"SIZE", std::to_string(threads)}});
  uint64_t x = allocate(64);
  launch(code, "axpy", {x, x, 1, 1}, "bbww");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("has workgroups of " + std::to_string(threads) +
                              " x 1 x 1 threads"),
                    HasSubstr("maxComputeWorkGroupInvocations")));
}

TEST_P(VulkanDeviceTest, ReportsTooManyWorkgroups) {
  if (info.maxWorkgroups[1] == UINT32_MAX)
    GTEST_SKIP() << "the device takes any number of workgroups";
  uint64_t x = allocate(64);
  uint32_t count = info.maxWorkgroups[1] + 1;
  launch(axpyWords, "axpy", {x, x, 1, 1}, "bbww", {1, count, 1});
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr(std::to_string(count) +
                              " workgroups along axis 1 are more than"),
                    HasSubstr("maxComputeWorkGroupCount")));
}

TEST_P(VulkanDeviceTest, ReportsTooLargeBuffers) {
  uint64_t address = 1;
  EXPECT_NE(growDeviceAllocate(device, info.maxBufferBytes + 1, &address), 0);
  EXPECT_EQ(address, 0u);
  EXPECT_THAT(
      std::string(growDeviceError()),
      AllOf(HasSubstr("a buffer of " + std::to_string(info.maxBufferBytes + 1) +
                      " bytes is more than kernels of '"),
            HasSubstr("maxStorageBufferRange")));
}

TEST_P(VulkanDeviceTest, ReportsUseAfterFree) {
  uint64_t x = allocate(64), y = allocate(64);
  ASSERT_EQ(growDeviceFree(device, x), 0);
  axpy(x, y, 64, 1);
  EXPECT_THAT(synchronizeError(),
              HasSubstr("kernel 'axpy': argument 0: address " +
                        std::to_string(x) +
                        " is in no buffer: it was never allocated, or is "
                        "freed"));
  float value = 0;
  EXPECT_NE(growDeviceRead(device, &value, x, 4), 0);
  EXPECT_NE(growDeviceWrite(device, x, &value, 4), 0);
  EXPECT_NE(growDeviceFree(device, x), 0);
  EXPECT_THAT(growDeviceError(), HasSubstr("or freed before"));
}

TEST_P(VulkanDeviceTest, ReportsCopiesBeyondTheEnd) {
  std::vector<float> values(128);
  uint64_t x = allocate(64);
  EXPECT_NE(growDeviceRead(device, values.data(), x, 512), 0);
  EXPECT_THAT(growDeviceError(), HasSubstr("do not fit into its buffer, which "
                                           "ends after 256"));
}

TEST_P(VulkanDeviceTest, ReportsTooManyScalars) {
  launch(axpyWords, "axpy", std::vector<uint64_t>(17),
         std::string(17, 'l').c_str());
  EXPECT_THAT(synchronizeError(),
              HasSubstr("scalars take 136 bytes: Vulkan guarantees 128"));
}

TEST_P(VulkanDeviceTest, ReportsOnlyTheFirstError) {
  uint64_t x = allocate(std::vector<float>(64, 1));
  launch(axpyWords, "first", {x, x, 1, 1}, "bbww");
  launch(axpyWords, "second", {x, x, 1, 1}, "bbww");
  axpy(x, x, 64, 1);
  EXPECT_THAT(synchronizeError(), HasSubstr("'first'"));
  EXPECT_EQ(synchronizeError(), "");
  EXPECT_EQ(read(x, 1), std::vector<float>{1});
}

class VulkanChoiceTest : public testing::Test {
protected:
  void TearDown() override {
    for (const char *variable : {"GROW_VULKAN_LIBRARY", "GROW_VULKAN_DEVICE",
                                 "VK_ICD_FILENAMES", "VK_DRIVER_FILES"})
      unsetenv(variable);
  }
  std::string openError(uint32_t index = GROW_DEVICE_DEFAULT) {
    GrowDevice *device;
    EXPECT_NE(growDeviceOpen("vulkan", index, &device), 0);
    EXPECT_EQ(device, nullptr);
    return growDeviceError();
  }
  bool hasVulkan() {
    uint32_t count;
    return !growDeviceList("vulkan", nullptr, 0, &count) && count;
  }
};

TEST_F(VulkanChoiceTest, ReportsMissingLoader) {
  if (!hasVulkan())
    GTEST_SKIP() << growDeviceError();
  setenv("GROW_VULKAN_LIBRARY", "/nonexistent/libvulkan.so", 1);
  EXPECT_THAT(openError(),
              AllOf(HasSubstr("/nonexistent/libvulkan.so: cannot open shared "
                              "object file"),
                    HasSubstr("(GROW_VULKAN_LIBRARY); "),
                    HasSubstr("install the Vulkan loader")));
}

TEST_F(VulkanChoiceTest, ReportsMissingDriver) {
  if (!hasVulkan())
    GTEST_SKIP() << growDeviceError();
  setenv("VK_ICD_FILENAMES", "/nonexistent/driver.json", 1);
  setenv("VK_DRIVER_FILES", "/nonexistent/driver.json", 1);
  EXPECT_THAT(openError(), AllOf(HasSubstr("vkCreateInstance failed with "
                                           "VK_ERROR_INCOMPATIBLE_DRIVER (-9)"),
                                 HasSubstr("install the driver")));
}

TEST_F(VulkanChoiceTest, ReportsWrongIndex) {
  if (!hasVulkan())
    GTEST_SKIP() << growDeviceError();
  EXPECT_THAT(openError(1000), HasSubstr("there is no Vulkan device 1000: "
                                         "expected an index below "));
  setenv("GROW_VULKAN_DEVICE", "1000", 1);
  EXPECT_THAT(openError(),
              HasSubstr("there is no Vulkan device 1000 (GROW_VULKAN_DEVICE)"));
}

} // namespace
