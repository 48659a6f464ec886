//===- CompiledModelTest.cpp - A transformer that runs --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/CompiledModel.h"
#include "grow/IR/GrowDialect.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "gtest/gtest.h"
#include <atomic>
#include <numeric>
#include <thread>

using namespace mlir;
using namespace grow;

namespace {

/// Logits are products of two parameters' entries, more than a megabyte of
/// them.
constexpr llvm::StringLiteral kModel = R"(
  grow.param @embed : tensor<8x4xf32> storage<"embed">
  grow.param @head : tensor<512x4xf32> storage<"head">
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x512xf32> {
    %embed = grow.get @embed : tensor<8x4xf32>
    %x = grow.embedding %ids, %embed : tensor<?x?xi64>, tensor<8x4xf32>
    %head = grow.get @head : tensor<512x4xf32>
    %logits = grow.unembedding %x, %head
      : tensor<?x?x4xf32>, tensor<512x4xf32>
    return %logits : tensor<?x?x512xf32>
  })";

class CompiledModelTest : public testing::Test {
protected:
  CompiledModelTest() {
    DialectRegistry registry;
    registerCompilation(registry);
    registry.insert<GrowDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    parameters.insert("embed", makeCounted({8, 4}));
    parameters.insert("head", makeCounted({512, 4}));
    auto module = parseSourceString<ModuleOp>(kModel, &context);
    auto compiled = CompiledModel::compile(*module);
    if (failed(compiled))
      return;
    model.emplace(std::move(*compiled));
    llvm::cantFail(model->bind(parameters));
  }

  /// A tensor of 0, 1, 2 and so on.
  HostTensor makeCounted(ArrayRef<int64_t> shape) {
    HostTensor tensor = HostTensor::allocate(
        RankedTensorType::get(shape, Builder(&context).getF32Type()));
    auto *entries = reinterpret_cast<float *>(tensor.getBytes().data());
    std::iota(entries, entries + tensor.getType().getNumElements(), 0.0f);
    return tensor;
  }

  HostTensor run(int64_t token, int64_t sequence = 1024) const {
    TokenBatch tokens;
    tokens.ids.assign(sequence, token);
    tokens.batch = 1;
    tokens.sequence = sequence;
    return llvm::cantFail(model->run(tokens));
  }

  /// Whether logits are those of a sequence of `token`.
  static bool isOf(const HostTensor &logits, int64_t token) {
    for (int64_t i = 0; i < logits.getType().getNumElements(); ++i) {
      double expected = 0;
      for (int64_t k = 0; k < 4; ++k)
        expected += static_cast<double>((token * 4 + k) * (i % 512 * 4 + k));
      if (logits.at(i) != expected)
        return false;
    }
    return true;
  }

  MLIRContext context;
  MemorySource parameters;
  std::optional<CompiledModel> model;
};

TEST_F(CompiledModelTest, UsesMemoryAgain) {
  ASSERT_TRUE(model);
  HostTensor first = run(1), second = run(2);
  EXPECT_NE(first.getBytes().data(), second.getBytes().data());
  EXPECT_TRUE(isOf(first, 1));
  const char *place = first.getBytes().data();
  first = HostTensor();
  HostTensor third = run(3);
  EXPECT_EQ(third.getBytes().data(), place);
  EXPECT_TRUE(isOf(second, 2) && isOf(third, 3));
}

TEST_F(CompiledModelTest, RunsOnOtherLengths) {
  ASSERT_TRUE(model);
  for (int64_t sequence : {1024, 2000, 3, 2000, 1024})
    EXPECT_TRUE(isOf(run(5, sequence), 5));
}

TEST_F(CompiledModelTest, LogitsOutliveIt) {
  ASSERT_TRUE(model);
  HostTensor logits = run(4);
  model.reset();
  EXPECT_TRUE(isOf(logits, 4));
}

TEST_F(CompiledModelTest, RunsOnSeveralThreads) {
  ASSERT_TRUE(model);
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int64_t token = 0; token < 4; ++token)
    threads.emplace_back([&, token] {
      for (int64_t sequence : {1024, 1024, 600, 1024})
        wrong += !isOf(run(token, sequence), token);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}

} // namespace
