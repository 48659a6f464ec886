//===- ExpansionTransformOps.cpp - Expansions as transforms ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TransformOpsUtils.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "grow/Expansion/Model.h"
#include "grow/TransformOps/GrowTransformOps.h"
#include "mlir/IR/Verifier.h"
#include "llvm/Support/Threading.h"

using namespace mlir;
using namespace grow;
using namespace grow::transform_ops;
using grow::transform_ops::detail::ExpansionTraits;
using transform::TransformState;

DiagnosedSilenceableFailure
transform_ops::detail::silenceErrors(Operation *op,
                                     function_ref<LogicalResult()> action) {
  SmallVector<Diagnostic> errors;
  auto run = [&] {
    uint64_t thread = llvm::get_threadid();
    ScopedDiagnosticHandler handler(op->getContext(), [&](Diagnostic &diag) {
      // What other passes report meanwhile is not ours.
      if (llvm::get_threadid() != thread ||
          diag.getSeverity() != DiagnosticSeverity::Error)
        return failure();
      errors.push_back(std::move(diag));
      return success();
    });
    return action();
  };
  if (succeeded(run()))
    return DiagnosedSilenceableFailure::success();
  if (errors.empty())
    return emitSilenceableFailure(op) << "'" << op->getName() << "' is refused";
  return DiagnosedSilenceableFailure::silenceableFailure(std::move(errors));
}

//===----------------------------------------------------------------------===//
// The op of a schedule
//===----------------------------------------------------------------------===//

/// The arguments of the expansion that are written on the transform op.
static NamedAttrList getArguments(Operation *op) {
  return NamedAttrList(
      dyn_cast_or_null<DictionaryAttr>(op->getPropertiesAsAttribute()));
}

/// A module with a schedule of one expansion. What it reports has the location
/// of the transform op.
static OwningOpRef<ModuleOp> buildSchedule(Operation *op, StringRef expansion,
                                           const NamedAttrList &arguments) {
  OwningOpRef<ModuleOp> module = ModuleOp::create(op->getLoc());
  auto builder = OpBuilder::atBlockEnd(module->getBody());
  auto schedule = ScheduleOp::create(builder, op->getLoc(), "transform");
  builder.createBlock(&schedule.getBody());
  OperationState state(op->getLoc(), expansion);
  state.addAttributes(arguments);
  builder.create(state);
  return module;
}

LogicalResult
transform_ops::detail::verifyExpansion(Operation *op,
                                       const ExpansionTraits &expansion) {
  NamedAttrList arguments = getArguments(op);
  bool hasParameter = op->getNumOperands() > 1;
  if (!expansion.amount.empty() &&
      hasParameter == static_cast<bool>(arguments.get(expansion.amount)))
    return op->emitOpError() << "expects '" << expansion.amount
                             << "' either as a number or as a parameter";
  // With a parameter there is no such op yet: it is verified when applied.
  if (hasParameter)
    return success();
  return verify(*buildSchedule(op, expansion.name, arguments));
}

//===----------------------------------------------------------------------===//
// Targets
//===----------------------------------------------------------------------===//

namespace {
/// A model to grow.
struct Target {
  Model model;
  /// The layers that the expansion is for; none for the whole model.
  llvm::SetVector<LayerOp> layers;
  bool isWhole = false;
  /// Holds the expansion.
  OwningOpRef<ModuleOp> schedule;

  ExpansionOpInterface getExpansion() {
    auto scheduleOp = cast<ScheduleOp>(schedule->getBody()->front());
    return cast<ExpansionOpInterface>(scheduleOp.getBody().front().front());
  }
};

/// One application of a transform op: as with expansions, all decisions are
/// made before anything changes.
class Application {
public:
  Application(Operation *op, const ExpansionTraits &expansion,
              const TransformState &state)
      : op(op), expansion(expansion), state(state),
        arguments(getArguments(op)) {}

  /// Checks that all targets can grow.
  LogicalResult check();
  void apply();

private:
  LogicalResult readParameter();
  LogicalResult addTarget(Operation *payload);
  FailureOr<LayerOp> getLayer(Operation *payload);
  LogicalResult check(Target &target);

