//===- Liveness.cpp - Whether new blocks receive a gradient ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Liveness.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

Known grow::detail::join(Known a, Known b) {
  if (a == b)
    return a;
  bool isNothing = a == Known::Nothing || b == Known::Nothing;
  return isNothing ? Known::Nothing : Known::NotPositive;
}

Known grow::detail::getKnown(FillAttrInterface fill) {
  if (fill.isZero())
    return Known::Zero;
  auto constant = dyn_cast<ConstantAttr>(fill);
  if (!constant || constant.getValue().isPositive())
    return Known::Nothing;
  return constant.getValue() == Exact(-1) ? Known::MinusOne
                                          : Known::NotPositive;
}

/// The number that scaling leaves as it is: zero, or the one it scales about.
static Known getFixedPoint(ScaleOp op) {
  if (!op.getAbout())
    return Known::Zero;
  return op.getAboutAttr().getValue() == Exact(-1) ? Known::MinusOne
                                                   : Known::Nothing;
}

Known grow::detail::getKnown(Value derived) {
  return llvm::TypeSwitch<Operation *, Known>(derived.getDefiningOp())
      .Case([](FillOp op) { return getKnown(op.getFill()); })
      .Case([](ExtendOp op) {
        return join(getKnown(op.getInput()), getKnown(op.getFill()));
      })
      .Case([](DropOp op) { return getKnown(op.getInput()); })
      .Case([](RegroupOp op) { return getKnown(op.getInput()); })
      .Case([](ScaleOp op) {
        Known fixed = getFixedPoint(op);
        return getKnown(op.getX()) == fixed ? fixed : Known::Nothing;
      })
      .Default([](Operation *) { return Known::Nothing; });
}

Known grow::detail::getProjection(bool inputIsZero, Known weight, Known bias) {
  return inputIsZero || weight == Known::Zero ? bias : Known::Nothing;
}

//===----------------------------------------------------------------------===//
// MLP
//===----------------------------------------------------------------------===//

bool MLPUnits::isStuck() const {
  return activation == Activation::ReLU && gate.value_or(up) != Known::Nothing;
}

bool MLPUnits::isLive() const {
  // hidden = activation(activated) * factor; without a gate the factor is 1.
  Known activated = gate.value_or(up);
  bool activationIsZero = activated == Known::Zero || isStuck();
  bool factorIsZero = gate && up == Known::Zero;
  bool downIsZero = down == Known::Zero;
  bool downLives = !activationIsZero && !factorIsZero;
  bool activatedLives = !downIsZero && !isStuck() && !factorIsZero;
  bool factorLives = gate && !downIsZero && !activationIsZero;
  return downLives || activatedLives || factorLives;
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

bool NewScores::isLive() const {
  // Queries that are not zero carry a gradient to keys. Keys carry one to
  // queries only if they differ between tokens: the gradient of a softmax adds
  // up to zero, and with it what equal keys would pass on.
  bool keysDiffer =
      keyWeight != Known::Zero || (keyBias != Known::Zero && rotates);
  return query != Known::Zero || keysDiffer;
}

//===----------------------------------------------------------------------===//
// Branches
//===----------------------------------------------------------------------===//

namespace {
/// What is known of the values inside a layer.
class Branch {
public:
  explicit Branch(function_ref<Known(Value)> getParameter)
      : getParameter(getParameter) {}

  bool isZero(Value value);
  /// What the values of attention are, before they are mixed.
  Known getValues(AttentionOp op) {
    return getProjection(isZero(op.getX()), getParameter(op.getWv()),
                         getBias(op.getBv()));
  }
  MLPUnits getUnits(MLPOp op);

private:
  bool computeIsZero(Operation *op);
  Known getBias(Value bias) const {
    return bias ? getParameter(bias) : Known::Zero;
  }

  function_ref<Known(Value)> getParameter;
  /// Values may be read in several places; each is looked at once.
  llvm::DenseMap<Value, bool> zeros;
};
} // namespace

MLPUnits Branch::getUnits(MLPOp op) {
  bool inputIsZero = isZero(op.getX());
  MLPUnits units;
  units.activation = op.getActivation();
  if (op.getGate())
    units.gate = getProjection(inputIsZero, getParameter(op.getGate()),
                               getBias(op.getGateBias()));
  units.up = getProjection(inputIsZero, getParameter(op.getUp()),
                           getBias(op.getUpBias()));
  units.down = getParameter(op.getDown());
  return units;
}

bool Branch::isZero(Value value) {
  if (auto it = zeros.find(value); it != zeros.end())
    return it->second;
  Operation *op = value.getDefiningOp();
  bool result = op && computeIsZero(op);
  zeros[value] = result;
  return result;
}

bool Branch::computeIsZero(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](RMSNormOp op) {
        // The gain of a norm with an offset is zero where it is stored as -1.
        Known zero = op.getUnitOffset() ? Known::MinusOne : Known::Zero;
        return getParameter(op.getGain()) == zero || isZero(op.getX());
      })
      .Case([&](LayerNormOp op) {
        return getBias(op.getBias()) == Known::Zero &&
               (getParameter(op.getGain()) == Known::Zero || isZero(op.getX()));
      })
      .Case([&](AttentionOp op) {
        return getBias(op.getBo()) == Known::Zero &&
               (getParameter(op.getWo()) == Known::Zero ||
                getValues(op) == Known::Zero);
      })
      .Case([&](MLPOp op) {
        MLPUnits units = getUnits(op);
        bool hiddenIsZero = units.isStuck() || units.up == Known::Zero ||
                            units.gate == Known::Zero;
        return getBias(op.getDownBias()) == Known::Zero &&
               (hiddenIsZero || units.down == Known::Zero);
      })
      .Case([&](DenseOp op) {
        // All activations are zero at zero.
        return getProjection(isZero(op.getX()), getParameter(op.getWeight()),
                             getBias(op.getBias())) == Known::Zero;
      })
      .Case([&](ScaleOp op) { return !op.getAbout() && isZero(op.getX()); })
      .Case<SoftcapOp, SelectTokenOp>(
          [&](auto op) { return isZero(op.getX()); })
      .Case([&](arith::AddFOp op) {
        return isZero(op.getLhs()) && isZero(op.getRhs());
      })
      .Default([](Operation *) { return false; });
}

bool grow::detail::isLiveBranch(Operation *end,
                                function_ref<Known(Value)> getParameter) {
  Branch branch(getParameter);
  return llvm::TypeSwitch<Operation *, bool>(end)
      .Case<RMSNormOp, LayerNormOp>(
          [&](auto op) { return !branch.isZero(op.getX()); })
      .Case([&](AttentionOp op) { return branch.getValues(op) != Known::Zero; })
      .Case([&](MLPOp op) { return branch.getUnits(op).isLive(); })
      .Default([](Operation *) { return true; });
}
