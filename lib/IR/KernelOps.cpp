//===- KernelOps.cpp - What code generation computes at once --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/KernelOps.h"

#include "Syntax.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace grow;

using Effect = SideEffects::EffectInstance<MemoryEffects::Effect>;

#define GET_OP_CLASSES
#include "grow/IR/KernelOps.cpp.inc"

//===----------------------------------------------------------------------===//
// FusedAttentionOp
//===----------------------------------------------------------------------===//

/// Reports an operand whose shape is not `expected`.
static LogicalResult expectShape(FusedAttentionOp op, StringRef name,
                                 Value operand, ArrayRef<int64_t> expected) {
  auto type = cast<ShapedType>(operand.getType());
  if (succeeded(verifyCompatibleShape(type.getShape(), expected)))
    return success();
  InFlightDiagnostic diag = op.emitOpError()
                            << "expects '" << name << "' of shape ";
  llvm::interleave(
      expected, diag,
      [&](int64_t size) {
        ShapedType::isDynamic(size) ? diag << "?" : diag << size;
      },
      "x");
  return diag << ", as the queries and the values have it, but found " << type;
}

LogicalResult FusedAttentionOp::verify() {
  ShapedType queries = getQueriesType();
  for (int64_t axis = 2; axis < 5; ++axis)
    if (queries.isDynamicDim(axis))
      return emitOpError() << "expects known groups, heads and key width, but "
                              "found queries of type "
                           << queries;
  if (ShapedType::isDynamic(getValueWidth()))
    return emitOpError() << "expects a known value width, but found values of "
                            "type "
                         << getValues().getType();
  int64_t batch = queries.getDimSize(0), length = queries.getDimSize(1);
  int64_t groups = getGroups(), heads = getHeadsPerGroup();
  if (failed(expectShape(*this, "keys", getKeys(),
                         {batch, length, groups, getKeyWidth()})) ||
      failed(expectShape(*this, "values", getValues(),
                         {batch, length, groups, getValueWidth()})) ||
      failed(expectShape(*this, "init", getInit(),
                         {batch, length, groups, heads, getValueWidth()})) ||
      (getSlopes() &&
       failed(expectShape(*this, "slopes", getSlopes(), {groups, heads}))))
    return failure();

  bool isTensor = isa<TensorType>(queries);
  for (Value operand : getOperands())
    if (isa<TensorType>(operand.getType()) != isTensor)
      return emitOpError() << "expects tensors or buffers, not both: found "
                           << queries << " and " << operand.getType();
  for (Value operand : {getKeys(), getValues(), getInit()})
    if (getElementTypeOrSelf(operand) != getElementType())
      return emitOpError() << "expects one element type, but found "
                           << getElementType() << " and "
                           << getElementTypeOrSelf(operand);
  if (!getScaleAttr().getValue().isPositive())
    return emitOpError() << "expects a positive scale";
  if (getSoftcapAttr() && !getSoftcapAttr().getValue().isPositive())
    return emitOpError() << "expects a positive soft cap";
  if (getWindow() && !getCausal())
    return emitOpError() << "expects a window only with 'causal'";
  return success();
}

void FusedAttentionOp::getEffects(SmallVectorImpl<Effect> &effects) {
  for (OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<MemRefType>(operand.get().getType()))
      continue;
    MemoryEffects::Effect *effect = MemoryEffects::Read::get();
    if (isDpsInit(&operand))
      effect = MemoryEffects::Write::get();
    effects.emplace_back(effect, &operand);
  }
}
