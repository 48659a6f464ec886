//===- Conform.cpp - A grown model as its configuration says it -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Conform.h"
#include "grow/Checkpoint/CompareModels.h"
#include "grow/Expansion/Compensation.h"
#include "grow/Expansion/Model.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;

namespace {
class Conformer {
public:
  Conformer(Model &model, ArrayRef<Exact> exactNumbers)
      : model(model), exactNumbers(exactNumbers) {}

  LogicalResult conform(FunctionOpInterface grown,
                        FunctionOpInterface described);

private:
  /// A norm and what it should be.
  using NormPair = std::pair<Operation *, Operation *>;

  LogicalResult conform(Region &grown, Region &described);
  LogicalResult conform(Operation *grown, Operation *described);
  LogicalResult conform(AttentionOp grown, AttentionOp described);
  LogicalResult conform(ScaleOp grown, ScaleOp described);
  LogicalResult conformScale(AttentionOp grown, AttentionOp described);
  LogicalResult conformQKNorm(AttentionOp grown, AttentionOp described);
  template <typename NormOp>
  LogicalResult conformNorm(NormOp grown, NormOp described);
  LogicalResult conformEpsilons();

  /// Whether the parameters may be multiplied, so that the attribute becomes
  /// the one of `described`.
  LogicalResult checkParams(ArrayRef<StringRef> params,
                            ParameterizedOpInterface grown,
                            Operation *described, StringRef attribute);
  /// The number that the configuration means by the one that it holds.
  const Exact &getExact(const Exact &number) const;

  Model &model;
  ArrayRef<Exact> exactNumbers;
  /// Norms with the epsilon that they should have, and with another one.
  SmallVector<NormPair> goodNorms, otherNorms;
};
} // namespace

static bool areEqual(ExactAttr a, ExactAttr b) {
  return a.getValue().toDouble() == b.getValue().toDouble();
}

static InFlightDiagnostic emitImmovable(Operation *grown, Operation *described,
                                        StringRef attribute) {
  return emitDifference(grown)
         << "has '" << attribute << "' " << grown->getAttr(attribute)
         << ", but its configuration says " << described->getAttr(attribute)
         << ", and the difference cannot be moved into weights";
}

const Exact &Conformer::getExact(const Exact &number) const {
  const Exact *it = llvm::find_if(exactNumbers, [&](const Exact &exact) {
    return exact.toDouble() == number.toDouble();
  });
  return it == exactNumbers.end() ? number : *it;
}

