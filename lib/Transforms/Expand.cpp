//===- Expand.cpp - Apply schedules of expansions -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

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

  void runOnOperation() override {
    FailureOr<SmallVector<ScheduleOp>> schedules = selectSchedules();
    if (failed(schedules) || failed(applySchedules(*schedules, getOperation())))
      signalPassFailure();
  }

private:
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
