//===- CUDADeviceTest.cpp - Calls of CUDA's driver ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "FakeCUDATest.h"
#include "grow/Runtime/Device.h"
#include "gmock/gmock.h"
#include <cstring>
#include <vector>

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StrEq;

namespace {

constexpr char kCode[] = ".version 8.0\n.visible .entry axpy()\n"
                         ".visible .entry fault()\n"
                         ".visible .entry map()\n";

class CUDADeviceTest : public FakeCUDATest {
public:
  static uint64_t getBits(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    // What is beyond 32 bits must not matter.
    return bits | uint64_t(0xabcd) << 32;
  }

protected:
  void TearDown() override {
    growDeviceMakeCurrent(nullptr);
    growDeviceClose(device);
    FakeCUDATest::TearDown();
  }

  void open() {
    ASSERT_EQ(growDeviceOpen("cuda", GROW_DEVICE_DEFAULT, &device), 0)
        << growDeviceError();
    growDeviceMakeCurrent(device);
  }
  /// Why opening fails.
  std::string openError() {
    EXPECT_NE(growDeviceOpen("cuda", GROW_DEVICE_DEFAULT, &device), 0);
    return growDeviceError();
  }

  uint64_t allocate(const std::vector<float> &values) {
    uint64_t address = 0, bytes = values.size() * sizeof(float);
    EXPECT_EQ(growDeviceAllocate(device, bytes, &address), 0);
    EXPECT_EQ(growDeviceWrite(device, address, values.data(), bytes), 0);
    return address;
  }
  std::vector<float> read(uint64_t address, size_t count) {
    std::vector<float> values(count);
    EXPECT_EQ(
        growDeviceRead(device, values.data(), address, count * sizeof(float)),
        0)
        << growDeviceError();
    return values;
  }

  void launch(const char *kernel, std::vector<uint64_t> arguments,
              const char *kinds, uint32_t sharedBytes = 0,
              std::vector<uint32_t> grid = {2, 1, 1}) {
    const uint32_t block[3] = {64, 2, 1};
    growDeviceLaunch(kCode, sizeof(kCode) - 1, kernel, grid.data(), block,
                     sharedBytes, arguments.data(), kinds);
  }
  std::string synchronizeError() {
    return growDeviceSynchronize(device) ? growDeviceError() : "";
  }

