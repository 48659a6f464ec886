//===- Schedule.cpp - Applying a schedule of expansions -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Schedule.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace grow;

LogicalResult grow::checkExpansion(Operation *op, Model &model) {
  if (auto expansion = dyn_cast<ExpansionOpInterface>(op))
    return expansion.check(model);
  InFlightDiagnostic diag = op->emitOpError()
                            << "is not an expansion: it does not implement "
                               "ExpansionOpInterface";
  diag.attachNote(op->getParentOp()->getLoc())
      << "every op of a schedule is applied, or none is";
  return diag;
}

static LogicalResult applyExpansions(ScheduleOp schedule, Model &model) {
  for (Operation &op : schedule.getBody().front()) {
    if (failed(checkExpansion(&op, model)))
      return failure();
    cast<ExpansionOpInterface>(op).apply(model);
  }
  return success();
}

LogicalResult grow::applySchedules(ArrayRef<ScheduleOp> schedules,
                                   ModuleOp module, const SizeRequest *sizes) {
  if (schedules.empty() && !sizes)
    return success();
  // Growth happens on a copy, which costs little: parameters have no data.
  IRMapping mapping;
  OwningOpRef<ModuleOp> grown = cast<ModuleOp>(module->clone(mapping));
  FailureOr<Model> model = Model::get(*grown);
  if (failed(model))
    return failure();
  for (ScheduleOp schedule : schedules) {
    if (failed(applyExpansions(schedule, *model)))
      return failure();
    if (Operation *consumed = mapping.lookupOrNull(schedule.getOperation()))
      consumed->erase();
  }
  // Lives until what its expansions have to report is out.
  OwningOpRef<ModuleOp> sizeSchedule;
  if (sizes) {
    auto built = buildSizeSchedule(*sizes, *model, module.getLoc());
    if (failed(built))
      return failure();
    sizeSchedule = *std::move(built);
    for (ScheduleOp schedule : sizeSchedule->getOps<ScheduleOp>())
      if (failed(applyExpansions(schedule, *model)))
        return failure();
  }
  // An expansion from elsewhere must not break the module, either.
  if (failed(verify(*grown)))
    return failure();
  module.getBodyRegion().takeBody(grown->getBodyRegion());
  model->reportSuccess();
  return success();
}
