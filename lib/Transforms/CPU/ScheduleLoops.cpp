//===- ScheduleLoops.cpp - Blocks to threads as they become free ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
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
    int64_t loops = 0;
    getOperation()->walk([&](omp::WsloopOp loop) {
      if (loop.getScheduleKind())
        return;
      loop.setScheduleKind(omp::ClauseScheduleKind::Dynamic);
      ++loops;
    });
    grow::reportCount(getOperation(), getName(), loops, "loops",
                      "given a dynamic schedule");
  }
};

} // namespace