  GrowDevice *device = nullptr;
};

TEST_F(CUDADeviceTest, DescribesDevices) {
  setenv("FAKE_CUDA_DEVICES", "2", 1);
  GrowDeviceInfo devices[2];
  uint32_t count;
  ASSERT_EQ(growDeviceList("cuda", devices, 2, &count), 0);
  ASSERT_EQ(count, 2u);
  EXPECT_STREQ(devices[1].name, "Fake GPU 1");
  EXPECT_STREQ(devices[1].version, "12.8");
  EXPECT_STREQ(devices[1].type, "discrete");
  EXPECT_EQ(devices[1].computeCapability, 90u);
  EXPECT_EQ(devices[1].maxSharedBytes, 227u << 10);
  EXPECT_EQ(devices[1].memoryBytes, uint64_t(80) << 30);
  EXPECT_EQ(devices[1].processors, 132u);
}

TEST_F(CUDADeviceTest, ListsNoDevices) {
  setenv("FAKE_CUDA_DEVICES", "0", 1);
  uint32_t count = 7;
  EXPECT_EQ(growDeviceList("cuda", nullptr, 0, &count), 0);
  EXPECT_EQ(count, 0u);
  EXPECT_THAT(openError(), AllOf(HasSubstr("cuInit failed with "
                                           "CUDA_ERROR_NO_DEVICE (100"),
                                 HasSubstr("nvidia-smi")));
}

TEST_F(CUDADeviceTest, RunsKernelsInOrder) {
  open();
  uint64_t x = allocate({1, 2, 3}), y = allocate({10, 20, 30});
  takeCalls();
  launch("axpy", {x, y, 3, getBits(2)}, "bblw");
  launch("axpy", {y, x, 3, getBits(1)}, "bblw");
  EXPECT_EQ(read(x, 3), (std::vector<float>{13, 26, 39}));
  EXPECT_EQ(takeCalls(), "cuModuleLoadDataEx\n"
                         "cuModuleGetFunction\n"
                         "cuLaunchKernel axpy 2 1 1 64 2 1 0\n"
                         "cuLaunchKernel axpy 2 1 1 64 2 1 0\n"
                         "cuStreamSynchronize\n"
                         "cuMemcpyDtoH 12\n");
  ASSERT_EQ(growDeviceFree(device, y), 0);
  EXPECT_NE(growDeviceFree(device, y), 0);
  EXPECT_THAT(growDeviceError(), HasSubstr("freed before"));
}

TEST_F(CUDADeviceTest, ReleasesEverything) {
  open();
  uint64_t x = allocate({1});
  launch("axpy", {x, x, 1, getBits(1)}, "bblw");
  growDeviceReturn(growDeviceBorrow(100));
  takeCalls();
  growDeviceClose(device);
  device = nullptr;
  EXPECT_EQ(takeCalls(), "cuStreamSynchronize\n"
                         "cuStreamDestroy\n"
                         "cuMemFree\n"
                         "cuMemFree\n"
                         "cuModuleUnload\n"
                         "cuDevicePrimaryCtxRelease 10\n");
}

TEST_F(CUDADeviceTest, LendsMemoryAgain) {
  open();
  uint64_t first = growDeviceBorrow(1000);
  growDeviceReturn(first);
  EXPECT_EQ(growDeviceBorrow(900), first);
  uint64_t second = growDeviceBorrow(900);
  EXPECT_NE(second, first);
  growDeviceReturn(first);
  growDeviceReturn(second);
  takeCalls();
  // What is too small goes.
  growDeviceReturn(growDeviceBorrow(5000));
  EXPECT_EQ(takeCalls(), "cuMemFree\ncuMemFree\ncuMemAlloc 5000\n");
  growDeviceReturn(12345);
  EXPECT_THAT(synchronizeError(), HasSubstr("12345 was not borrowed"));
}

TEST_F(CUDADeviceTest, AsksForLargeSharedMemoryOnce) {
  open();
  uint64_t x = allocate({1});
  launch("axpy", {x, x, 1, 0}, "bblw", 40 << 10);
  takeCalls();
  launch("axpy", {x, x, 1, 0}, "bblw", 100 << 10);
  launch("axpy", {x, x, 1, 0}, "bblw", 100 << 10);
  EXPECT_EQ(takeCalls(), "cuFuncSetAttribute 8 102400\n"
                         "cuLaunchKernel axpy 2 1 1 64 2 1 102400\n"
                         "cuLaunchKernel axpy 2 1 1 64 2 1 102400\n");
  launch("axpy", {x, x, 1, 0}, "bblw", 300 << 10);
  EXPECT_THAT(synchronizeError(), HasSubstr("shares 307200 bytes in a "
                                            "workgroup, but 'Fake GPU 0' has "
                                            "232448"));
}

TEST_F(CUDADeviceTest, LoadsForgottenKernelsAgain) {
  open();
  uint64_t x = allocate({1});
  launch("axpy", {x, x, 1, 0}, "bblw");
  ASSERT_EQ(growDeviceForgetKernels(device), 0);
  takeCalls();
  launch("axpy", {x, x, 1, 0}, "bblw");
  EXPECT_THAT(takeCalls(), HasSubstr("cuModuleLoadDataEx\n"));
}

TEST_F(CUDADeviceTest, SkipsEmptyGrids) {
  open();
  takeCalls();
  launch("axpy", {}, "", 0, {2, 0, 1});
  EXPECT_EQ(takeCalls(), "");
}

TEST_F(CUDADeviceTest, ReportsMissingDriver) {
  setenv("GROW_CUDA_LIBRARY", "/nonexistent/libcuda.so", 1);
  EXPECT_THAT(openError(),
              AllOf(HasSubstr("/nonexistent/libcuda.so: cannot open shared "
                              "object file"),
                    HasSubstr("(GROW_CUDA_LIBRARY); "),
                    HasSubstr("install the driver")));
}

TEST_F(CUDADeviceTest, ReportsOldDriver) {
  setenv("FAKE_CUDA_VERSION", "10020", 1);
  EXPECT_THAT(openError(), StrEq("the driver is made for CUDA 10.2: expected "
                                 "at least 11.0, update the driver"));
}

TEST_F(CUDADeviceTest, ReportsDriverThatDoesNotStart) {
  setenv("FAKE_CUDA_FAIL", "cuInit=803", 1);
  EXPECT_THAT(openError(),
              AllOf(HasSubstr("cuInit failed with "
                              "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH (803"),
                    HasSubstr("reboot")));
  setenv("FAKE_CUDA_FAIL", "cuInit=4711", 1);
  EXPECT_THAT(openError(), HasSubstr("cuInit failed with an error that the "
                                     "driver has no name for (4711"));
}

TEST_F(CUDADeviceTest, ReportsWrongIndex) {
  EXPECT_NE(growDeviceOpen("cuda", 3, &device), 0);
  EXPECT_THAT(growDeviceError(), HasSubstr("there is no CUDA device 3: "
                                           "expected an index below 1"));
  setenv("GROW_CUDA_DEVICE", "5", 1);
  EXPECT_THAT(openError(),
              HasSubstr("there is no CUDA device 5 (GROW_CUDA_DEVICE)"));
  setenv("GROW_CUDA_DEVICE", "the fast one", 1);
  EXPECT_THAT(openError(), HasSubstr("GROW_CUDA_DEVICE=the fast one: expected "
                                     "the index of a device"));
}

TEST_F(CUDADeviceTest, ReportsUnknownKind) {
  EXPECT_NE(growDeviceOpen("opencl", 0, &device), 0);
  EXPECT_THAT(growDeviceError(), StrEq("unknown kind of device 'opencl': "
                                       "expected vulkan or cuda"));
}

TEST_F(CUDADeviceTest, ReportsFailedOpening) {
  setenv("FAKE_CUDA_FAIL", "cuDevicePrimaryCtxRetain=2", 1);
  EXPECT_THAT(openError(), HasSubstr("cuDevicePrimaryCtxRetain failed with "
                                     "CUDA_ERROR_OUT_OF_MEMORY"));
}

TEST_F(CUDADeviceTest, FreesWhatNobodyBorrowsBeforeMemoryIsOut) {
  open();
  growDeviceReturn(growDeviceBorrow(1000));
  setenv("FAKE_CUDA_FAIL", "cuMemAlloc_v2=2", 1);
  takeCalls();
  uint64_t address = 1;
  EXPECT_NE(growDeviceAllocate(device, 64, &address), 0);
  EXPECT_EQ(takeCalls(), "cuMemAlloc 64\ncuMemFree\ncuMemAlloc 64\n");
  EXPECT_EQ(address, 0u);
  EXPECT_THAT(growDeviceError(),
              AllOf(HasSubstr("cuMemAlloc of 64 bytes failed with "
                              "CUDA_ERROR_OUT_OF_MEMORY (2, as the driver "
                              "puts it)"),
                    HasSubstr("use a smaller batch")));
}

TEST_F(CUDADeviceTest, ReportsWhatCompiledCodeMetOnce) {
  open();
  uint64_t x = allocate({1, 2});
  setenv("FAKE_CUDA_FAIL", "cuMemAlloc_v2=2", 1);
  EXPECT_EQ(growDeviceBorrow(4096), 0u);
  unsetenv("FAKE_CUDA_FAIL");
  takeCalls();
  // Launches that may use what is not there do not happen.
  launch("axpy", {x, 0, 2, getBits(1)}, "bblw");
  EXPECT_EQ(takeCalls(), "");
  float value;
  EXPECT_NE(growDeviceRead(device, &value, x, sizeof(value)), 0);
  EXPECT_THAT(growDeviceError(), HasSubstr("cuMemAlloc of 4096 bytes"));
  EXPECT_EQ(synchronizeError(), "");
  launch("axpy", {x, x, 2, getBits(1)}, "bblw");
  EXPECT_EQ(read(x, 2), (std::vector<float>{2, 4}));
}

TEST_F(CUDADeviceTest, ReportsBadCode) {
  open();
  const uint32_t one[3] = {1, 1, 1};
  growDeviceLaunch("no code", 7, "axpy", one, one, 0, nullptr, "");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("cuModuleLoadDataEx of the code of kernel "
                              "'axpy' failed with CUDA_ERROR_INVALID_PTX"),
                    HasSubstr("ptxas: expected .version")));
}

