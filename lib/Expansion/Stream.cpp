//===- Stream.cpp - Who writes and who reads the stream -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Stream.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

bool grow::detail::isHidden(Axis axis) {
  return axis == Axis::HiddenIn || axis == Axis::HiddenOut ||
         axis == Axis::HiddenEach;
}

/// How diagnostics name what a value will hold.
static StringRef describe(Held held) {
  switch (held) {
  case Held::Nothing:
    return "what no parameter of the stream writes";
  case Held::Zeros:
    return "zeros in the new channels";
  case Held::Mean:
    return "the mean of the old channels in the new ones";
  case Held::Centered:
    return "centred channels";
  case Held::Scaled:
    return "scaled channels";
  }
  llvm_unreachable("unknown contents");
}

/// Whether a parameter of the op has an axis of this kind.
static bool hasAxis(ParameterizedOpInterface op, Axis axis) {
  return llvm::any_of(op.getParamRoles(), [&](const ParamRole &role) {
    return role.findAxis(axis).has_value();
  });
}

namespace grow::detail {
/// One walk over the function, in order. Each function about an op fails if the
/// op cannot take what it reads, and says why.
class StreamFollower {
public:
  StreamFollower(const Model &model, Stream::Change change,
                 function_ref<InFlightDiagnostic()> emitError)
      : model(model), change(change), emitError(emitError) {}

  LogicalResult followBlock(Block &block);
  Stream takeStream() { return std::move(stream); }

private:
  LogicalResult followOp(Operation *op);
  LogicalResult followParameterized(ParameterizedOpInterface op);
  LogicalResult followNorm(Operation *op);
  LogicalResult checkRMSNorm(RMSNormOp op);
  LogicalResult checkLayerNorm(LayerNormOp op);
  LogicalResult followReaderOrWriter(ParameterizedOpInterface op);
  LogicalResult followSum(arith::AddFOp op);
  LogicalResult followScale(ScaleOp op);
  LogicalResult followLayer(LayerOp op);
  LogicalResult checkOther(Operation *op);
  LogicalResult recordUses(ParameterizedOpInterface op);

  Held getHeld(Value value) const { return stream.getHeld(value); }
  void setHeld(Value value, Held held) { stream.held[value] = held; }
  /// What the op's result holds if its weights write it.
  Held getWritten(Operation *op) const;
  LogicalResult refuse(Operation *op, const Twine &reason) const {
    emitError().attachNote(op->getLoc())
        << "'" << op->getName() << "' " << reason;
    return failure();
  }

  const Model &model;
  Stream::Change change;
  function_ref<InFlightDiagnostic()> emitError;
  Stream stream;
};
} // namespace grow::detail

LogicalResult StreamFollower::followBlock(Block &block) {
  for (Operation &op : block)
    if (failed(followOp(&op)))
      return failure();
  return success();
}

LogicalResult StreamFollower::followOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](ParameterizedOpInterface op) {
        return failed(recordUses(op)) ? failure() : followParameterized(op);
      })
      .Case([&](arith::AddFOp op) { return followSum(op); })
      .Case([&](ScaleOp op) { return followScale(op); })
      .Case([&](SoftcapOp op) {
        Held held = getHeld(op.getX());
        if (held != Held::Nothing && held != Held::Zeros)
          return refuse(op, "of " + describe(held) + " is not what it was");
        setHeld(op.getResult(), held);
        return success();
      })
      .Case([&](SelectTokenOp op) {
        setHeld(op.getResult(), getHeld(op.getX()));
        return success();
      })
      .Case([&](LayerOp op) { return followLayer(op); })
      .Case<GetOp, YieldOp>([](auto) { return success(); })
      .Default([&](Operation *op) { return checkOther(op); });
}

LogicalResult StreamFollower::recordUses(ParameterizedOpInterface op) {
  for (auto [i, role] : llvm::enumerate(op.getParamRoles())) {
    OpOperand *operand = op.getParamOperand(i);
    if (!operand)
      continue;
    if (!model.getParam(operand->get()) && llvm::any_of(role.axes, isHidden))
      return refuse(op, "has a '" + role.name +
                            "' that is not a parameter read with 'grow.get'");
    stream.uses.push_back({operand, &role});
  }
  return success();
}

