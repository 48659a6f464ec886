//===- Tables.cpp - Rows of the tables of a model -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tables.h"
#include "grow/Support/Remarks.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

TableExpansion::TableExpansion(Operation *op, Model &model, Axis axis,
                               StringRef rows, int64_t size,
                               const BlockFills &fills)
    : op(op), model(model), rows(rows), size(size) {
  model.getFunction().walk([&](ParameterizedOpInterface user) {
    blocks.append(grow::detail::getBlocks(user, axis, fills));
  });
}

InFlightDiagnostic TableExpansion::refuse() const {
  return op->emitOpError() << "cannot add " << rows << " to the model";
}

int64_t TableExpansion::getRows(const NewBlock &block) const {
  auto type = cast<RankedTensorType>(block.operand->get().getType());
  return type.getDimSize(block.axis);
}

LogicalResult TableExpansion::checkSizes() const {
  if (blocks.empty()) {
    InFlightDiagnostic diag = refuse();
    diag.attachNote(model.getFunction().getLoc())
        << "it has no table of " << rows;
    return diag;
  }
  const NewBlock &first = blocks.front();
  int64_t old = getRows(first);
  for (const NewBlock &block : blocks) {
    if (getRows(block) == old)
      continue;
    InFlightDiagnostic diag = refuse();
    diag.attachNote(first.operand->getOwner()->getLoc())
        << "there are " << old << " " << rows << " here";
    diag.attachNote(block.operand->getOwner()->getLoc())
        << "and " << getRows(block) << " here; which are meant is not clear";
    return diag;
  }
  if (old < size)
    return success();
  InFlightDiagnostic diag = refuse() << " up to " << size;
  diag.attachNote(first.operand->getOwner()->getLoc())
      << "it already has " << old;
  return diag;
}

/// Checks that a block is of a parameter that is nothing but a table.
LogicalResult TableExpansion::checkUses(const NewBlock &block) const {
  ParamOp param = model.getParam(block.operand->get());
  if (!param) {
    InFlightDiagnostic diag = refuse();
    diag.attachNote(block.operand->getOwner()->getLoc())
        << "its '" << block.getName()
        << "' is not a parameter that is read with 'grow.get'";
    return diag;
  }
  for (GetOp reader : model.getReaders(param)) {
    for (OpOperand &use : reader->getUses()) {
      if (llvm::any_of(blocks, [&](const NewBlock &other) {
            return other.operand == &use && other.axis == block.axis;
          }))
        continue;
      InFlightDiagnostic diag = refuse();
      diag.attachNote(use.getOwner()->getLoc())
          << reader.getParamAttr() << ", a table of " << rows
          << ", is used for something else here; give this a parameter of its "
             "own";
      return diag;
    }
  }
  return checkSize(param, block.axis, size - getRows(block),
                   [&] { return refuse(); });
}

LogicalResult TableExpansion::check() const {
  if (failed(checkSizes()))
    return failure();
  for (const NewBlock &block : blocks)
    if (failed(checkUses(block)))
      return failure();
  return success();
}

void TableExpansion::apply(StringRef name) const {
  int64_t old = getRows(blocks.front());
  llvm::SmallPtrSet<Operation *, 4> grown;
  for (const NewBlock &block : blocks)
    if (grown.insert(model.getParam(block.operand->get())).second)
      extend(model, block, NewSlices::append(old, size - old));
  model.onSuccess([loc = op->getLoc(), name, rows = rows, old, size = size,
                   tables = grown.size()] {
    reportPassed(loc, name) << remark::reason("{0} -> {1} {2}", old, size, rows)
                            << remark::metric("parameters", tables)
                            << remark::metric("new-rows", size - old);
  });
}
