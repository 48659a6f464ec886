//===- Blocks.cpp - What an op gains in width -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "grow/Support/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/InterleavedRange.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;
using namespace grow::detail;

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

FillAttrInterface grow::detail::getUnitGain(OpOperand &use) {
  bool unitOffset =
      llvm::TypeSwitch<Operation *, bool>(use.getOwner())
          .Case([&](RMSNormOp op) { return op.getUnitOffset(); })
          .Case([&](AttentionOp op) { return op.getQkUnitOffset(); })
          .Default([](Operation *) { return false; });
  return ConstantAttr::get(use.getOwner()->getContext(),
                           Exact(unitOffset ? 0 : 1));
}

BlockFills::BlockFills(MLIRContext *context, FillAttrInterface init,
                       FillAttrInterface biasInit)
    : zero(ZeroAttr::get(context)), init(init ? init : getDefaultInit(context)),
      biasInit(biasInit ? biasInit : zero) {}

BlockFills &BlockFills::set(StringRef name, FillAttrInterface fill) {
  if (fill)
    own.push_back({name, fill});
  return *this;
}

BlockFills &BlockFills::setZero(StringRef name, bool isZero) {
  if (isZero)
    zeroSides.push_back(name);
  return *this;
}

bool BlockFills::isZeroSide(const ParamRole &role) const {
  StringRef name = role.name;
  if (role.kind == ParamKind::Bias)
    name.consume_back("_bias");
  return llvm::is_contained(zeroSides, name);
}