LogicalResult StreamFollower::followParameterized(ParameterizedOpInterface op) {
  if (hasAxis(op, Axis::HiddenEach))
    return followNorm(op);
  return followReaderOrWriter(op);
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

LogicalResult StreamFollower::checkRMSNorm(RMSNormOp op) {
  Held held = getHeld(op.getX());
  if (held == Held::Zeros || held == Held::Scaled)
    return success();
  return refuse(op, "reads " + describe(held) +
                        ", which only layer norm makes up for; use "
                        "'padding zero'");
}

LogicalResult StreamFollower::checkLayerNorm(LayerNormOp op) {
  if (!change.centersAll)
    return success();
  Held held = getHeld(op.getX());
  if (held == Held::Zeros && change.written == Held::Zeros)
    return refuse(op, "would centre the new channels, too, and they hold "
                      "zeros; use 'padding mean' or 'padding centered'");
  if (held == Held::Zeros)
    return refuse(op, "would centre the new channels, too, and they hold "
                      "zeros, since not weights write what it reads but a norm "
                      "or an activation; use 'compensation graph'");
  int64_t channels = op.getX().getType().getDimSize(2);
  auto centered = static_cast<int64_t>(op.getCentered());
  if (centered == channels)
    return success();
  return refuse(op, "centres " + Twine(centered) + " of its " +
                        Twine(channels) +
                        " channels, not all; use 'compensation graph'");
}

LogicalResult StreamFollower::followNorm(Operation *op) {
  if (getHeld(op->getOperand(0)) == Held::Nothing)
    return refuse(op, "reads " + describe(Held::Nothing));
  LogicalResult isFine =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case([&](RMSNormOp op) { return checkRMSNorm(op); })
          .Case([&](LayerNormOp op) { return checkLayerNorm(op); })
          .Default([&](Operation *op) { return checkOther(op); });
  if (failed(isFine))
    return failure();
  // What new channels hold is subtracted, or zero; new biases are zero. And a
  // norm undoes any scale.
  stream.norms.push_back(op);
  setHeld(op->getResult(0), Held::Zeros);
  return success();
}

//===----------------------------------------------------------------------===//
// Readers and writers
//===----------------------------------------------------------------------===//

Held StreamFollower::getWritten(Operation *op) const {
  // Activations keep zeros, and nothing else.
  auto dense = dyn_cast<DenseOp>(op);
  return dense && dense.getActivationAttr() ? Held::Zeros : change.written;
}

LogicalResult
StreamFollower::followReaderOrWriter(ParameterizedOpInterface op) {
  if (hasAxis(op, Axis::HiddenIn)) {
    Held held = getHeld(op->getOperand(0));
    // Rows for new channels can be zero, if they must.
    if (held != Held::Zeros && held != Held::Mean)
      return refuse(op, "reads " + describe(held) +
                            (held == Held::Nothing
                                 ? Twine()
                                 : Twine(", which only norms make up for")));
  }
  setHeld(op->getResult(0),
          hasAxis(op, Axis::HiddenOut) ? getWritten(op) : Held::Nothing);
  return success();
}

//===----------------------------------------------------------------------===//
// Everything else
//===----------------------------------------------------------------------===//

LogicalResult StreamFollower::followSum(arith::AddFOp op) {
  Held lhs = getHeld(op.getLhs()), rhs = getHeld(op.getRhs());
  if (lhs != rhs)
    return refuse(op, "adds " + describe(lhs) + " and " + describe(rhs));
  setHeld(op.getResult(), lhs);
  return success();
}

LogicalResult StreamFollower::followScale(ScaleOp op) {
  Held held = getHeld(op.getX());
  if (held != Held::Nothing && op.getAbout())
    return refuse(op, "moves new channels away from zero by its 'about'");
  setHeld(op.getResult(), held);
  return success();
}

LogicalResult StreamFollower::followLayer(LayerOp op) {
  for (auto [argument, input] :
       llvm::zip_equal(op.getBody().getArguments(), op.getInputs()))
    setHeld(argument, getHeld(input));
  if (failed(followBlock(op.getBody().front())))
    return failure();
  Held yielded = getHeld(op.getYielded());
  if ((yielded == Held::Nothing) != (getHeld(op.getStream()) == Held::Nothing))
    return refuse(op, "reads " + describe(getHeld(op.getStream())) +
                          " and yields " + describe(yielded));
  setHeld(op.getResult(), yielded);
  return success();
}

LogicalResult StreamFollower::checkOther(Operation *op) {
  bool returns = op->hasTrait<OpTrait::IsTerminator>();
  WalkResult walk = op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands()) {
      Held held = getHeld(operand);
      // A value keeps its size when it is scaled.
      bool isFine = held == Held::Nothing ||
                    (change.written == Held::Scaled && held == Held::Zeros);
      if (!isFine)
        return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (!walk.wasInterrupted())
    return success();
  return refuse(op, returns
                        ? "returns a value with the hidden dimension; expects "
                          "the model to end in logits"
                        : "reads a value with the hidden dimension; expects "
                          "only ops of this dialect and 'arith.addf' there");
}

FailureOr<Stream> Stream::follow(const Model &model, Change change,
                                 function_ref<InFlightDiagnostic()> emitError) {
  StreamFollower follower(model, change, emitError);
  for (Block &block : model.getFunction().getFunctionBody())
    if (failed(follower.followBlock(block)))
      return failure();
  return follower.takeStream();
}
