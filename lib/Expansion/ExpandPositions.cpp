//===- ExpandPositions.cpp - Add positions to a learned embedding ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Expansions.h"
#include "Tables.h"
#include "grow/Expansion/ExpansionInterfaces.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

static TableExpansion getTables(ExpandPositionsOp op, Model &model) {
  BlockFills fills(op.getContext(), op.getInitAttr(), /*biasInit=*/{});
  return TableExpansion(op, model, Axis::Positions, "positions", op.getSize(),
                        fills);
}

namespace {
struct ExpandPositionsModel
    : public ExpansionOpInterface::ExternalModel<ExpandPositionsModel,
                                                 ExpandPositionsOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return getTables(cast<ExpandPositionsOp>(op), model).check();
  }

  void apply(Operation *op, Model &model) const {
    getTables(cast<ExpandPositionsOp>(op), model).apply("ExpandPositions");
  }
};
} // namespace

void grow::detail::attachExpandPositions(MLIRContext *context) {
  ExpandPositionsOp::attachInterface<ExpandPositionsModel>(*context);
}
