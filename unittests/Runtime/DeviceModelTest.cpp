//===- DeviceModelTest.cpp - Compiled models on a device ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCUDATest.h"
#include "Safetensors.h"
#include "grow/Runtime/Device.h"
#include "grow/Runtime/Model.h"
#include "gmock/gmock.h"
#include <cstring>

using testing::HasSubstr;
using testing::Not;

namespace {

constexpr char kCode[] = ".version 8.0\n.visible .entry axpy()\n"
                         ".visible .entry addToRows()\n";

void launch(const char *kernel, std::vector<uint64_t> arguments,
            const char *kinds) {
  const uint32_t one[3] = {1, 1, 1};
  growDeviceLaunch(kCode, sizeof(kCode) - 1, kernel, one, one, 0,
                   arguments.data(), kinds);
}

/// y += a x
void axpy(float a, uint64_t x, uint64_t y, uint64_t n) {
  uint32_t bits;
  std::memcpy(&bits, &a, sizeof(bits));
  launch("axpy", {x, y, n, bits}, "bblw");
}

/// Adds x of two entries to all rows of y.
void addToRows(uint64_t x, uint64_t y, uint64_t rows) {
  launch("addToRows", {x, y, 2, rows}, "bbll");
}

// The functions of a model of images of two pixels: the logits are the pixels,
// the parameter `bias`, and twice the parameter `weight`.
unsigned forwardCalls = 0;
void forward(uint64_t *slots) {
  ++forwardCalls;
  uint64_t images = slots[0], batch = slots[1], bias = slots[2],
           doubled = slots[3], logits = slots[4];
  axpy(-1, logits, logits, 2 * batch); // Zeros.
  axpy(1, images, logits, 2 * batch);
  addToRows(bias, logits, batch);
  addToRows(doubled, logits, batch);
}
void doubleWeight(uint64_t *slots) {
  axpy(-1, slots[1], slots[1], 2);
  axpy(2, slots[0], slots[1], 2);
}
/// Of a model of tokens, whose logits are the parameters' for each.
void forwardTokens(uint64_t *slots) {
  ++forwardCalls;
  uint64_t tokens = slots[1] * slots[2], bias = slots[3], doubled = slots[4],
           logits = slots[5];
  axpy(-1, logits, logits, 2 * tokens);
  addToRows(bias, logits, tokens);
  addToRows(doubled, logits, tokens);
}

constexpr char kManifest[] = R"({
  "version": 1, "name": "m",
  "target": {"kind": "cuda", "chip": "sm_80",
             "host": {"triple": "", "chip": "", "features": []}},
  "input": {"dtype": "F32", "shape": [null, 1, 1, 2]},
  "logits": {"dtype": "F32", "shape": [null, 1, 2]},
  "limits": {"vocabulary": 2}, "functions": ["forward", "double"], "forward": 0,
  "parameters": [{"name": "bias", "dtype": "F32", "shape": [2]},
                 {"name": "weight", "dtype": "F32", "shape": [2]}],
  "arguments": [{"parameters": [0]},
                {"function": 1, "parameters": [1], "dtype": "F32",
                 "shape": [2]}]})";

class DeviceModelTest : public FakeCUDATest {
protected:
  void SetUp() override {
    FakeCUDATest::SetUp();
    forwardCalls = 0;
    checkpoint.write(
        R"({"bias": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
            "weight": {"dtype": "F32", "shape": [2], "data_offsets": [8, 16]}})",
        std::vector<float>{1, 2, 10, 20});
  }

  void TearDown() override {
    growModelClose(model);
    FakeCUDATest::TearDown();
  }

  /// Makes it a model of tokens.
  void readTokens() {
    functions[0] = forwardTokens;
    for (auto [part, other] : {std::pair("\"F32\", \"shape\": [null, 1, 1, 2]",
                                         "\"I64\", \"shape\": [null, null]"),
                               {"[null, 1, 2]", "[null, null, 2]"}}) {
      size_t place = manifest.find(part);
      ASSERT_NE(place, std::string::npos);
      manifest.replace(place, std::strlen(part), other);
    }
  }

  int open(uint32_t device = GROW_DEVICE_DEFAULT) {
    GrowModelCode code{manifest.data(), manifest.size(), functions};
    return growModelOpenOnDevice(&code, checkpoint.getPath().c_str(), device,
                                 &model);
  }
  int run(std::vector<float> images) {
    logits.assign(images.size(), 0);
    return growModelForwardImages(model, images.data(), images.size() / 2,
                                  logits.data());
  }

  GrowModelFunction functions[2] = {forward, doubleWeight};
  std::string manifest = kManifest;
  Safetensors checkpoint;
  GrowModel *model = nullptr;
  std::vector<float> logits;
};

TEST_F(DeviceModelTest, Runs) {
  ASSERT_EQ(open(), 0) << growModelError();
  ASSERT_EQ(run({100, 200, 300, 400}), 0) << growModelError();
  EXPECT_EQ(logits, (std::vector<float>{121, 242, 321, 442}));
  ASSERT_EQ(run({0, 0}), 0) << growModelError();
  EXPECT_EQ(logits, (std::vector<float>{21, 42}));
}

TEST_F(DeviceModelTest, RepeatsWhatWasRecorded) {
  ASSERT_EQ(open(), 0) << growModelError();
  for (float i = 0; i < 5; ++i) {
    ASSERT_EQ(run({i, i}), 0) << growModelError();
    EXPECT_EQ(logits, (std::vector<float>{21 + i, 42 + i}));
  }
  // Memory of one size may be lent in another order than it was allocated in.
  EXPECT_LE(forwardCalls, 3u);
}