TEST_F(CUDADeviceTest, ReportsMissingKernel) {
  open();
  launch("gemm", {}, "");
  EXPECT_THAT(synchronizeError(), HasSubstr("cuModuleGetFunction of 'gemm' "
                                            "failed with "
                                            "CUDA_ERROR_NOT_FOUND"));
}

TEST_F(CUDADeviceTest, ReportsImpossibleSizes) {
  open();
  launch("axpy", {}, "", 0, {1, 65536, 1});
  EXPECT_THAT(synchronizeError(),
              HasSubstr("65536 workgroups along axis 1 are more than 'Fake GPU "
                        "0' takes: 65535"));
  const uint32_t one[3] = {1, 1, 1}, block[3] = {1024, 2, 1};
  growDeviceLaunch(kCode, sizeof(kCode), "axpy", one, block, 0, nullptr, "");
  EXPECT_THAT(synchronizeError(), HasSubstr("has workgroups of 2048 threads, "
                                            "but 'Fake GPU 0' takes at most "
                                            "1024"));
}

TEST_F(CUDADeviceTest, RefusesBuffersThatKernelsCannotCount) {
  open();
  growDeviceCheckEntries(2147483647, "axpy");
  EXPECT_EQ(synchronizeError(), "");
  growDeviceCheckEntries(2147483648, "axpy");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("the kernel 'axpy' needs a buffer of 2147483648 "
                        "entries, but kernels count no further than "
                        "2147483647"));
}

