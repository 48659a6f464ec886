//===- Schedule.h - Applying a schedule of expansions -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_SCHEDULE_H
#define GROW_EXPANSION_SCHEDULE_H

#include "grow/Expansion/SizeSchedule.h"

namespace grow {

/// Checks that an op of a schedule is an expansion, and one that can be applied
/// to the model as it is; emits an error if not.
llvm::LogicalResult checkExpansion(mlir::Operation *op, Model &model);

/// Applies the expansions of `schedules`, in order, to the model in `module`.
///
/// All or nothing: if an expansion is refused, its error is emitted and the
/// module stays as it was. On success the module's ops are replaced by those of
/// the grown model, so that every handle to them, `schedules` included, is
/// invalid; schedules that lie in the module are consumed.
///
/// If `sizes` are given, the model gets them after the schedules: see
/// buildSizeSchedule().
llvm::LogicalResult applySchedules(llvm::ArrayRef<ScheduleOp> schedules,
                                   mlir::ModuleOp module,
                                   const SizeRequest *sizes = nullptr);

/// Applies one schedule, which may lie in another module of the same context.
inline llvm::LogicalResult applySchedule(ScheduleOp schedule,
                                         mlir::ModuleOp module) {
  return applySchedules(schedule, module);
}

} // namespace grow

#endif // GROW_EXPANSION_SCHEDULE_H
