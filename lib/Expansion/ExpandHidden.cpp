//===- ExpandHidden.cpp - Widen the residual stream -----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "Liveness.h"
#include "Stream.h"
#include "grow/Expansion/Compensation.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "grow/Support/Remarks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

//===----------------------------------------------------------------------===//
// What is to become of a parameter
//===----------------------------------------------------------------------===//

namespace {
/// What must hold for the new slices of an axis.
enum class Need {
  Nothing, ///< The axis does not grow.
  Free,
  Zero,
  Mean,   ///< The mean of the old slices.
  Center, ///< Zero, once the mean of the old slices is subtracted from them.
};

struct AxisPlan {
  Need need = Need::Nothing;
  /// Fills the slices if they are free.
  FillAttrInterface fill;
};

struct ParamPlan {
  SmallVector<AxisPlan, 4> axes;
  /// Where the parameter is used for the first time, for diagnostics.
  ParamUse first;
};

using Plan = llvm::MapVector<ParamOp, ParamPlan>;
} // namespace

/// What two uses of a parameter need together; none if they contradict.
static std::optional<Need> merge(Need a, Need b) {
  if (a == b)
    return a;
  if (a == Need::Free)
    std::swap(a, b);
  if (b == Need::Free && (a == Need::Zero || a == Need::Mean))
    return a;
  return std::nullopt;
}

static StringRef describe(Need need) {
  switch (need) {
  case Need::Nothing:
    return "not to grow";
  case Need::Free:
    return "the old slices unchanged";
  case Need::Zero:
    return "zeros in the new slices";
  case Need::Mean:
    return "the mean in the new slices";
  case Need::Center:
    return "to be centred";
  }
  llvm_unreachable("unknown need");
}

static bool hasUnitOffset(Operation *norm) {
  auto rms = dyn_cast<RMSNormOp>(norm);
  return rms && rms.getUnitOffset();
}

/// What fills slices of a parameter that are free.
static FillAttrInterface getFreeFill(ExpandHiddenOp op, const ParamUse &use) {
  if (use.role->kind != ParamKind::Gain)
    return op.getInit() ? op.getInitAttr() : getDefaultInit(op.getContext());
  if (op.getGainInit())
    return op.getGainInitAttr();
  if (hasUnitOffset(use.operand->getOwner()))
    return ZeroAttr::get(op.getContext());
  return ConstantAttr::get(op.getContext(), Exact(1));
}

/// What an op needs that reads or scales what `held` says.
static Need getReaderNeed(Held held) {
  return held == Held::Mean ? Need::Zero : Need::Free;
}

static Need getWriterNeed(Held held) {
  switch (held) {
  case Held::Mean:
    return Need::Mean;
  case Held::Centered:
    return Need::Center;
  default:
    return Need::Zero;
  }
}

static Need getNeed(const Stream &stream, const ParamUse &use, Axis axis) {
  Operation *op = use.operand->getOwner();
  switch (axis) {
  case Axis::HiddenIn:
    return getReaderNeed(stream.getHeld(op->getOperand(0)));
  case Axis::HiddenEach:
    return use.role->kind == ParamKind::Gain ? Need::Free : Need::Zero;
  case Axis::HiddenOut:
    return getWriterNeed(stream.getHeld(op->getResult(0)));
  default:
    return Need::Nothing;
  }
}

//===----------------------------------------------------------------------===//
// How the stream is padded
//===----------------------------------------------------------------------===//

namespace {
/// What new channels hold, and why that.
struct Choice {
  HiddenPadding padding;
  StringRef reason;
};
} // namespace