TEST_F(CUDADeviceTest, ReportsUnknownKindOfArgument) {
  open();
  launch("axpy", {16, 2}, "bx");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("argument 1 is of kind 'x': expected b, w, l or t"));
}

TEST_F(CUDADeviceTest, ReportsBuffersThatAreNotAligned) {
  open();
  uint64_t x = allocate({1, 2, 3, 4, 5, 6});
  ASSERT_EQ(x % 16, 0u);
  launch("axpy", {x + 16, x + 8, 1, getBits(1)}, "bblw");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("kernel 'axpy': argument 1 is the address " +
                              std::to_string(x + 8)),
                    HasSubstr("expected a multiple of 16")));
  launch("axpy", {x + 16, x, 1, getBits(1)}, "bblw");
  EXPECT_EQ(read(x, 2), (std::vector<float>{6, 2}));
}

/// 8 x 3 x 2 entries, of which blocks of 64 x 128 x 1 are copied.
static GrowTensorMap getMap(uint64_t address) {
  return {address,           2, 128, 3, {8, 3, 2, 0, 0}, {2, 16, 48, 0, 0},
          {64, 128, 1, 0, 0}};
}

TEST_F(CUDADeviceTest, PassesTensorMaps) {
  open();
  takeCalls();
  GrowTensorMap map = getMap(4096);
  launch("map", {reinterpret_cast<uint64_t>(&map), 7}, "tw");
  std::string calls = takeCalls();
  EXPECT_THAT(calls, HasSubstr("cuTensorMapEncodeTiled 9 3 4096\n"
                               "axis 8 0 64 1\n"
                               "axis 3 16 128 1\n"
                               "axis 2 48 1 1\n"
                               "kinds 0 3 2 0\n"));
  EXPECT_THAT(calls, HasSubstr("map 1 7\n"));
}

