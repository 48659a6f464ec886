//===- CompiledModuleTest.cpp - Machine code of a module ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModule.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "gtest/gtest.h"

using namespace mlir;
using namespace grow;

namespace {

class CompiledModuleTest : public testing::Test {
protected:
  CompiledModuleTest() {
    DialectRegistry registry;
    registerCompilation(registry);
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    (void)llvm::sys::fs::createUniqueDirectory("grow-code", directory);
  }
  ~CompiledModuleTest() override {
    llvm::sys::fs::remove_directories(directory);
  }

  /// Adds `term` to each entry of a tensor.
  static std::string getText(double term) {
    return R"(func.func @add(%x: tensor<?x2xf32>) -> tensor<?x2xf32> {
      %term = arith.constant dense<)" +
           std::to_string(term) + R"(> : tensor<2xf32>
      %c0 = arith.constant 0 : index
      %n = tensor.dim %x, %c0 : tensor<?x2xf32>
      %empty = tensor.empty(%n) : tensor<?x2xf32>
      %terms = linalg.broadcast ins(%term : tensor<2xf32>)
          outs(%empty : tensor<?x2xf32>) dimensions = [0]
      %y = arith.addf %x, %terms : tensor<?x2xf32>
      return %y : tensor<?x2xf32>
    })";
  }

  FailureOr<CompiledModule>
  compile(const std::string &text, bool parallel = true, unsigned threads = 0) {
    auto module = parseSourceString<ModuleOp>(text, &context);
    CompileOptions options;
    options.parallel = parallel;
    options.threads = threads;
    options.cacheDirectory = directory.str().str();
    return CompiledModule::compile(*module, options);
  }

  /// What @add makes of two rows of ones.
  std::vector<double> run(const CompiledModule &module) {
    auto type = RankedTensorType::get({2, 2}, Builder(&context).getF32Type());
    HostTensor ones = HostTensor::allocate(type);
    std::fill_n(reinterpret_cast<float *>(ones.getBytes().data()), 4, 1.0f);
    HostTensor result =
        llvm::cantFail(module.lookup("add")({TensorView(ones)}));
    std::vector<double> entries;
    for (int64_t i = 0; i < 4; ++i)
      entries.push_back(result.at(i));
    return entries;
  }

  MLIRContext context;
  llvm::SmallString<128> directory;
};

const std::vector<double> kThrees(4, 3.0), kFours(4, 4.0);

TEST_F(CompiledModuleTest, IsCompiledOnce) {
  auto first = compile(getText(2)), second = compile(getText(2));
  ASSERT_TRUE(succeeded(first) && succeeded(second));
  EXPECT_FALSE(first->getStatistics().cached);
  EXPECT_TRUE(second->getStatistics().cached);
  EXPECT_EQ(run(*first), kThrees);
  EXPECT_EQ(run(*second), kThrees);
}

TEST_F(CompiledModuleTest, IsCompiledAgainIfDifferent) {
  ASSERT_TRUE(succeeded(compile(getText(2))));
  auto other = compile(getText(3));
  ASSERT_TRUE(succeeded(other));
  EXPECT_FALSE(other->getStatistics().cached);
  EXPECT_EQ(run(*other), kFours);
  auto sequential = compile(getText(2), /*parallel=*/false);
  ASSERT_TRUE(succeeded(sequential));
  EXPECT_FALSE(sequential->getStatistics().cached);
}

// Neither where it stands in a file nor the number of threads changes code.
TEST_F(CompiledModuleTest, IsTheSameElsewhere) {
  ASSERT_TRUE(succeeded(compile(getText(2))));
  auto moved = compile("\n\n" + getText(2), /*parallel=*/true, /*threads=*/1);
  ASSERT_TRUE(succeeded(moved));
  EXPECT_TRUE(moved->getStatistics().cached);
  EXPECT_EQ(run(*moved), kThrees);
}

/// The threads of this process.
size_t countThreads() {
  size_t count = 0;
  std::error_code error;
  for (llvm::sys::fs::directory_iterator it("/proc/self/task", error), end;
       it != end && !error; it.increment(error))
    ++count;
  return count;
}

TEST_F(CompiledModuleTest, TakesAsManyThreadsAsWanted) {
  constexpr unsigned kThreads = 7;
  constexpr int64_t kRows = 1 << 20;
  auto module = compile(getText(2), /*parallel=*/true, kThreads);
  ASSERT_TRUE(succeeded(module));
  auto type = RankedTensorType::get({kRows, 2}, Builder(&context).getF32Type());
  HostTensor ones = HostTensor::allocate(type);
  std::fill_n(reinterpret_cast<float *>(ones.getBytes().data()), 2 * kRows,
              1.0f);
  HostTensor result = llvm::cantFail(module->lookup("add")({TensorView(ones)}));
  EXPECT_EQ(result.at(2 * kRows - 1), 3.0);
  EXPECT_GE(countThreads(), kThreads);
}

} // namespace
