//===- Compensation.cpp - Moving attributes into weights ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Expansion/Compensation.h"
#include "Stream.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

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

void grow::setScale(Model &model, AttentionOp op, const Exact &scale,
                    ScaledSide side) {
  Exact factor = divide(op.getScaleAttr().getValue(), scale);
  bool onQueries = side == ScaledSide::Queries;
  if (op.getQGain()) {
    scaleGain(model, onQueries ? op.getQGain() : op.getKGain(),
              op.getQkUnitOffset(), factor);
  } else {
    scaleParam(model, onQueries ? op.getWq() : op.getWk(), factor);
    scaleParam(model, onQueries ? op.getBq() : op.getBk(), factor);
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

//===----------------------------------------------------------------------===//
// Tables that write and read the stream
//===----------------------------------------------------------------------===//

/// The norm whose result is `value`, or a multiple of it or one token, and
/// nothing else; null if there is none.
static ParameterizedOpInterface findNorm(Value value) {
  while (value.hasOneUse()) {
    Operation *op = value.getDefiningOp();
    if (isa_and_nonnull<RMSNormOp, LayerNormOp>(op))
      return cast<ParameterizedOpInterface>(op);
    if (!isa_and_nonnull<ScaleOp, SelectTokenOp>(op) || op->hasAttr("about"))
      return {};
    value = op->getOperand(0);
  }
  return {};
}

namespace {
/// The norms that pay when tables change which tied unembeddings read.
class TiedNorms {
public:
  TiedNorms(const Model &model, function_ref<InFlightDiagnostic()> emitError)
      : model(model), emitError(emitError) {}

  /// Adds the norms before the unembeddings that read `param`. Fails if
  /// anything else reads it but the operands that `isWriter` says.
  LogicalResult addReaders(ParamOp param,
                           function_ref<bool(OpOperand &)> isWriter);
  /// Multiplies what each norm computes.
  void scale(Model &model, const Exact &factor) const;

private:
  LogicalResult addReader(ParamOp param, OpOperand &use);

  const Model &model;
  function_ref<InFlightDiagnostic()> emitError;
  SetVector<Operation *> norms;
};
} // namespace

LogicalResult TiedNorms::addReader(ParamOp param, OpOperand &use) {
  auto unembedding = dyn_cast<UnembeddingOp>(use.getOwner());
  if (!unembedding || &use != &unembedding.getTableMutable()) {
    emitError().attachNote(use.getOwner()->getLoc())
        << "@" << param.getSymName()
        << " writes the stream and is also used here; give '"
        << use.getOwner()->getName() << "' a parameter of its own";
    return failure();
  }
  ParameterizedOpInterface norm = findNorm(unembedding.getX());
  if (!norm) {
    emitError().attachNote(unembedding.getLoc())
        << "it shares its 'table' with the embedding, and no norm before it, "
           "which nothing else reads, could make up for a factor";
    return failure();
  }
  for (auto [i, role] : llvm::enumerate(norm.getParamRoles()))
    if (OpOperand *operand = norm.getParamOperand(i))
      if (failed(model.checkOwnParameter(*operand, role.name, emitError)))
        return failure();
  norms.insert(norm);
  return success();
}

LogicalResult TiedNorms::addReaders(ParamOp param,
                                    function_ref<bool(OpOperand &)> isWriter) {
  for (GetOp reader : model.getReaders(param))
    for (OpOperand &use : reader->getUses())
      if (!isWriter(use) && failed(addReader(param, use)))
        return failure();
  return success();
}

void TiedNorms::scale(Model &model, const Exact &factor) const {
  for (Operation *norm : norms)
    llvm::TypeSwitch<Operation *>(norm)
        .Case([&](RMSNormOp op) {
          scaleGain(model, op.getGain(), op.getUnitOffset(), factor);
        })
        .Case([&](LayerNormOp op) {
          scaleParam(model, op.getGain(), factor);
          scaleParam(model, op.getBias(), factor);
        });
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

/// The operands by which ops write scaled values.
static llvm::SmallPtrSet<OpOperand *, 16> findWriters(const Stream &stream) {
  llvm::SmallPtrSet<OpOperand *, 16> writers;
  for (const ParamUse &use : stream.getUses())
    if (use.role->findAxis(Axis::HiddenOut) &&
        stream.getHeld(use.operand->getOwner()->getResult(0)) == Held::Scaled)
      writers.insert(use.operand);
  return writers;
}

/// Multiplies the epsilon of a norm.
static void scaleEpsilon(Operation *norm, const Exact &factor) {
  llvm::TypeSwitch<Operation *>(norm).Case<RMSNormOp, LayerNormOp>(
      [&](auto op) {
        op.setEpsilonAttr(
            getAttr(op, multiply(op.getEpsilonAttr().getValue(), factor)));
      });
}

LogicalResult grow::scaleStream(Model &model, const Exact &factor,
                                function_ref<InFlightDiagnostic()> emitError) {
  FailureOr<Stream> stream = Stream::follow(model, {Held::Scaled}, emitError);
  if (failed(stream))
    return failure();
  llvm::SmallPtrSet<OpOperand *, 16> writers = findWriters(*stream);
  SetVector<ParamOp> params;
  for (const ParamUse &use : stream->getUses())
    if (writers.contains(use.operand))
      params.insert(model.getParam(use.operand->get()));
  TiedNorms tied(model, emitError);
  auto isWriter = [&](OpOperand &use) { return writers.contains(&use); };
  for (ParamOp param : params)
    if (failed(tied.addReaders(param, isWriter)))
      return failure();

  for (ParamOp param : params)
    model.scale(param, factor);
  for (Operation *norm : stream->getNorms())
    if (stream->getHeld(norm->getOperand(0)) == Held::Scaled)
      scaleEpsilon(norm, multiply(factor, factor));
  tied.scale(model, factor.inverse());
  return success();
}

LogicalResult
grow::setEmbeddingScale(Model &model, ScaleOp op, const Exact &factor,
                        function_ref<InFlightDiagnostic()> emitError) {
  auto embedding = op.getX().getDefiningOp<EmbeddingOp>();
  ParamOp param = embedding ? model.getParam(embedding.getTable()) : ParamOp();
  if (!param || !embedding->hasOneUse() || op.getAbout()) {
    emitError().attachNote(op.getLoc())
        << "expects 'grow.scale' of what 'grow.embedding' reads from a "
           "parameter, and nothing else to use that";
    return failure();
  }
  TiedNorms tied(model, emitError);
  if (failed(tied.addReaders(param, [&](OpOperand &use) {
        return &use == &embedding.getTableMutable();
      })))
    return failure();
  Exact ratio = divide(factor, op.getFactorAttr().getValue());
  model.scale(param, ratio.inverse());
  tied.scale(model, ratio);
  op.setFactorAttr(getAttr(op, factor));
  return success();
}