/// The driver would refuse to encode these.
TEST_F(CUDADeviceTest, PassesZerosForBuffersThatCannotBeCopied) {
  open();
  GrowTensorMap maps[] = {getMap(4098), getMap(4096), getMap(4096)};
  maps[1].strides[1] = 18;
  maps[2].sizes[1] = 0;
  for (const GrowTensorMap &map : maps) {
    takeCalls();
    launch("map", {reinterpret_cast<uint64_t>(&map), 7}, "tw");
    std::string calls = takeCalls();
    EXPECT_THAT(calls, Not(HasSubstr("cuTensorMapEncodeTiled")));
    EXPECT_THAT(calls, HasSubstr("map 0 7\n"));
  }
  EXPECT_EQ(synchronizeError(), "");
}

TEST_F(CUDADeviceTest, ReportsTensorMapsThatCannotBe) {
  open();
  GrowTensorMap map = getMap(4096);
  map.rank = 6;
  launch("map", {reinterpret_cast<uint64_t>(&map), 7}, "tw");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("kernel 'map': a tensor map has 6 axes: expected 1 to "
                        "5"));
  map.rank = 2;
  setenv("FAKE_CUDA_FAIL", "cuTensorMapEncodeTiled=2", 1);
  launch("map", {reinterpret_cast<uint64_t>(&map), 7}, "tw");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("cuTensorMapEncodeTiled for 'map' failed with "
                        "CUDA_ERROR_OUT_OF_MEMORY"));
}

TEST_F(CUDADeviceTest, ReportsDriverWithoutTensorMaps) {
  setenv("GROW_CUDA_LIBRARY", GROW_FAKE_OLD_CUDA, 1);
  open();
  GrowTensorMap map = getMap(4096);
  launch("map", {reinterpret_cast<uint64_t>(&map), 7}, "tw");
  EXPECT_THAT(synchronizeError(),
              AllOf(HasSubstr("the driver has no cuTensorMapEncodeTiled"),
                    HasSubstr("update it to one for CUDA 12.0 or later")));
}

TEST_F(CUDADeviceTest, ReportsFailedLaunch) {
  open();
  setenv("FAKE_CUDA_FAIL", "cuLaunchKernel=701", 1);
  launch("axpy", {}, "");
  EXPECT_THAT(synchronizeError(),
              HasSubstr("cuLaunchKernel of 'axpy' failed with "
                        "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"));
}

