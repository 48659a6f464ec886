//===- FakeCUDATest.h - Tests on a driver without a GPU ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_UNITTESTS_RUNTIME_FAKECUDATEST_H
#define GROW_UNITTESTS_RUNTIME_FAKECUDATEST_H

#include "gtest/gtest.h"
#include <cstdlib>
#include <dlfcn.h>
#include <string>

/// What runs on the driver of FakeCUDA.cpp and must leave nothing there.
class FakeCUDATest : public testing::Test {
protected:
  void SetUp() override {
    setenv("GROW_CUDA_LIBRARY", GROW_FAKE_CUDA, 1);
    library = dlopen(GROW_FAKE_CUDA, RTLD_NOW);
    ASSERT_TRUE(library) << dlerror();
    find<void()>("fakeCUDAReset")();
  }

  void TearDown() override {
    for (const char *variable :
         {"GROW_CUDA_LIBRARY", "GROW_CUDA_DEVICE", "GROW_CUDA_GRAPHS",
          "FAKE_CUDA_FAIL", "FAKE_CUDA_VERSION", "FAKE_CUDA_DEVICES"})
      unsetenv(variable);
    if (!library)
      return;
    expectNothingLeft();
    dlclose(library);
  }

  template <typename Type>
  Type *find(const char *name) {
    return reinterpret_cast<Type *>(dlsym(library, name));
  }
  /// The calls since the last time that this was asked.
  std::string takeCalls() {
    std::string calls = find<const char *()>("fakeCUDACalls")();
    find<void()>("fakeCUDAReset")();
    return calls;
  }
  void expectNothingLeft() {
    for (const char *kind : {"Allocations", "Contexts", "Graphs"}) {
      std::string name = std::string("fakeCUDALive") + kind;
      EXPECT_EQ(find<size_t()>(name.c_str())(), 0u) << kind;
    }
  }

private:
  void *library = nullptr;
};

#endif // GROW_UNITTESTS_RUNTIME_FAKECUDATEST_H
