//===- Expand.cpp - Apply schedules of expansions -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/Expand.h"
#include "grow/Expansion/Schedule.h"
#include "grow/Transforms/Passes.h"

namespace grow {
#define GEN_PASS_DEF_EXPANDPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {
struct ExpandPass : public grow::impl::ExpandPassBase<ExpandPass> {
  using ExpandPassBase::ExpandPassBase;

  std::function<LogicalResult(SizeRequest &, uint64_t)> complete;

  void runOnOperation() override {
    FailureOr<SmallVector<ScheduleOp>> schedules = selectSchedules();
    FailureOr<SizeRequest> sizes = getSizes();
    if (failed(schedules) || failed(sizes) ||
        failed(applySchedules(*schedules, getOperation(),
                              sizes->isEmpty() ? nullptr : &*sizes)))
      signalPassFailure();
  }

private:
  InFlightDiagnostic refuse(const llvm::cl::Option &option) {
    return getOperation().emitError()
           << "option '" << option.ArgStr << "' of grow-expand: ";
  }

  LogicalResult getSize(Option<int64_t> &option, std::optional<int64_t> &size) {
    if (option < 0)
      return refuse(option) << "expected a size, found " << option.getValue();
    if (option > 0)
      size = option;
    return success();
  }

  /// Reads an option that is one of the names of an enumeration.
  template <typename EnumT>
  LogicalResult getEnum(Option<std::string> &option, EnumT &value) {
    std::optional<EnumT> found = symbolizeEnum<EnumT>(option.getValue());
    if (!found)
      return refuse(option) << "unknown value '" << option.getValue() << "'";
    value = *found;
    return success();
  }

  LogicalResult getFill(FillAttrInterface &fill) {
    std::string text = init;
    if (text.empty() && (seed == 0 || complete))
      return success(); // the host's, or the default of each expansion
    if (text.empty())
      text = "normal:0.02";
    auto parsed = parseFill(text, seed, &getContext());
    if (!parsed)
      return refuse(init) << llvm::toString(parsed.takeError());
    fill = *parsed;
    return success();
  }

  FailureOr<SizeRequest> getSizes() {
    SizeRequest request;
    if (failed(getSize(mlp, request.mlp)) ||
        failed(getSize(hidden, request.hidden)) ||
        failed(getSize(heads, request.heads)) ||
        failed(getSize(kvHeads, request.kvHeads)) ||
        failed(getSize(headDim, request.headDim)) ||
        failed(getSize(key, request.key)) ||
        failed(getSize(value, request.value)) ||
        failed(getSize(vocabulary, request.vocabulary)) ||
        failed(getSize(positions, request.positions)) ||
        failed(getSize(unshareKVHeads, request.unshareKVHeads)) ||
        failed(getEnum(layersFrom, request.layersFrom)) ||
        failed(getEnum(mlpZero, request.mlpZero)) ||
        failed(getEnum(keyZero, request.keyZero)) ||
        failed(getEnum(valueZero, request.valueZero)) ||
        failed(getEnum(compensation, request.compensation)) ||
        failed(getFill(request.init)))
      return failure();
    request.allowDead = allowDead;
    if (!layers.empty()) {
      auto parsed = LayerRequest::parse(layers);
      if (!parsed)
        return refuse(layers) << llvm::toString(parsed.takeError());
      request.layers = *parsed;
    }
    if (complete && failed(complete(request, seed)))
      return failure();
    return request;
  }

  FailureOr<SmallVector<ScheduleOp>> selectSchedules() {
    if (schedule.empty())
      return llvm::to_vector(getOperation().getOps<ScheduleOp>());
    if (auto op = getOperation().lookupSymbol<ScheduleOp>(schedule))
      return SmallVector<ScheduleOp>{op};
    return getOperation().emitError()
           << "expects a 'grow.schedule' named @" << schedule.getValue()
           << ", as the option 'schedule' of grow-expand asks for";
  }
};
} // namespace

std::unique_ptr<Pass> grow::createExpandPass(
    std::function<LogicalResult(SizeRequest &, uint64_t)> complete) {
  auto pass = std::make_unique<ExpandPass>();
  pass->complete = std::move(complete);
  return pass;
}