TEST_F(CUDADeviceTest, ReportsFaultOfKernelWhenWaiting) {
  open();
  uint64_t x = allocate({1});
  launch("fault", {x}, "b");
  float value;
  EXPECT_NE(growDeviceRead(device, &value, x, sizeof(value)), 0);
  EXPECT_THAT(growDeviceError(),
              AllOf(HasSubstr("cuStreamSynchronize failed with "
                              "CUDA_ERROR_ILLEGAL_ADDRESS (700"),
                    HasSubstr("of no more use to this process")));
  // The driver says so from now on.
  EXPECT_NE(growDeviceWrite(device, x, &value, sizeof(value)), 0);
  takeCalls();
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// Compiled code that adds x to y, twice, by way of memory that it borrows. It
/// returns other memory. Slots: results, x, y.
int functionCalls = 0;
void addTwice(uint64_t *slots) {
  ++functionCalls;
  const uint32_t one[3] = {1, 1, 1};
  uint64_t scratch = growDeviceBorrow(1000), kept = growDeviceBorrow(2000);
  auto add = [&](uint64_t to) {
    uint64_t arguments[] = {slots[1], to, 2, CUDADeviceTest::getBits(1)};
    growDeviceLaunch(kCode, sizeof(kCode) - 1, "axpy", one, one, 0, arguments,
                     "bblw");
  };
  add(slots[2]);
  add(scratch);
  add(slots[2]);
  growDeviceReturn(scratch);
  *reinterpret_cast<uint64_t *>(slots[0]) = kept;
}

class CUDACallTest : public CUDADeviceTest {
protected:
  void SetUp() override {
    CUDADeviceTest::SetUp();
    open();
    functionCalls = 0;
    x = allocate({1, 2});
    y = allocate({0, 0});
  }

  /// The memory that the call returns, which is given back.
  uint64_t call(uint64_t from, uint64_t to) {
    uint64_t result = 0, arguments[] = {from, to};
    GrowDeviceCall call{addTwice, arguments, 2, &result, 1};
    growDeviceCall(device, &call);
    growDeviceReturn(result);
    return result;
  }
  /// Calls so often that the call is recorded.
  void record() {
    call(x, y);
    call(x, y);
  }

  uint64_t x = 0, y = 0;
};

TEST_F(CUDACallTest, RecordsTheSecondCallAndRepeatsIt) {
  uint64_t result = call(x, y);
  EXPECT_THAT(takeCalls(), Not(HasSubstr("Capture")));
  EXPECT_EQ(call(x, y), result);
  std::string launch = "cuLaunchKernel axpy 1 1 1 1 1 1 0\n";
  EXPECT_EQ(takeCalls(), "cuStreamCreate 1\ncuStreamBeginCapture 2\n" + launch +
                             launch + launch +
                             "cuStreamEndCapture\ncuGraphInstantiate 0\n"
                             "cuGraphLaunch\n");
  EXPECT_EQ(call(x, y), result);
  EXPECT_EQ(takeCalls(), "cuGraphLaunch\n");
  EXPECT_EQ(functionCalls, 2);
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
  // What memory holds is no part of the recording.
  const float values[] = {10, 20};
  ASSERT_EQ(growDeviceWrite(device, x, values, sizeof(values)), 0);
  call(x, y);
  EXPECT_EQ(functionCalls, 2);
  EXPECT_EQ(read(y, 2), (std::vector<float>{26, 52}));
}

TEST_F(CUDACallTest, RecordsOtherArgumentsAnew) {
  record();
  uint64_t z = allocate({0, 0});
  call(x, z);
  EXPECT_EQ(functionCalls, 3);
  call(x, z);
  call(x, z);
  EXPECT_EQ(functionCalls, 4);
  call(x, y);
  EXPECT_EQ(functionCalls, 4);
  EXPECT_EQ(read(z, 2), (std::vector<float>{6, 12}));
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
}

TEST_F(CUDACallTest, CallsAgainWhereMemoryIsInUse) {
  record();
  uint64_t result = growDeviceBorrow(2000);
  call(x, y);
  EXPECT_EQ(functionCalls, 3);
  growDeviceReturn(result);
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
}

TEST_F(CUDACallTest, ForgetsWhenMemoryMoves) {
  record();
  takeCalls();
  growDeviceReturn(growDeviceBorrow(5000)); // Frees what is smaller.
  EXPECT_EQ(takeCalls(),
            "cuGraphExecDestroy\ncuMemFree\ncuMemFree\ncuMemAlloc 5000\n");
  call(x, y);
  EXPECT_EQ(functionCalls, 3);
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
}

TEST_F(CUDACallTest, ForgetsWithKernels) {
  record();
  takeCalls();
  ASSERT_EQ(growDeviceForgetKernels(device), 0);
  EXPECT_EQ(takeCalls(),
            "cuGraphExecDestroy\ncuStreamSynchronize\ncuModuleUnload\n");
  call(x, y);
  EXPECT_EQ(functionCalls, 3);
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
}

TEST_F(CUDACallTest, ForgetsWhatDidNotComeForLong) {
  record();
  // Calls with other arguments, as long as none of these is freed.
  std::vector<uint64_t> others;
  for (unsigned i = 0; i < 32; ++i)
    others.push_back(allocate({0, 0}));
  for (uint64_t z : others)
    call(x, z);
  EXPECT_EQ(find<size_t()>("fakeCUDALiveGraphs")(), 0u);
  for (uint64_t z : others)
    ASSERT_EQ(growDeviceFree(device, z), 0);
  EXPECT_EQ(read(y, 2), (std::vector<float>{4, 8}));
}

TEST_F(CUDACallTest, RunsAsUsualWhereRecordingFails) {
  for (const char *name :
       {"cuStreamCreate=2", "cuStreamBeginCapture=1", "cuStreamEndCapture=901",
        "cuGraphInstantiate=2", "cuGraphLaunch=1"}) {
    ASSERT_EQ(growDeviceForgetKernels(device), 0);
    uint64_t z = allocate({0, 0});
    call(x, z);
    setenv("FAKE_CUDA_FAIL", name, 1);
    // A recording stream that is there already does not fail.
    uint64_t result = call(x, z);
    EXPECT_EQ(call(x, z), result) << name;
    unsetenv("FAKE_CUDA_FAIL");
    // Nor is it tried again.
    takeCalls();
    call(x, z);
    EXPECT_THAT(takeCalls(), Not(HasSubstr("Capture"))) << name;
    EXPECT_EQ(read(z, 2), (std::vector<float>{8, 16})) << name;
    ASSERT_EQ(growDeviceFree(device, z), 0);
  }
}

TEST_F(CUDACallTest, ReportsWhatFailsWithoutRecording) {
  call(x, y);
  setenv("FAKE_CUDA_FAIL", "cuLaunchKernel=701", 1);
  call(x, y);
  EXPECT_THAT(synchronizeError(),
              HasSubstr("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"));
  unsetenv("FAKE_CUDA_FAIL");
  call(x, y);
  EXPECT_EQ(read(y, 2), (std::vector<float>{4, 8}));
}

TEST_F(CUDACallTest, ReportsFaultOfRecordedKernel) {
  auto fault = [](uint64_t *) {
    const uint32_t one[3] = {1, 1, 1};
    if (++functionCalls > 1)
      growDeviceLaunch(kCode, sizeof(kCode) - 1, "fault", one, one, 0, nullptr,
                       "");
  };
  GrowDeviceCall call{fault, nullptr, 0, nullptr, 0};
  growDeviceCall(device, &call);
  growDeviceCall(device, &call);
  EXPECT_EQ(functionCalls, 2);
  EXPECT_THAT(synchronizeError(), HasSubstr("CUDA_ERROR_ILLEGAL_ADDRESS"));
  takeCalls();
}

TEST_F(CUDACallTest, CanBeToldNotToRecord) {
  growDeviceClose(device);
  setenv("GROW_CUDA_GRAPHS", "0", 1);
  open();
  x = allocate({1, 2});
  y = allocate({0, 0});
  takeCalls();
  record();
  call(x, y);
  EXPECT_THAT(takeCalls(), Not(HasSubstr("Capture")));
  EXPECT_EQ(functionCalls, 3);
  EXPECT_EQ(read(y, 2), (std::vector<float>{6, 12}));
}

TEST_F(CUDADeviceTest, ReportsMissingDevice) {
  open();
  growDeviceMakeCurrent(nullptr);
  launch("axpy", {}, "");
  EXPECT_EQ(growDeviceBorrow(1), 0u);
  EXPECT_THAT(synchronizeError(), HasSubstr("compiled code ran without a "
                                            "device"));
  EXPECT_EQ(synchronizeError(), "");
}

} // namespace
