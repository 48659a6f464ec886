//===- ExpansionOps.cpp - How a model is to grow --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowOps.h"
#include "grow/IR/Layers.h"
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

/// Checks that a side that is to be zero has no fill of its own, or zeros.
static LogicalResult verifyZeroFill(Operation *op, bool isZeroSide,
                                    StringRef side, StringRef name,
                                    FillAttrInterface fill) {
  if (!isZeroSide || !fill || fill.isZero())
    return success();
  return op->emitOpError() << "expects no '" << name << "', or one of zeros, "
                           << "with 'zero " << side << "', but found " << fill;
}

LogicalResult ExpandMLPOp::verify() {
  if (failed(verifyLayers(*this, getLayers())) ||
      failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())) ||
      failed(verifyFreshFill(*this, "up_init", getUpInitAttr())) ||
      failed(verifyFreshFill(*this, "gate_init", getGateInitAttr())) ||
      failed(verifyFreshFill(*this, "down_init", getDownInitAttr())))
    return failure();
  StringRef side = stringifyMLPZeroSide(getZero());
  return success(
      succeeded(verifyZeroFill(*this, getZero() == MLPZeroSide::Up, side,
                               "up_init", getUpInitAttr())) &&
      succeeded(verifyZeroFill(*this, getZero() == MLPZeroSide::Gate, side,
                               "gate_init", getGateInitAttr())) &&
      succeeded(verifyZeroFill(*this, getZero() == MLPZeroSide::Down, side,
                               "down_init", getDownInitAttr())));
}

LogicalResult ExpandHeadsOp::verify() {
  if (failed(verifyLayers(*this, getLayers())) ||
      failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())) ||
      failed(verifyFreshFill(*this, "value_init", getValueInitAttr())) ||
      failed(verifyFreshFill(*this, "output_init", getOutputInitAttr())))
    return failure();
  StringRef side = stringifyValueZeroSide(getZero());
  return success(
      succeeded(verifyZeroFill(*this, getZero() == ValueZeroSide::Value, side,
                               "value_init", getValueInitAttr())) &&
      succeeded(verifyZeroFill(*this, getZero() == ValueZeroSide::Output, side,
                               "output_init", getOutputInitAttr())));
}

LogicalResult ExpandAttentionOp::verify() {
  if (failed(verifyLayers(*this, getLayers())) ||
      failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())) ||
      failed(verifyFreshFill(*this, "query_init", getQueryInitAttr())) ||
      failed(verifyFreshFill(*this, "key_init", getKeyInitAttr())))
    return failure();
  StringRef side = stringifyKeyZeroSide(getZero());
  return success(
      succeeded(verifyZeroFill(*this, getZero() != KeyZeroSide::Key, side,
                               "query_init", getQueryInitAttr())) &&
      succeeded(verifyZeroFill(*this, getZero() != KeyZeroSide::Query, side,
                               "key_init", getKeyInitAttr())));
}

LogicalResult AddHeadsOp::verify() {
  if (failed(verifyLayers(*this, getLayers())) ||
      failed(verifyFreshFill(*this, "init", getInitAttr())) ||
      failed(verifyFreshFill(*this, "bias_init", getBiasInitAttr())) ||
      failed(verifyFreshFill(*this, "query_init", getQueryInitAttr())) ||
      failed(verifyFreshFill(*this, "key_init", getKeyInitAttr())) ||
      failed(verifyFreshFill(*this, "value_init", getValueInitAttr())) ||
      failed(verifyFreshFill(*this, "output_init", getOutputInitAttr())))
    return failure();
  if (getUnit() == HeadUnit::Queries) {
    if (getZero() == ValueZeroSide::Value)
      return emitOpError() << "expects 'zero output' for heads of queries, "
                              "which have no values of their own";
    if (getKeyInitAttr() || getValueInitAttr())
      return emitOpError() << "expects no 'key_init' and no 'value_init' for "
                              "heads of queries, which have neither keys nor "
                              "values of their own";
  }
  StringRef side = stringifyValueZeroSide(getZero());
  return success(
      succeeded(verifyZeroFill(*this, getZero() == ValueZeroSide::Value, side,
                               "value_init", getValueInitAttr())) &&
      succeeded(verifyZeroFill(*this, getZero() == ValueZeroSide::Output, side,
                               "output_init", getOutputInitAttr())));
}

LogicalResult UnshareHeadsOp::verify() {
  if (getFactor() < 2)
    return emitOpError() << "expects a factor of at least 2, but found "
                         << getFactor();
  return verifyLayers(*this, getLayers());
}

LogicalResult ExpandHiddenOp::verify() {
  if (getCompensation() == Compensation::Graph &&
      getPadding().value_or(HiddenPadding::Zero) != HiddenPadding::Zero)
    return emitOpError() << "expects 'padding zero' with 'compensation graph', "
                            "but found 'padding "
                         << stringifyHiddenPadding(*getPadding()) << "'";
  return success(
      succeeded(verifyFreshFill(*this, "init", getInitAttr())) &&
      succeeded(verifyFreshFill(*this, "gain_init", getGainInitAttr())));
}

/// Checks the fill of new rows of a table: fresh, or the mean of the old ones.
static LogicalResult verifyRowFill(Operation *op, StringRef name,
                                   FillAttrInterface fill) {
  return isa_and_nonnull<MeanAttr>(fill) ? success()
                                         : verifyFreshFill(op, name, fill);
}

LogicalResult ExpandVocabularyOp::verify() {
  return success(
      succeeded(verifyRowFill(*this, "init", getInitAttr())) &&
      succeeded(verifyRowFill(*this, "bias_init", getBiasInitAttr())));
}

LogicalResult ExpandPositionsOp::verify() {
  return verifyRowFill(*this, "init", getInitAttr());
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
