//===- Schedules.cpp - Schedules from the command line --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Schedules.h"
#include "grow/Expansion/Schedule.h"
#include "mlir/IR/Verifier.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace grow;

Expected<LayerRequest> LayerRequest::parse(StringRef text) {
  auto malformed = [&](StringRef what) {
    return createStringError(formatv(
        "--layers: '{0}' {1}: expected +N, or +N@i,j,... with the N layers of "
        "the source to insert before",
        text, what));
  };
  LayerRequest request;
  auto [count, positions] = text.split('@');
  if (!count.consume_front("+") || count.getAsInteger(10, request.count) ||
      request.count < 1)
    return malformed("is not a number of new layers");
  constexpr int64_t kMostLayers = 4096;
  if (request.count > kMostLayers)
    return malformed(
        formatv("asks for more than {0} new layers", kMostLayers).str());
  if (count.size() + 1 == text.size())
    return request;
  for (StringRef item : split(positions, ',')) {
    int64_t position;
    if (item.getAsInteger(10, position) || position < 0)
      return malformed("does not list layers after the '@'");
    request.positions.push_back(position);
  }
  if (static_cast<int64_t>(request.positions.size()) != request.count)
    return malformed(formatv("lists {0} positions for {1} layers",
                             request.positions.size(), request.count)
                         .str());
  llvm::sort(request.positions);
  return request;
}

SmallVector<int64_t> spreadLayers(int64_t count, int64_t layers) {
  SmallVector<int64_t> positions;
  for (int64_t i = 1; i <= count; ++i)
    positions.push_back(divideCeil(i * layers, count));
  return positions;
}

Expected<FillAttrInterface> parseFill(StringRef text, uint64_t seed,
                                      mlir::MLIRContext *context) {
  if (text == "zero")
    return ZeroAttr::get(context);
  auto [kind, number] = text.split(':');
  bool isNormal = kind == "normal";
  double size;
  if ((!isNormal && kind != "uniform") || number.getAsDouble(size))
    return createStringError(
        formatv("--init: '{0}' is not a way to fill new weights: expected "
                "normal:STDDEV, uniform:BOUND or zero",
                text));
  std::optional<Exact> exact = Exact::fromDouble(size);
  if (!exact || size < 0)
    return createStringError(formatv(
        "--init: {0} must be a finite number and not negative", number));
  if (isNormal)
    return NormalAttr::get(context, *exact, seed, /*key=*/{});
  return UniformAttr::get(context, *exact, seed, /*key=*/{});
}

mlir::OwningOpRef<mlir::ModuleOp> buildSchedule(const GrowthRequest &request,
                                                int64_t sourceLayers,
                                                mlir::MLIRContext *context) {
  mlir::Location loc = mlir::UnknownLoc::get(context);
  mlir::OwningOpRef<mlir::ModuleOp> module = mlir::ModuleOp::create(loc);
  auto builder = mlir::ImplicitLocOpBuilder::atBlockEnd(loc, module->getBody());
  auto schedule = ScheduleOp::create(builder, "growth");
  builder.createBlock(&schedule.getBody());
  if (request.mlpWidth)
    ExpandMLPOp::create(builder, *request.mlpWidth, /*layers=*/{},
                        MLPZeroSide::Down, request.init, /*bias_init=*/{},
                        /*up_init=*/{}, /*gate_init=*/{}, /*down_init=*/{});
  if (request.layers) {
    SmallVector<int64_t> positions = request.layers->positions;
    if (positions.empty())
      positions = spreadLayers(request.layers->count, sourceLayers);
    bool isRandom = request.layerOrigin == LayerOrigin::Random;
    AddLayersOp::create(builder, positions, request.layerOrigin,
                        isRandom ? request.init : FillAttrInterface(),
                        /*bias_init=*/FillAttrInterface());
  }
  if (failed(mlir::verify(*module)))
    return {};
  return module;
}

LogicalResult applyAll(mlir::ModuleOp schedules, mlir::ModuleOp module) {
  SmallVector<ScheduleOp> ops = llvm::to_vector(schedules.getOps<ScheduleOp>());
  return applySchedules(ops, module);
}
