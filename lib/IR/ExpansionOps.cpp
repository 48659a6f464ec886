//===- ExpansionOps.cpp - How a model is to grow --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowOps.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace grow;

/// Checks that a fill makes a block from nothing.
static LogicalResult verifyFreshFill(Operation *op, StringRef name,
                                     FillAttrInterface fill) {
  if (!fill || !fill.readsInput())
    return success();
  return op->emitOpError() << "expects '" << name
                           << "' to be a fill that needs no input, but found "
                           << fill;
}

/// Checks that the zero side's own fill, if it has one, is zero.
static LogicalResult verifyZeroSide(ExpandMLPOp op) {
  auto verifySide = [&](MLPZeroSide side, StringRef name,
                        FillAttrInterface fill) -> LogicalResult {
    if (op.getZero() != side || !fill || fill.isZero())
      return success();
    return op.emitOpError() << "expects no '" << name << "', or one of zeros, "
                            << "with 'zero " << stringifyMLPZeroSide(side)
                            << "', but found " << fill;
  };
  return success(
      succeeded(verifySide(MLPZeroSide::Up, "up_init", op.getUpInitAttr())) &&
      succeeded(
          verifySide(MLPZeroSide::Gate, "gate_init", op.getGateInitAttr())) &&
      succeeded(
          verifySide(MLPZeroSide::Down, "down_init", op.getDownInitAttr())));
}

LogicalResult ExpandMLPOp::verify() {
  if (std::optional<ArrayRef<int64_t>> layers = getLayers()) {
    if (layers->empty())
      return emitOpError() << "expects at least one layer in 'layers'";
    if (layers->front() < 0)
      return emitOpError() << "expects 'layers' not to be negative, but found "
                           << layers->front();
    for (auto [previous, layer] : llvm::zip(*layers, layers->drop_front()))
      if (layer <= previous)
        return emitOpError() << "expects 'layers' in strictly increasing "
                                "order, but "
                             << layer << " follows " << previous;
  }
  if (failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())) ||
      failed(verifyFreshFill(*this, "up_init", getUpInitAttr())) ||
      failed(verifyFreshFill(*this, "gate_init", getGateInitAttr())) ||
      failed(verifyFreshFill(*this, "down_init", getDownInitAttr())))
    return failure();
  return verifyZeroSide(*this);
}

LogicalResult AddLayersOp::verify() {
  ArrayRef<int64_t> positions = getPositions();
  if (positions.empty())
    return emitOpError() << "expects at least one position";
  if (positions.front() < 0)
    return emitOpError() << "expects positions not to be negative, but found "
                         << positions.front();
  for (auto [previous, position] : llvm::zip(positions, positions.drop_front()))
    if (position < previous)
      return emitOpError() << "expects positions in increasing order, but "
                           << position << " follows " << previous;
  if (failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())))
    return failure();
  if (getFrom() != LayerOrigin::Random && (getInitAttr() || getBiasInitAttr()))
    return emitOpError() << "expects no fills with 'from "
                         << stringifyLayerOrigin(getFrom())
                         << "': the new layer is a copy";
  return success();
}
