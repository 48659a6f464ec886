//===- DeviceTest.cpp - Compiled code on a device -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Comparison.h"
#include "grow/Execution/CompiledModel.h"
#include "grow/Execution/ModelObject.h"
#include "grow/InitAll.h"
#include "mlir/Parser/Parser.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;
using testing::HasSubstr;

namespace {

/// Code for a Vulkan device, beside the same for the CPU.
class DeviceTest : public testing::Test {
protected:
  DeviceTest() {
    DialectRegistry registry;
    grow::registerAllDialects(registry);
    registerCompilation(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
  }

  void SetUp() override {
    llvm::Expected<std::shared_ptr<Device>> opened =
        Device::open(Target::Vulkan);
    if (!opened)
      GTEST_SKIP() << llvm::toString(opened.takeError());
    options.device = *opened;
  }

  FailureOr<CompiledModule> compile(StringRef text) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    return CompiledModule::compile(*module, options);
  }

  /// The tensor 0, 1, 2, ... of f32.
  HostTensor count(ArrayRef<int64_t> shape) {
    HostTensor tensor = HostTensor::allocate(
        RankedTensorType::get(shape, Builder(&context).getF32Type()));
    auto *entries = reinterpret_cast<float *>(tensor.getBytes().data());
    for (int64_t i = 0; i < tensor.getType().getNumElements(); ++i)
      entries[i] = static_cast<float>(i);
    return tensor;
  }

  MLIRContext context;
  CompileOptions options;
};

constexpr char kDouble[] =
    R"(func.func @double(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
      %y = arith.addf %x, %x : tensor<?x3xf32>
      return %y : tensor<?x3xf32>
    })";

TEST_F(DeviceTest, CopiesArgumentsAndResults) {
  auto module = compile(kDouble);
  ASSERT_TRUE(succeeded(module));
  CompiledFunction twice = module->lookup("double");
  for (int64_t rows : {1, 50, 7}) {
    HostTensor x = count({rows, 3});
    auto y = twice({TensorView(x)});
    ASSERT_TRUE(static_cast<bool>(y)) << llvm::toString(y.takeError());
    ASSERT_EQ(y->getType(), x.getType());
    for (int64_t i = 0; i < 3 * rows; ++i)
      EXPECT_EQ(y->at(i), 2 * i);
  }
}

TEST_F(DeviceTest, KeepsTensorsOnTheDevice) {
  auto module = compile(kDouble);
  ASSERT_TRUE(succeeded(module));
  CompiledFunction twice = module->lookup("double");
  HostTensor x = count({4, 3});
  auto once = options.device->upload(x);
  ASSERT_TRUE(static_cast<bool>(once));
  auto doubled = twice.callOnDevice({DeviceView(*once)});
  ASSERT_TRUE(static_cast<bool>(doubled));
  auto y = twice({DeviceView(*doubled)});
  ASSERT_TRUE(static_cast<bool>(y));
  EXPECT_EQ(y->at(11), 44);
  auto unchanged = options.device->download(*once);
  ASSERT_TRUE(static_cast<bool>(unchanged));
  EXPECT_EQ(unchanged->at(11), 11);
}

TEST_F(DeviceTest, OutlivesModules) {
  HostTensor x = count({1, 3});
  for (int i = 0; i < 3; ++i) {
    // Likely at the same place in memory as the one before.
    auto module = compile(i % 2 ? StringRef(kDouble) : StringRef(R"(
        func.func @double(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
          %y = arith.mulf %x, %x : tensor<?x3xf32>
          return %y : tensor<?x3xf32>
        })"));
    ASSERT_TRUE(succeeded(module));
    auto y = module->lookup("double")({TensorView(x)});
    ASSERT_TRUE(static_cast<bool>(y)) << llvm::toString(y.takeError());
    EXPECT_EQ(y->at(2), 4);
    EXPECT_EQ(y->at(1), i % 2 ? 2 : 1);
  }
}

TEST_F(DeviceTest, ReportsTooLargeTensors) {
  auto module = compile(kDouble);
  ASSERT_TRUE(succeeded(module));
  uint64_t bytes = options.device->getInfo().maxBufferBytes + 1;
  if (bytes > 1u << 30)
    GTEST_SKIP() << "the device takes tensors of any size";
  HostTensor x = HostTensor::allocate(
      RankedTensorType::get({static_cast<int64_t>(bytes / 12 + 1), 3},
                            Builder(&context).getF32Type()));
  auto y = module->lookup("double")({TensorView(x)});
  ASSERT_FALSE(static_cast<bool>(y));
  EXPECT_THAT(llvm::toString(y.takeError()),
              HasSubstr("maxStorageBufferRange"));
  // The next call is none the worse for it.
  HostTensor small = count({1, 3});
  auto next = module->lookup("double")({TensorView(small)});
  EXPECT_TRUE(static_cast<bool>(next)) << llvm::toString(next.takeError());
}

/// The logits of random tokens and parameters.
static HostTensor runModel(ModuleOp model, const CompileOptions &options) {
  auto compiled = CompiledModel::compile(model, options);
  auto parameters = drawParameters(model, /*seed=*/1);
  TokenBatch tokens{{1, 5, 2, 7, 3, 0, 4, 6}, 2, 4};
  if (failed(compiled) || failed(parameters)) {
    ADD_FAILURE() << "the model cannot be compiled";
    return HostTensor();
  }
  llvm::cantFail(compiled->bind(*parameters));
  auto first = compiled->run(tokens);
  auto second = compiled->run(tokens);
  if (!first || !second) {
    ADD_FAILURE() << llvm::toString(
        llvm::joinErrors(first.takeError(), second.takeError()));
    return HostTensor();
  }
  EXPECT_EQ(ArrayRef<char>(first->getBytes()),
            ArrayRef<char>(second->getBytes()));
  return std::move(*first);
}

/// Both computed with the same order of sums; `exp` of attention and functions
/// such as `rsqrt` are the device's.
TEST_F(DeviceTest, RunsALlamaAsTheCPUDoes) {
  auto model = parseSourceFile<ModuleOp>(GROW_EXAMPLES "/decoder.mlir",
                                         ParserConfig(&context));
  ASSERT_TRUE(model);
  HostTensor expected = runModel(*model, CompileOptions());
  HostTensor actual = runModel(*model, options);
  ASSERT_TRUE(expected.getType() && actual.getType());
  auto comparison = compareLogits(expected, actual);
  ASSERT_TRUE(static_cast<bool>(comparison));
  EXPECT_TRUE(comparison->finite);
  EXPECT_LE(comparison->maxRel, 2e-6);
}

/// A device runs code for the newest chip that has no more than itself.
TEST(CUDAChipTest, IsWhatTheDeviceHas) {
  auto getChip = [](uint32_t capability, uint32_t kilobytes) {
    GrowDeviceInfo info = {};
    info.computeCapability = capability;
    info.maxSharedBytes = kilobytes << 10;
    return getCUDAChip(info);
  };
  EXPECT_EQ(getChip(80, 163), "sm_80");
  EXPECT_EQ(getChip(86, 99), "sm_86");
  EXPECT_EQ(getChip(89, 99), "sm_89");
  // Hopper's own instructions run on nothing later.
  EXPECT_EQ(getChip(90, 227), "sm_90a");
  EXPECT_EQ(getChip(100, 227), "sm_90");
  // Of the capabilities in between, this one has the least memory.
  EXPECT_EQ(getChip(120, 99), "sm_89");
}

} // namespace