LogicalResult Conformer::checkParams(ArrayRef<StringRef> params,
                                     ParameterizedOpInterface grown,
                                     Operation *described,
                                     StringRef attribute) {
  for (auto [i, role] : llvm::enumerate(grown.getParamRoles())) {
    if (!llvm::is_contained(params, role.name))
      continue;
    OpOperand *operand = grown.getParamOperand(i);
    auto emitError = [&] { return emitImmovable(grown, described, attribute); };
    if (operand &&
        failed(model.checkOwnParameter(*operand, role.name, emitError)))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

template <typename NormOp>
LogicalResult Conformer::conformNorm(NormOp grown, NormOp described) {
  if (grown.getCount() != described.getCount()) {
    if (failed(checkParams({"gain"}, grown, described, "count")))
      return failure();
    setCount(model, grown, described.getCount());
  }
  bool isGood = areEqual(grown.getEpsilonAttr(), described.getEpsilonAttr());
  (isGood ? goodNorms : otherNorms).emplace_back(grown, described);
  return success();
}

static constexpr llvm::StringLiteral epsilonName = "epsilon";

static const Exact &getEpsilon(Operation *norm) {
  return norm->getAttrOfType<ExactAttr>(epsilonName).getValue();
}

/// What the epsilon of a norm has to be multiplied by; none if there is no such
/// number.
static std::optional<Exact> getMissingFactor(Operation *grown,
                                             Operation *described) {
  if (getEpsilon(grown).isZero() || getEpsilon(described).isZero())
    return std::nullopt;
  return getEpsilon(described).times(getEpsilon(grown).inverse());
}

/// Some frameworks fix epsilons. If all norms miss theirs by one factor, a
/// stream that is larger by its root makes up for it.
LogicalResult Conformer::conformEpsilons() {
  if (!otherNorms.empty() && goodNorms.empty()) {
    Operation *grown = otherNorms.front().first;
    Operation *described = otherNorms.front().second;
    std::optional<Exact> factor = getMissingFactor(grown, described);
    std::optional<Exact> root = factor ? factor->root() : std::nullopt;
    bool isCommon = llvm::all_of(otherNorms, [&](const NormPair &pair) {
      return getMissingFactor(pair.first, pair.second) == factor;
    });
    if (root && isCommon && failed(scaleStream(model, *root, [&] {
          return emitImmovable(grown, described, epsilonName);
        })))
      return failure();
  }
  return success();
}

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

LogicalResult Conformer::conformScale(AttentionOp grown,
                                      AttentionOp described) {
  if (!areEqual(grown.getScaleAttr(), described.getScaleAttr())) {
    bool hasNorm = grown.getQGain() != nullptr;
    SmallVector<StringRef> params = hasNorm
                                        ? SmallVector<StringRef>{"q_gain"}
                                        : SmallVector<StringRef>{"q", "q_bias"};
    if (failed(checkParams(params, grown, described, "scale")))
      return failure();
    setScale(model, grown, getExact(described.getScaleAttr().getValue()));
  }
  return success();
}

LogicalResult Conformer::conformQKNorm(AttentionOp grown,
                                       AttentionOp described) {
  if (!grown.getQGain() || !described.getQGain())
    return success();
  if (grown.getQkCount() != described.getQkCount()) {
    if (failed(checkParams({"q_gain", "k_gain"}, grown, described, "qk_count")))
      return failure();
    setQKCount(model, grown, *described.getQkCount());
  }
  if (!areEqual(grown.getQkEpsilonAttr(), described.getQkEpsilonAttr())) {
    // No weight makes up for an epsilon that comes or goes.
    if (grown.getQkEpsilonAttr().getValue().isZero() ||
        described.getQkEpsilonAttr().getValue().isZero())
      return success();
    if (failed(checkParams({"q", "q_bias", "k", "k_bias"}, grown, described,
                           "qk_epsilon")))
      return failure();
    setQKEpsilon(model, grown,
                 getExact(described.getQkEpsilonAttr().getValue()));
  }
  return success();
}

LogicalResult Conformer::conform(AttentionOp grown, AttentionOp described) {
  // The count first, since it moves the epsilon.
  return success(succeeded(conformQKNorm(grown, described)) &&
                 succeeded(conformScale(grown, described)));
}

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

LogicalResult Conformer::conform(ScaleOp grown, ScaleOp described) {
  if (!areEqual(grown.getFactorAttr(), described.getFactorAttr()))
    return setEmbeddingScale(
        model, grown, described.getFactor().getValue(),
        [&] { return emitImmovable(grown, described, "factor"); });
  return success();
}

//===----------------------------------------------------------------------===//
// Walking
//===----------------------------------------------------------------------===//

LogicalResult Conformer::conform(Operation *grown, Operation *described) {
  if (grown->getName() != described->getName() ||
      grown->getNumRegions() != described->getNumRegions())
    return success();
  for (auto [a, b] : llvm::zip(grown->getRegions(), described->getRegions()))
    if (failed(conform(a, b)))
      return failure();
  return llvm::TypeSwitch<Operation *, LogicalResult>(grown)
      .Case<AttentionOp>(
          [&](auto op) { return conform(op, cast<AttentionOp>(described)); })
      .Case<ScaleOp>(
          [&](auto op) { return conform(op, cast<ScaleOp>(described)); })
      .Case<RMSNormOp>(
          [&](auto op) { return conformNorm(op, cast<RMSNormOp>(described)); })
      .Case<LayerNormOp>([&](auto op) {
        return conformNorm(op, cast<LayerNormOp>(described));
      })
      .Default(success());
}

LogicalResult Conformer::conform(Region &grown, Region &described) {
  if (!grown.hasOneBlock() || !described.hasOneBlock())
    return success();
  for (auto [a, b] : llvm::zip(getComputation(grown.front()),
                               getComputation(described.front())))
    if (failed(conform(a, b)))
      return failure();
  return success();
}

LogicalResult Conformer::conform(FunctionOpInterface grown,
                                 FunctionOpInterface described) {
  return success(succeeded(conform(grown.getFunctionBody(),
                                   described.getFunctionBody())) &&
                 succeeded(conformEpsilons()));
}

LogicalResult grow::conformModel(ModuleOp grown, ModuleOp described,
                                 ArrayRef<Exact> exactNumbers) {
  FailureOr<Model> model = Model::get(grown);
  FailureOr<Model> other = Model::get(described);
  if (failed(model) || failed(other))
    return failure();
  return Conformer(*model, exactNumbers)
      .conform(model->getFunction(), other->getFunction());
}