/// What is prepared comes first, and its source does not stay.
TEST_F(DeviceModelTest, PreparesParameters) {
  ASSERT_EQ(open(), 0) << growModelError();
  EXPECT_EQ(find<size_t()>("fakeCUDALiveAllocations")(), 2u);
  EXPECT_THAT(takeCalls(),
              HasSubstr("cuMemAlloc 8\ncuMemcpyHtoD 8\ncuMemAlloc 8\n"
                        "cuModuleLoadDataEx\ncuModuleGetFunction\n"
                        "cuLaunchKernel axpy 1 1 1 1 1 1 0\n"
                        "cuLaunchKernel axpy 1 1 1 1 1 1 0\n"
                        "cuStreamSynchronize\ncuMemFree\n"
                        "cuMemAlloc 8\ncuMemcpyHtoD 8\n"));
}

TEST_F(DeviceModelTest, LeavesNothingWhereOpeningFails) {
  for (const char *call :
       {"cuInit", "cuDevicePrimaryCtxRetain", "cuMemAlloc_v2",
        "cuMemcpyHtoD_v2", "cuModuleLoadDataEx", "cuLaunchKernel",
        "cuStreamSynchronize"}) {
    setenv("FAKE_CUDA_FAIL", (std::string(call) + "=2").c_str(), 1);
    EXPECT_EQ(open(), 1) << call;
    EXPECT_EQ(model, nullptr);
    EXPECT_THAT(growModelError(), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY"));
    expectNothingLeft();
  }
  unsetenv("FAKE_CUDA_FAIL");
  EXPECT_EQ(open(7), 1);
  EXPECT_THAT(growModelError(), HasSubstr("there is no CUDA device 7"));
  std::string before = manifest;
  manifest.replace(manifest.find("sm_80"), std::strlen("sm_80"), "s");
  EXPECT_EQ(open(), 1);
  EXPECT_THAT(growModelError(), HasSubstr("the model was compiled for s, but"));
  manifest = before;
  checkpoint.write("{}", {});
  EXPECT_EQ(open(), 1);
  EXPECT_THAT(growModelError(), HasSubstr("has no tensor 'bias'"));
  expectNothingLeft();
}

TEST_F(DeviceModelTest, RunsAgainAfterMemoryWasOut) {
  setenv("GROW_CUDA_GRAPHS", "0", 1);
  ASSERT_EQ(open(), 0) << growModelError();
  for (const char *call : {"cuMemAlloc_v2", "cuMemcpyHtoD_v2", "cuLaunchKernel",
                           "cuMemcpyDtoH_v2"}) {
    setenv("FAKE_CUDA_FAIL", (std::string(call) + "=2").c_str(), 1);
    EXPECT_EQ(run({1, 1}), 1) << call;
    EXPECT_THAT(growModelError(), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY"));
    unsetenv("FAKE_CUDA_FAIL");
    ASSERT_EQ(run({1, 1}), 0) << growModelError();
    EXPECT_EQ(logits, (std::vector<float>{22, 43}));
  }
}

TEST_F(DeviceModelTest, StartsRunsAndLeavesLogits) {
  readTokens();
  ASSERT_EQ(open(), 0) << growModelError();
  takeCalls();
  const int64_t ids[] = {0, 1, 1};
  uint64_t logits = 0;
  for (unsigned i = 0; i < 4; ++i)
    ASSERT_EQ(growModelStart(model, ids, 1, 3, &logits), 0) << growModelError();
  EXPECT_LE(forwardCalls, 3u);
  EXPECT_THAT(takeCalls(), Not(HasSubstr("cuStreamSynchronize")));
  ASSERT_EQ(growModelWait(model), 0) << growModelError();
  const auto *values = reinterpret_cast<const float *>(logits);
  EXPECT_EQ(std::vector<float>(values, values + 6),
            (std::vector<float>{21, 42, 21, 42, 21, 42}));
  // Another run does not touch them.
  float other[2];
  ASSERT_EQ(growModelForward(model, ids, 1, 1, other), 0) << growModelError();
  EXPECT_EQ(other[1], 42);
  EXPECT_EQ(values[5], 42);
}

TEST_F(DeviceModelTest, ReportsRunsThatDoNotStart) {
  readTokens();
  ASSERT_EQ(open(), 0) << growModelError();
  const int64_t id = 1;
  uint64_t logits = 0;
  setenv("FAKE_CUDA_FAIL", "cuMemAlloc_v2=2", 1);
  EXPECT_EQ(growModelStart(model, &id, 1, 1, &logits), 1);
  EXPECT_THAT(growModelError(), HasSubstr("CUDA_ERROR_OUT_OF_MEMORY"));
  unsetenv("FAKE_CUDA_FAIL");
  ASSERT_EQ(growModelStart(model, &id, 1, 1, &logits), 0) << growModelError();
  setenv("FAKE_CUDA_FAIL", "cuLaunchKernel=701", 1);
  const int64_t two[] = {1, 1};
  ASSERT_EQ(growModelStart(model, two, 1, 2, &logits), 0);
  EXPECT_EQ(growModelWait(model), 1);
  EXPECT_THAT(growModelError(),
              HasSubstr("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"));
}

TEST_F(DeviceModelTest, RefusesTokens) {
  ASSERT_EQ(open(), 0) << growModelError();
  int64_t id = 0;
  EXPECT_EQ(growModelForward(model, &id, 1, 1, nullptr), 1);
  EXPECT_THAT(growModelError(), HasSubstr("the model reads images"));
  uint64_t address;
  EXPECT_EQ(growModelStart(model, &id, 1, 1, &address), 1);
  EXPECT_THAT(growModelError(), HasSubstr("the model reads images"));
  EXPECT_EQ(growModelWait(model), 0);
}

} // namespace