static bool hasLayerNorms(const Model &model) {
  return model.getFunction()
      .walk([](LayerNormOp) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

static Choice choosePadding(ExpandHiddenOp op, const Model &model) {
  if (op.getCompensation() == Compensation::Graph)
    return {HiddenPadding::Zero, "norms keep what they divide by and centre"};
  if (op.getPadding())
    return {*op.getPadding(), "the schedule says so"};
  if (hasLayerNorms(model))
    return {HiddenPadding::Mean, "layer norms will centre every channel"};
  return {HiddenPadding::Zero, "no norm centres channels"};
}

static Held getWritten(HiddenPadding padding) {
  switch (padding) {
  case HiddenPadding::Zero:
    return Held::Zeros;
  case HiddenPadding::Mean:
    return Held::Mean;
  case HiddenPadding::Centered:
    return Held::Centered;
  }
  llvm_unreachable("unknown padding");
}

//===----------------------------------------------------------------------===//
// Liveness
//===----------------------------------------------------------------------===//

namespace {
/// Whether a gradient reaches the new channels. It does if one op reads them by
/// rows that are not zero, and not only behind gains that are zero.
class ChannelLiveness {
public:
  ChannelLiveness(const Model &model, const Stream &stream, const Plan &plan)
      : model(model), plan(plan) {
    for (const ParamUse &use : stream.getUses())
      addUse(use);
  }

  bool isLive() const { return isAnyLive; }
  /// The first op whose new rows are not zero, but which stands behind a norm
  /// that does not pass a gradient; null if there is none.
  Operation *getBlockedReader() const { return blockedReader; }

private:
  void addUse(const ParamUse &use);
  bool isZero(const ParamUse &use, int64_t axis) const;
  bool isBlocked(Value value);

  const Model &model;
  const Plan &plan;
  bool isAnyLive = false;
  Operation *blockedReader = nullptr;
  /// Norms whose new gains are zero.
  llvm::SmallPtrSet<Operation *, 8> silentNorms;
  llvm::DenseMap<Value, bool> blocked;
};
} // namespace

/// Whether the new slices of a parameter make the op ignore the new channels.
bool ChannelLiveness::isZero(const ParamUse &use, int64_t axis) const {
  const AxisPlan &axisPlan =
      plan.find(model.getParam(use.operand->get()))->second.axes[axis];
  bool isOffset = use.role->kind == ParamKind::Gain &&
                  hasUnitOffset(use.operand->getOwner());
  if (axisPlan.need != Need::Free)
    return axisPlan.need != Need::Mean && !isOffset;
  if (!isOffset)
    return axisPlan.fill.isZero();
  auto constant = dyn_cast<ConstantAttr>(axisPlan.fill);
  return constant && constant.getValue() == Exact(-1);
}

void ChannelLiveness::addUse(const ParamUse &use) {
  Operation *op = use.operand->getOwner();
  if (auto axis = use.role->findAxis(Axis::HiddenEach)) {
    if (use.role->kind == ParamKind::Gain && isZero(use, *axis))
      silentNorms.insert(op);
    return;
  }
  auto axis = use.role->findAxis(Axis::HiddenIn);
  if (!axis || isZero(use, *axis))
    return;
  if (!isBlocked(op->getOperand(0)))
    isAnyLive = true;
  else if (!blockedReader)
    blockedReader = op;
}

/// Whether everything that the value comes from passes a silent norm.
bool ChannelLiveness::isBlocked(Value value) {
  if (auto it = blocked.find(value); it != blocked.end())
    return it->second;
  bool result = false;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (auto layer = dyn_cast<LayerOp>(argument.getOwner()->getParentOp()))
      result = isBlocked(layer.getInputs()[argument.getArgNumber()]);
  } else {
    result = llvm::TypeSwitch<Operation *, bool>(value.getDefiningOp())
                 .Case<RMSNormOp, LayerNormOp>([&](auto op) {
                   return silentNorms.contains(op) || isBlocked(op.getX());
                 })
                 .Case<ScaleOp, SoftcapOp, SelectTokenOp>(
                     [&](auto op) { return isBlocked(op.getX()); })
                 .Case([&](arith::AddFOp op) {
                   return isBlocked(op.getLhs()) && isBlocked(op.getRhs());
                 })
                 .Case([&](LayerOp op) { return isBlocked(op.getYielded()); })
                 .Default([](Operation *) { return false; });
  }
  blocked[value] = result;
  return result;
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// Plans one expansion of one model, or says why it cannot be.
class Planner {
public:
  Planner(ExpandHiddenOp op, const Model &model)
      : op(op), model(model), choice(choosePadding(op, model)) {}

  LogicalResult run();

  const Choice &getChoice() const { return choice; }
  const Plan &getPlan() const { return plan; }
  ArrayRef<Operation *> getNorms() const { return stream->getNorms(); }
  /// The hidden size of the model.
  int64_t getHidden() const { return *hidden; }

private:
  InFlightDiagnostic refuse() {
    return op.emitOpError()
           << "cannot widen the stream to " << op.getSize() << " channels";
  }
  LogicalResult planUse(const ParamUse &use);
  LogicalResult planAxis(const ParamUse &use, int64_t axis, ParamPlan &param);
  LogicalResult checkHidden(const ParamUse &use, int64_t size);
  LogicalResult checkNoOtherUse(ParamOp param);
  LogicalResult checkBytes(ParamOp param, const ParamPlan &paramPlan);
  LogicalResult checkNorm(Operation *norm);
  LogicalResult checkLive();

  ExpandHiddenOp op;
  const Model &model;
  Choice choice;
  std::optional<Stream> stream;
  Plan plan;
  std::optional<int64_t> hidden;
  /// Where the hidden size was seen first.
  Operation *hiddenOp = nullptr;
};
} // namespace

LogicalResult Planner::checkHidden(const ParamUse &use, int64_t size) {
  Operation *user = use.operand->getOwner();
  if (!hidden) {
    hidden = size;
    hiddenOp = user;
  }
  if (size == *hidden)
    return success();
  InFlightDiagnostic diag = refuse();
  diag.attachNote(user->getLoc())
      << "its '" << use.role->name << "' has " << size
      << " channels; expects one hidden size in the model";
  diag.attachNote(hiddenOp->getLoc()) << "here there are " << *hidden;
  return diag;
}

LogicalResult Planner::planAxis(const ParamUse &use, int64_t axis,
                                ParamPlan &param) {
  Axis kind = use.role->axes[axis];
  int64_t size =
      cast<RankedTensorType>(use.operand->get().getType()).getDimSize(axis);
  if (isHidden(kind) && failed(checkHidden(use, size)))
    return failure();
  Need need = getNeed(*stream, use, kind);
  AxisPlan &axisPlan = param.axes[axis];
  bool isFirst = param.first.operand == use.operand;
  std::optional<Need> merged = isFirst ? need : merge(axisPlan.need, need);
  if (!merged) {
    InFlightDiagnostic diag = refuse();
    ParamOp shared = model.getParam(use.operand->get());
    diag.attachNote(use.operand->getOwner()->getLoc())
        << "its '" << use.role->name << "' is @" << shared.getSymName()
        << ", whose axis " << axis << " needs " << describe(need)
        << " here; use 'compensation graph' or two parameters";
    diag.attachNote(param.first.operand->getOwner()->getLoc())
        << "as '" << param.first.role->name << "' it needs "
        << describe(axisPlan.need);
    return diag;
  }
  axisPlan.need = *merged;
  if (need == Need::Free && !axisPlan.fill)
    axisPlan.fill = getFreeFill(op, use);
  return success();
}

LogicalResult Planner::planUse(const ParamUse &use) {
  ParamOp param = model.getParam(use.operand->get());
  if (!param)
    return success(); // Without hidden axes, as the stream has checked.
  auto [it, isNew] = plan.try_emplace(param);
  if (isNew) {
    it->second.axes.resize(use.role->axes.size());
    it->second.first = use;
  }
  for (size_t axis = 0; axis < use.role->axes.size(); ++axis)
    if (failed(planAxis(use, axis, it->second)))
      return failure();
  return success();
}

LogicalResult Planner::checkBytes(ParamOp param, const ParamPlan &paramPlan) {
  SmallVector<int64_t> axes;
  for (auto [axis, axisPlan] : llvm::enumerate(paramPlan.axes))
    if (axisPlan.need != Need::Nothing)
      axes.push_back(axis);
  return checkSize(param, axes, static_cast<int64_t>(op.getSize()) - *hidden,
                   [&] { return refuse(); });
}

LogicalResult Planner::checkNoOtherUse(ParamOp param) {
  for (GetOp reader : model.getReaders(param))
    for (Operation *user : reader->getUsers()) {
      if (isa<ParameterizedOpInterface>(user))
        continue;
      InFlightDiagnostic diag = refuse();
      diag.attachNote(user->getLoc())
          << "@" << param.getSymName() << " is used by '" << user->getName()
          << "', which does not say what its axes are";
      return diag;
    }
  return success();
}

/// Checks that what compensates for a norm's new divisor touches nothing else.
LogicalResult Planner::checkNorm(Operation *norm) {
  auto parameterized = cast<ParameterizedOpInterface>(norm);
  for (auto [i, role] : llvm::enumerate(parameterized.getParamRoles())) {
    if (role.kind != ParamKind::Gain)
      continue;
    if (failed(model.checkOwnParameter(*parameterized.getParamOperand(i),
                                       role.name, [&] { return refuse(); })))
      return failure();
  }
  return success();
}

LogicalResult Planner::checkLive() {
  ChannelLiveness liveness(model, *stream, plan);
  if (op.getAllowDead() || liveness.isLive())
    return success();
  InFlightDiagnostic diag =
      op.emitOpError() << "would add channels that never receive a gradient";
  if (Operation *reader = liveness.getBlockedReader())
    diag.attachNote(reader->getLoc())
        << "the new gains of the norm before '" << reader->getName()
        << "' are zero, and so for every op that reads the stream; give "
           "another 'gain_init', or ask for this with 'allow_dead'";
  else
    diag.attachNote(hiddenOp->getLoc())
        << "the new rows of every weight that reads the stream are zero, and "
           "so "
           "are those of a table that also writes it; give an 'init' that is "
           "not zero, or ask for this with 'allow_dead'";
  return diag;
}

LogicalResult Planner::run() {
  auto emitError = [&] { return refuse(); };
  FailureOr<Stream> followed =
      Stream::follow(model,
                     {getWritten(choice.padding),
                      op.getCompensation() == Compensation::Weights},
                     emitError);
  if (failed(followed))
    return failure();
  stream = std::move(*followed);
  for (const ParamUse &use : stream->getUses())
    if (failed(planUse(use)))
      return failure();
  plan.remove_if([](auto &entry) {
    return llvm::all_of(entry.second.axes, [](const AxisPlan &axis) {
      return axis.need == Need::Nothing;
    });
  });
  if (!hidden) {
    refuse().attachNote(model.getFunction().getLoc())
        << "the model has no parameter with the hidden dimension";
    return failure();
  }
  if (*hidden >= static_cast<int64_t>(op.getSize())) {
    refuse().attachNote(hiddenOp->getLoc()) << "it already has " << *hidden;
    return failure();
  }
  for (auto &[param, paramPlan] : plan)
    if (failed(checkNoOtherUse(param)) || failed(checkBytes(param, paramPlan)))
      return failure();
  if (op.getCompensation() == Compensation::Weights)
    for (Operation *norm : stream->getNorms())
      if (failed(checkNorm(norm)))
        return failure();
  if (failed(model.checkInferable(emitError)))
    return failure();
  return checkLive();
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

static FillAttrInterface getFill(const AxisPlan &axis, MLIRContext *context) {
  switch (axis.need) {
  case Need::Free:
    return axis.fill;
  case Need::Mean:
    return MeanAttr::get(context);
  default:
    return ZeroAttr::get(context);
  }
}

/// Readers before writers, so that what a weight that does both writes from new
/// channels is padded like the rest.
static void growParam(Model &model, ParamOp param, const ParamPlan &plan,
                      int64_t hidden, int64_t count) {
  for (auto [axis, axisPlan] : llvm::enumerate(plan.axes)) {
    if (axisPlan.need == Need::Nothing)
      continue;
    if (axisPlan.need == Need::Center)
      model.center(param, axis);
    model.extend(param, axis, hidden, count,
                 getFill(axisPlan, param.getContext()));
  }
}

static void setSizeOfNorm(Model &model, Operation *norm, int64_t size) {
  llvm::TypeSwitch<Operation *>(norm)
      .Case([&](RMSNormOp op) { setCount(model, op, size); })
      .Case([&](LayerNormOp op) {
        setCount(model, op, size);
        op.setCentered(size);
      });
}

static void report(ExpandHiddenOp op, Model &model, const Planner &planner) {
  Choice choice = planner.getChoice();
  std::string padding = stringifyHiddenPadding(choice.padding).str();
  model.onSuccess(
      [=, loc = op.getLoc(), size = op.getSize(), hidden = planner.getHidden(),
       params = planner.getPlan().size(), norms = planner.getNorms().size()] {
        reportPassed(loc, "ExpandHidden")
            << remark::reason("{0} -> {1} channels, padding {2}: {3}", hidden,
                              size, padding, choice.reason)
            << remark::metric("parameters", params)
            << remark::metric("norms", norms);
      });
}

namespace {
struct ExpandHiddenModel
    : public ExpansionOpInterface::ExternalModel<ExpandHiddenModel,
                                                 ExpandHiddenOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return Planner(cast<ExpandHiddenOp>(op), model).run();
  }

  void apply(Operation *op, Model &model) const {
    auto expand = cast<ExpandHiddenOp>(op);
    Planner planner(expand, model);
    [[maybe_unused]] LogicalResult planned = planner.run();
    assert(succeeded(planned) && "the expansion has been checked");
    int64_t size = expand.getSize();
    // Gains before they grow: their new entries are what the schedule says.
    if (expand.getCompensation() == Compensation::Weights)
      for (Operation *norm : planner.getNorms())
        setSizeOfNorm(model, norm, size);
    for (auto &[param, paramPlan] : planner.getPlan())
      growParam(model, param, paramPlan, planner.getHidden(),
                size - planner.getHidden());
    model.inferTypes();
    report(expand, model, planner);
  }
};
} // namespace

void grow::detail::attachExpandHidden(MLIRContext *context) {
  ExpandHiddenOp::attachInterface<ExpandHiddenModel>(*context);
}
