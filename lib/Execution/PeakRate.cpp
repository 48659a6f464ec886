//===- PeakRate.cpp - How fast this machine multiplies and adds -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/PeakRate.h"
#include "grow/Execution/CompiledModule.h"
#include "grow/Transforms/CPU/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <chrono>
#include <thread>

using namespace mlir;
using namespace grow;

FloatType grow::getAccumulatorType(FloatType elementType) {
  return elementType.isF64() ? elementType
                             : Float32Type::get(elementType.getContext());
}

/// Sums that do not wait for one another: enough for four cycles of two
/// operations each and some more, and no more than there are registers.
static constexpr int64_t kSums = 12;

/// A function that returns the sums after `count` steps; each step multiplies
/// and adds in all of them. Its input are the factors: constants would be
/// folded.
static OwningOpRef<ModuleOp> buildLoop(VectorType vector) {
  MLIRContext *context = vector.getContext();
  Location loc = UnknownLoc::get(context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(loc);
  ImplicitLocOpBuilder builder(loc, context);
  builder.setInsertionPointToStart(module->getBody());
  auto factors = RankedTensorType::get({2}, vector.getElementType());
  auto sums = RankedTensorType::get({kSums, vector.getNumElements()},
                                    vector.getElementType());
  auto function = func::FuncOp::create(
      builder, "peak",
      builder.getFunctionType({factors, builder.getI64Type()}, sums));
  Block *body = function.addEntryBlock();
  builder.setInsertionPointToStart(body);

  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, value);
  };
  auto getFactor = [&](int64_t index) -> Value {
    Value factor = tensor::ExtractOp::create(builder, body->getArgument(0),
                                             constant(index));
    return vector::BroadcastOp::create(builder, vector, factor);
  };
  Value a = getFactor(0), b = getFactor(1);
  Value steps = arith::IndexCastOp::create(builder, builder.getIndexType(),
                                           body->getArgument(1));
  auto loop = scf::ForOp::create(
      builder, constant(0), steps, constant(1), SmallVector<Value>(kSums, a),
      [&](OpBuilder &builder, Location loc, Value, ValueRange values) {
        SmallVector<Value> next;
        for (Value value : values)
          next.push_back(vector::FMAOp::create(builder, loc, value, a, b));
        scf::YieldOp::create(builder, loc, next);
      });
  Value result =
      tensor::EmptyOp::create(builder, sums.getShape(), sums.getElementType());
  for (auto [row, sum] : llvm::enumerate(loop.getResults()))
    result = vector::TransferWriteOp::create(
                 builder, sum, result, ValueRange{constant(row), constant(0)},
                 ArrayRef<bool>{true})
                 .getResult();
  func::ReturnOp::create(builder, result);
  return module;
}

static double getSeconds(llvm::function_ref<void()> body) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  body();
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The seconds until the last of some threads, all of which run `body`, is
/// done.
static double getSecondsOf(unsigned threads, llvm::function_ref<void()> body) {
  return getSeconds([&] {
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads; ++i)
      others.emplace_back([&] { body(); });
    body();
    for (std::thread &other : others)
      other.join();
  });
}

FailureOr<double> grow::measurePeakRate(FloatType type, unsigned threads) {
  auto vector = VectorType::get({getHostVectorBits() / type.getWidth()}, type);
  OwningOpRef<ModuleOp> module = buildLoop(vector);
  CompileOptions options;
  options.parallel = false;
  FailureOr<CompiledModule> compiled =
      CompiledModule::compile(*module, options);
  if (failed(compiled))
    return failure();
  CompiledFunction loop = compiled->lookup("peak");

  // Zeros, so that no sum leaves the range of fast numbers.
  auto factorsType = RankedTensorType::get({2}, type);
  HostTensor factors = HostTensor::allocate(factorsType);
  llvm::fill(factors.getBytes(), 0);
  auto run = [&](uint64_t steps) {
    llvm::cantFail(loop({TensorView(factors), steps}));
  };

  // Long enough for the clock to rise, then the best of a few.
  constexpr double kLongEnough = 0.02;
  uint64_t steps = 1 << 16;
  while (getSecondsOf(threads, [&] { run(steps); }) < kLongEnough)
    steps *= 2;
  double best = std::numeric_limits<double>::max();
  for (int i = 0; i < 5; ++i)
    best = std::min(best, getSecondsOf(threads, [&] { run(steps); }));
  double perStep = 2.0 * kSums * vector.getNumElements();
  return threads * steps * perStep / best;
}
