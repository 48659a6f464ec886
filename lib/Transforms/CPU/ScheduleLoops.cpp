//===- ScheduleLoops.cpp - Blocks to threads as they become free ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/OpenMP/OpenMPDialect.h"

namespace grow {
#define GEN_PASS_DEF_CPUSCHEDULELOOPSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

struct ScheduleLoops
    : public grow::impl::CPUScheduleLoopsPassBase<ScheduleLoops> {
  void runOnOperation() override {
    getOperation()->walk([](omp::WsloopOp loop) {
      if (!loop.getScheduleKind())
        loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
    });
  }
};

} // namespace
