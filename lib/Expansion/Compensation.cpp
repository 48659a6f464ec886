//===- Compensation.cpp - Moving attributes into weights ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Compensation.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace grow;

/// Factors here are products and roots of sizes and of what a configuration
/// says: far from the bounds of an Exact.
static Exact multiply(const Exact &a, const Exact &b) {
  std::optional<Exact> product = a.times(b);
  assert(product && "factor of an absurd size");
  return *product;
}

static Exact divide(const Exact &a, const Exact &b) {
  return multiply(a, b.inverse());
}

static Exact getRatio(int64_t numerator, int64_t denominator) {
  return Exact::rational(Exact::Int(numerator), Exact::Int(denominator));
}

Exact grow::getRootOfRatio(int64_t numerator, int64_t denominator) {
  std::optional<Exact> root = Exact::root(numerator, denominator);
  assert(root && "sizes of an absurd size");
  return *root;
}

static ExactAttr getAttr(Operation *op, const Exact &value) {
  return ExactAttr::get(op->getContext(), value);
}

/// Multiplies the parameter that `value` reads, if there is one.
static void scaleParam(Model &model, Value value, const Exact &factor) {
  if (value)
    model.scale(model.getParam(value), factor);
}

/// Multiplies a gain, of which the parameter may hold the difference from 1.
static void scaleGain(Model &model, Value gain, bool unitOffset,
                      const Exact &factor) {
  model.scale(model.getParam(gain), factor,
              unitOffset ? std::optional(Exact(-1)) : std::nullopt);
}

void grow::setScale(Model &model, AttentionOp op, const Exact &scale) {
  Exact factor = divide(op.getScaleAttr().getValue(), scale);
  if (op.getQGain()) {
    scaleGain(model, op.getQGain(), op.getQkUnitOffset(), factor);
  } else {
    scaleParam(model, op.getWq(), factor);
    scaleParam(model, op.getBq(), factor);
  }
  op.setScaleAttr(getAttr(op, scale));
}

template <typename NormOp>
static void setCountOfNorm(Model &model, NormOp op, bool unitOffset,
                           int64_t count) {
  auto old = static_cast<int64_t>(op.getCount());
  scaleGain(model, op.getGain(), unitOffset, getRootOfRatio(old, count));
  op.setEpsilonAttr(getAttr(
      op, multiply(op.getEpsilonAttr().getValue(), getRatio(old, count))));
  op.setCount(count);
}

void grow::setCount(Model &model, RMSNormOp op, int64_t count) {
  setCountOfNorm(model, op, op.getUnitOffset(), count);
}

void grow::setCount(Model &model, LayerNormOp op, int64_t count) {
  setCountOfNorm(model, op, /*unitOffset=*/false, count);
}

void grow::setQKCount(Model &model, AttentionOp op, int64_t count) {
  auto old = static_cast<int64_t>(*op.getQkCount());
  for (Value gain : {op.getQGain(), op.getKGain()})
    scaleGain(model, gain, op.getQkUnitOffset(), getRootOfRatio(old, count));
  op.setQkEpsilonAttr(getAttr(
      op, multiply(op.getQkEpsilonAttr().getValue(), getRatio(old, count))));
  op.setQkCount(count);
}

void grow::setQKEpsilon(Model &model, AttentionOp op, const Exact &epsilon) {
  Exact ratio = divide(epsilon, op.getQkEpsilonAttr().getValue());
  std::optional<Exact> factor = ratio.root();
  assert(factor && "epsilons of an absurd ratio");
  for (Value input : {op.getWq(), op.getBq(), op.getWk(), op.getBk()})
    scaleParam(model, input, *factor);
  op.setQkEpsilonAttr(getAttr(op, epsilon));
}