FillAttrInterface BlockFills::get(OpOperand &operand,
                                  const ParamRole &role) const {
  if (isZeroSide(role))
    return zero;
  switch (role.kind) {
  case ParamKind::Weight:
    for (auto [name, fill] : own)
      if (name == role.name)
        return fill;
    return init;
  case ParamKind::Bias:
    return biasInit;
  case ParamKind::Gain:
    return getUnitGain(operand);
  case ParamKind::Shift:
    return zero;
  }
  llvm_unreachable("unknown kind");
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

SmallVector<NewBlock> grow::detail::getBlocks(ParameterizedOpInterface op,
                                              Axis axis,
                                              const BlockFills &fills) {
  SmallVector<NewBlock> blocks;
  for (auto [i, role] : llvm::enumerate(op.getParamRoles())) {
    OpOperand *operand = op.getParamOperand(i);
    std::optional<int64_t> place = role.findAxis(axis);
    if (operand && place)
      blocks.push_back({role, operand, *place, fills.get(*operand, role),
                        fills.isZeroSide(role)});
  }
  return blocks;
}

Known grow::detail::getKnown(ArrayRef<NewBlock> blocks, StringRef name) {
  const NewBlock *block = llvm::find_if(
      blocks, [&](const NewBlock &b) { return b.getName() == name; });
  return block == blocks.end() ? Known::Zero : getKnown(block->fill);
}

Known grow::detail::getProjection(ArrayRef<NewBlock> blocks, StringRef weight) {
  return getProjection(/*inputIsZero=*/false, getKnown(blocks, weight),
                       getKnown(blocks, (weight + "_bias").str()));
}

/// Whether a tensor may have `count` more slices along each of `axes`.
static bool canGrow(RankedTensorType type, ArrayRef<int64_t> axes,
                    int64_t count) {
  int64_t bytes = 8;
  for (auto [i, size] : llvm::enumerate(type.getShape())) {
    int64_t grown = size;
    if (llvm::is_contained(axes, static_cast<int64_t>(i)) &&
        llvm::AddOverflow(size, count, grown))
      return false;
    if (llvm::MulOverflow(bytes, grown, bytes))
      return false;
  }
  return true;
}

LogicalResult
grow::detail::checkSize(ParamOp param, ArrayRef<int64_t> axes, int64_t count,
                        function_ref<InFlightDiagnostic()> emitError) {
  if (canGrow(param.getTensorType(), axes, count))
    return success();
  InFlightDiagnostic diag = emitError();
  diag.attachNote(param.getLoc())
      << "with " << count << " more slices along axis " << axes.front()
      << " the size of this parameter in bytes would not fit in 63 bits; use a "
         "smaller size";
  return diag;
}

LogicalResult grow::detail::checkBiasInitIsUsed(Operation *expansion,
                                                FillAttrInterface biasInit,
                                                ArrayRef<NewBlock> blocks) {
  auto isFilled = [](const NewBlock &block) {
    return block.role.kind == ParamKind::Bias && !block.isZeroSide;
  };
  if (!biasInit || llvm::any_of(blocks, isFilled))
    return success();
  return expansion->emitOpError()
         << "has a 'bias_init', but "
         << "there is no bias that it may fill; leave it out";
}

void grow::detail::extend(Model &model, ArrayRef<NewBlock> blocks,
                          const NewSlices &slices) {
  for (const NewBlock &block : blocks)
    model.extend(model.getParam(block.operand->get()), block.axis,
                 slices.positions, slices.sizes, block.fill);
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

InFlightDiagnostic LayerExpansion::refuse(LayerOp layer) const {
  return op->emitOpError() << "cannot " << action << " "
                           << model.describe(layer);
}

void LayerExpansion::refuseCount(LayerOp layer, StringRef name,
                                 ArrayRef<Operation *> ops) const {
  InFlightDiagnostic diag = refuse(layer);
  if (ops.empty())
    diag.attachNote(layer.getLoc())
        << "it has no '" << name << "'; leave it out of 'layers'";
  for (Operation *found : ops)
    diag.attachNote(found->getLoc())
        << "it has " << ops.size() << " '" << name << "' ops, and one is here";
}

LogicalResult LayerExpansion::checkGrows(LayerOp layer, Operation *target,
                                         int64_t old, int64_t size,
                                         StringRef unit) const {
  if (old < size)
    return success();
  InFlightDiagnostic diag = refuse(layer) << " to " << size << " " << unit;
  diag.attachNote(target->getLoc()) << "it already has " << old;
  return diag;
}

LogicalResult LayerExpansion::checkBlocks(LayerOp layer,
                                          ArrayRef<NewBlock> blocks,
                                          int64_t count) {
  checked.append(blocks.begin(), blocks.end());
  for (const NewBlock &block : blocks) {
    if (failed(model.checkOwnParameter(*block.operand, block.getName(),
                                       [&] { return refuse(layer); })))
      return failure();
    ParamOp param = model.getParam(block.operand->get());
    if (failed(
            checkSize(param, block.axis, count, [&] { return refuse(layer); })))
      return failure();
  }
  return success();
}

LogicalResult LayerExpansion::refuseDead(LayerOp layer, Operation *target,
                                         StringRef part,
                                         ArrayRef<StringRef> zeros) const {
  InFlightDiagnostic diag = op->emitOpError()
                            << "would " << part << " " << model.describe(layer)
                            << " that never receive a gradient";
  std::string names;
  for (StringRef name : zeros)
    names += (names.empty() ? "'" : " and '") + name.str() + "'";
  diag.attachNote(target->getLoc())
      << names
      << " of the new entries are zero; let only the zero side be, by "
         "fills that are not zero, or ask for this with 'allow_dead'";
  return diag;
}

void grow::detail::reportSizes(Operation *op, Model &model, StringRef name,
                               StringRef unit, StringRef metric,
                               ArrayRef<SizeChange> changes) {
  llvm::SmallSetVector<int64_t, 4> before, after;
  int64_t count = 0;
  for (auto [from, to] : changes) {
    before.insert(from);
    after.insert(to);
    count += to - from;
  }
  std::string sizes = llvm::formatv("{0} -> {1} {2}", llvm::interleaved(before),
                                    llvm::interleaved(after), unit);
  model.onSuccess([=, loc = op->getLoc(), layers = changes.size()] {
    reportPassed(loc, name)
        << remark::reason("{0}", sizes) << remark::metric("layers", layers)
        << remark::metric(metric, count);
  });
}
