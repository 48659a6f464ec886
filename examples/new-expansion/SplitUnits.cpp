//===- SplitUnits.cpp - The expansion -------------------------------------===//

#include "Acme.h"
#include "grow/Expansion/Model.h"

using namespace mlir;
using namespace grow;

namespace {
/// A parameter of an MLP that has an axis of units.
struct UnitParam {
  OpOperand *operand;
  StringRef name;
  int64_t axis;
};
} // namespace

static SmallVector<UnitParam> getUnitParams(MLPOp mlp) {
  SmallVector<UnitParam> params = {{&mlp.getUpMutable(), "up", 1},
                                   {&mlp.getDownMutable(), "down", 0}};
  auto addIfAny = [&](MutableOperandRange operand, StringRef name,
                      int64_t axis) {
    if (!operand.empty())
      params.push_back({&operand[0], name, axis});
  };
  addIfAny(mlp.getGateMutable(), "gate", 1);
  addIfAny(mlp.getUpBiasMutable(), "up_bias", 0);
  addIfAny(mlp.getGateBiasMutable(), "gate_bias", 0);
  return params;
}

static SmallVector<MLPOp> getMLPs(Model &model) {
  SmallVector<MLPOp> mlps;
  for (LayerOp layer : model.getLayers())
    layer.walk([&](MLPOp mlp) { mlps.push_back(mlp); });
  return mlps;
}

/// Whether the expansion can be applied. All that can go wrong goes wrong here.
LogicalResult acme::SplitUnitsOp::check(Model &model) {
  SmallVector<MLPOp> mlps = getMLPs(model);
  if (mlps.empty())
    return emitOpError() << "finds no 'grow.mlp' in a layer of the model";
  for (MLPOp mlp : mlps) {
    // The derivation names each unit that is copied.
    constexpr int64_t kMostUnits = 1 << 24;
    if (mlp.getWidth() > kMostUnits) {
      InFlightDiagnostic diag = emitOpError() << "cannot split the units";
      diag.attachNote(mlp.getLoc())
          << "there are " << mlp.getWidth() << ", but at most " << kMostUnits
          << " can be split";
      return diag;
    }
    for (const UnitParam &param : getUnitParams(mlp))
      if (failed(model.checkOwnParameter(*param.operand, param.name, [&] {
            return emitOpError() << "cannot split the units";
          })))
        return failure();
  }
  return success();
}

/// Says how each parameter of the larger model comes from the smaller one's.
void acme::SplitUnitsOp::apply(Model &model) {
  Exact::Int one(1), parts(getParts());
  Exact kept = Exact::rational(parts - one, parts);
  Exact copied = Exact::rational(one, parts - one); // of what is kept
  for (MLPOp mlp : getMLPs(model)) {
    int64_t width = mlp.getWidth();
    auto units = llvm::to_vector(llvm::seq(width));
    auto allUnits = DenseI64ArrayAttr::get(getContext(), units);
    for (const UnitParam &unit : getUnitParams(mlp)) {
      ParamOp param = model.getParam(unit.operand->get());
      bool isDown = unit.name == "down";
      if (isDown)
        model.scale(param, kept);
      model.extend(
          param, unit.axis, width, width,
          CopyAttr::get(getContext(), allUnits, isDown ? copied : Exact(1)));
    }
  }
}