  Operation *op;
  ExpansionTraits expansion;
  const TransformState &state;
  NamedAttrList arguments;
  llvm::MapVector<Operation *, Target> targets;
};
} // namespace

LogicalResult Application::readParameter() {
  if (op->getNumOperands() < 2)
    return success();
  ArrayRef<Attribute> values = state.getParams(op->getOperand(1));
  auto number = values.size() == 1 ? dyn_cast<IntegerAttr>(values.front())
                                   : IntegerAttr();
  if (number && number.getValue().getSignificantBits() <= 64) {
    Builder builder(op->getContext());
    arguments.set(expansion.amount,
                  builder.getI64IntegerAttr(number.getValue().getSExtValue()));
    return success();
  }
  InFlightDiagnostic diag = op->emitOpError()
                            << "expects one 64-bit integer as '"
                            << expansion.amount << "', but found ";
  return values.size() == 1 ? diag << values.front()
                            : diag << values.size() << " parameters";
}

/// The layer that a payload op is, or lies in.
FailureOr<LayerOp> Application::getLayer(Operation *payload) {
  auto refuse = [&] {
    InFlightDiagnostic diag = op->emitOpError();
    diag.attachNote(payload->getLoc())
        << "the target is this '" << payload->getName() << "'";
    return diag;
  };
  if (!expansion.selectsLayers)
    return refuse() << "expects models as targets, each a 'builtin.module': "
                       "the expansion is not one of single layers";
  auto layer = dyn_cast<LayerOp>(payload);
  if (!layer)
    layer = payload->getParentOfType<LayerOp>();
  if (!layer || !layer->getParentOfType<ModuleOp>())
    return refuse() << "expects models ('builtin.module'), layers of models or "
                       "ops in layers as targets";
  if (arguments.get("layers"))
    return refuse() << "expects no 'layers' where the targets are layers";
  return layer;
}

LogicalResult Application::addTarget(Operation *payload) {
  auto module = dyn_cast<ModuleOp>(payload);
  FailureOr<LayerOp> layer = LayerOp();
  if (!module) {
    layer = getLayer(payload);
    if (failed(layer))
      return failure();
    module = (*layer)->getParentOfType<ModuleOp>();
  }
  auto it = targets.find(module);
  if (it == targets.end()) {
    FailureOr<Model> model = Model::get(module);
    if (failed(model))
      return failure();
    it = targets.insert({module, Target{*std::move(model), {}, false, {}}})
             .first;
  }
  if (*layer)
    it->second.layers.insert(*layer);
  else
    it->second.isWhole = true;
  return success();
}

LogicalResult Application::check(Target &target) {
  NamedAttrList targetArguments = arguments;
  if (!target.isWhole) {
    SmallVector<int64_t> numbers;
    for (LayerOp layer : target.layers)
      numbers.push_back(target.model.getNumber(layer));
    llvm::sort(numbers);
    targetArguments.set("layers",
                        DenseI64ArrayAttr::get(op->getContext(), numbers));
  }
  target.schedule = buildSchedule(op, expansion.name, targetArguments);
  if (failed(verify(*target.schedule)))
    return failure();
  return target.getExpansion().check(target.model);
}

LogicalResult Application::check() {
  if (failed(readParameter()))
    return failure();
  for (Operation *payload : state.getPayloadOps(op->getOperand(0)))
    if (failed(addTarget(payload)))
      return failure();
  for (auto &[module, target] : targets)
    if (failed(check(target)))
      return failure();
  return success();
}

void Application::apply() {
  for (auto &[module, target] : targets) {
    target.getExpansion().apply(target.model);
    target.model.reportSuccess();
  }
}

DiagnosedSilenceableFailure
transform_ops::detail::applyExpansion(Operation *op,
                                      const ExpansionTraits &expansion,
                                      const TransformState &state) {
  Application application(op, expansion, state);
  DiagnosedSilenceableFailure checked =
      silenceErrors(op, [&] { return application.check(); });
  if (checked.succeeded())
    application.apply();
  return checked;
}
