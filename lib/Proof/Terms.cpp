//===- Terms.cpp - What is known of terms, and narrower terms -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Terms.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

Slices grow::proof::getNewSlices(ExtendOp op) {
  Slices slices;
  int64_t inserted = 0;
  for (auto [position, size] :
       llvm::zip_equal(op.getPositions(), op.getSizes())) {
    slices.append(position + inserted, position + inserted + size);
    inserted += size;
  }
  return slices;
}

Slices grow::proof::getDroppedSlices(DropOp op) {
  return Slices::get(op.getPositions(), op.getSizes());
}

int64_t grow::proof::getSize(Value term, int64_t axis) {
  return cast<RankedTensorType>(term.getType()).getDimSize(axis);
}

static int64_t getAxis(ExtendOp op) {
  return static_cast<int64_t>(op.getAxis());
}

/// Whether `op` reads `axis` and a neighbour anew.
static bool regroups(RegroupOp op, int64_t axis) {
  auto first = static_cast<int64_t>(op.getAxis());
  return axis == first || axis == first + 1;
}

/// Whether a block along one axis is, in each slice along another one, made
/// from that slice alone and linearly: what holds of linear combinations of
/// slices then holds across the block.
static bool isLinearAcross(FillAttrInterface fill) {
  return fill.isZero() || isa<CopyAttr, MeanAttr>(fill);
}

//===----------------------------------------------------------------------===//
// Zeros
//===----------------------------------------------------------------------===//

/// Which new slices of an extension are zero, given those of its input.
static Slices findNewZeroSlices(ExtendOp op, const Slices &inputZeros) {
  Slices inserted = getNewSlices(op);
  if (op.getFill().isZero())
    return inserted;
  if (isa<MeanAttr>(op.getFill()))
    return inputZeros == Slices::all(getSize(op.getInput(), getAxis(op)))
               ? inserted
               : Slices();
  auto copy = dyn_cast<CopyAttr>(op.getFill());
  if (!copy)
    return {};
  Slices zeros;
  const int64_t *source = copy.getIndices().asArrayRef().begin();
  for (Slices::Range range : inserted.getRanges())
    for (int64_t slice = range.begin; slice < range.end; ++slice)
      if (inputZeros.contains(*source++))
        zeros.append(slice, slice + 1);
  return zeros;
}

/// Zero slices of two neighbouring axes that are read anew.
static Slices findZeroSlices(RegroupOp op, int64_t axis) {
  auto first = static_cast<int64_t>(op.getAxis());
  int64_t width = getSize(op.getInput(), first + 1);
  Slices outer = findZeroSlices(op.getInput(), first);
  Slices inner = findZeroSlices(op.getInput(), first + 1);
  if (outer.empty() && inner.empty())
    return {};
  auto newOuter = static_cast<int64_t>(op.getOuter());
  auto newInner = static_cast<int64_t>(op.getInner());
  auto isZeroAt = [&](int64_t o, int64_t i) {
    int64_t at = o * newInner + i;
    return outer.contains(at / width) || inner.contains(at % width);
  };
  bool isOuter = axis == first;
  Slices zeros;
  for (int64_t slice : llvm::seq(isOuter ? newOuter : newInner))
    if (llvm::all_of(llvm::seq(isOuter ? newInner : newOuter), [&](int64_t at) {
          return isOuter ? isZeroAt(slice, at) : isZeroAt(at, slice);
        }))
      zeros.append(slice, slice + 1);
  return zeros;
}

Slices grow::proof::findZeroSlices(Value term, int64_t axis) {
  Operation *op = term.getDefiningOp();
  if (!op)
    return {};
  return llvm::TypeSwitch<Operation *, Slices>(op)
      .Case([&](FillOp op) {
        return op.getFill().isZero() ? Slices::all(getSize(term, axis))
                                     : Slices();
      })
      .Case([&](ExtendOp op) {
        Slices zeros = findZeroSlices(op.getInput(), axis);
        if (getAxis(op) != axis)
          return isLinearAcross(op.getFill()) ? zeros : Slices();
        return zeros.spread(getNewSlices(op)) | findNewZeroSlices(op, zeros);
      })
      .Case([&](ScaleOp op) {
        return op.getAbout() ? Slices() : findZeroSlices(op.getX(), axis);
      })
      .Case([&](RegroupOp op) {
        return regroups(op, axis) ? ::findZeroSlices(op, axis)
                                  : findZeroSlices(op.getInput(), axis);
      })
      .Case([&](CenterOp op) {
        Slices zeros = findZeroSlices(op.getInput(), axis);
        bool stay = static_cast<int64_t>(op.getAxis()) != axis ||
                    zeros == Slices::all(getSize(term, axis));
        return stay ? zeros : Slices();
      })
      .Case([&](DropOp op) {
        Slices zeros = findZeroSlices(op.getInput(), axis);
        return static_cast<int64_t>(op.getAxis()) == axis
                   ? zeros.compress(getDroppedSlices(op))
                   : zeros;
      })
      .Default(Slices());
}

/// Whether a parameter is the number that a norm's gain vanishes at.
static bool isMinusOne(Value term) {
  auto isMinusOneFill = [](FillAttrInterface fill) {
    auto constant = dyn_cast<ConstantAttr>(fill);
    return constant && constant.getValue() == Exact(-1);
  };
  Operation *op = term.getDefiningOp();
  return op &&
         llvm::TypeSwitch<Operation *, bool>(op)
             .Case([&](FillOp op) { return isMinusOneFill(op.getFill()); })
             .Case([&](ExtendOp op) {
               bool isSame =
                   isMinusOneFill(op.getFill()) || isa<MeanAttr>(op.getFill());
               return isSame && isMinusOne(op.getInput());
             })
             .Case([&](ScaleOp op) {
               return op.getAbout() &&
                      op.getAboutAttr().getValue() == Exact(-1) &&
                      isMinusOne(op.getX());
             })
             .Case<DropOp, RegroupOp>(
                 [&](auto op) { return isMinusOne(op.getInput()); })
             .Default(false);
}

static bool isZeroOrAbsent(Value term) { return !term || isZero(term); }

/// Whether `x weight + bias` is zero.
static bool isZeroProjection(Value x, Value weight, Value bias) {
  return isZeroOrAbsent(bias) && (isZero(weight) || isZero(x));
}

Slices grow::proof::findZeroOutputs(Value weight, Value bias, int64_t axis) {
  Slices zeros = findZeroSlices(weight, axis);
  return bias ? zeros & findZeroSlices(bias, axis - 1) : zeros;
}

Slices grow::proof::findSilentUnits(MLPOp op) {
  Slices silent = findZeroSlices(op.getDown(), 0) |
                  findZeroOutputs(op.getUp(), op.getUpBias(), 1);
  return op.getGate()
             ? silent | findZeroOutputs(op.getGate(), op.getGateBias(), 1)
             : silent;
}

Slices grow::proof::findSilentGroups(AttentionOp op) {
  return findZeroSlices(op.getWo(), 0) |
         findZeroOutputs(op.getWv(), op.getBv(), 1);
}

Slices grow::proof::findSilentQueries(AttentionOp op) {
  return findZeroSlices(op.getWo(), 1);
}

Slices grow::proof::findSilentValues(AttentionOp op) {
  return findZeroSlices(op.getWo(), 2) |
         findZeroOutputs(op.getWv(), op.getBv(), 2);
}

/// Whether what an op adds to its output bias is zero.
static bool addsNothing(MLPOp op) {
  bool isSilent = isZeroProjection(op.getX(), op.getUp(), op.getUpBias()) ||
                  (op.getGate() &&
                   isZeroProjection(op.getX(), op.getGate(), op.getGateBias()));
  return isSilent || findSilentUnits(op) == Slices::all(op.getWidth());
}
static bool addsNothing(AttentionOp op) {
  return isZeroProjection(op.getX(), op.getWv(), op.getBv()) ||
         findSilentGroups(op) == Slices::all(op.getGroups()) ||
         findSilentQueries(op) == Slices::all(op.getHeadsPerGroup()) ||
         findSilentValues(op) == Slices::all(op.getValueWidth());
}

bool grow::proof::isZero(Value term) {
  Operation *op = term.getDefiningOp();
  if (!op)
    return false;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](FillOp op) { return op.getFill().isZero(); })
      .Case<RegroupOp, CenterOp>([&](auto op) { return isZero(op.getInput()); })
      .Case([&](DropOp op) {
        auto axis = static_cast<int64_t>(op.getAxis());
        return isZero(op.getInput()) ||
               findZeroSlices(term, axis) == Slices::all(getSize(term, axis));
      })
      .Case([&](ExtendOp op) {
        return isLinearAcross(op.getFill()) && isZero(op.getInput());
      })
      .Case([&](ScaleOp op) { return !op.getAbout() && isZero(op.getX()); })
      .Case<SoftcapOp, SelectTokenOp>(
          [&](auto op) { return isZero(op.getX()); })
      .Case([&](arith::AddFOp op) {
        return isZero(op.getLhs()) && isZero(op.getRhs());
      })
      .Case<EmbeddingOp, PositionEmbeddingOp, TypeEmbeddingOp>(
          [&](auto op) { return isZero(op.getTable()); })
      .Case([&](RMSNormOp op) {
        return isZero(op.getX()) ||
               (op.getUnitOffset() ? isMinusOne(op.getGain())
                                   : isZero(op.getGain()));
      })
      .Case([&](LayerNormOp op) {
        return isZeroProjection(op.getX(), op.getGain(), op.getBias());
      })
      .Case([&](AttentionOp op) {
        return isZeroOrAbsent(op.getBo()) && addsNothing(op);
      })
      .Case([&](MLPOp op) {
        return isZeroOrAbsent(op.getDownBias()) && addsNothing(op);
      })
      .Case([&](DenseOp op) {
        return isZeroProjection(op.getX(), op.getWeight(), op.getBias());
      })
      .Default(false);
}

//===----------------------------------------------------------------------===//
// Means and new slices
//===----------------------------------------------------------------------===//

Slices grow::proof::findMeanSlices(Value term, int64_t axis) {
  Operation *op = term.getDefiningOp();
  if (!op)
    return {};
  return llvm::TypeSwitch<Operation *, Slices>(op)
      .Case([&](ExtendOp op) {
        if (getAxis(op) == axis)
          return isa<MeanAttr>(op.getFill()) ? getNewSlices(op) : Slices();
        bool keeps =
            isLinearAcross(op.getFill()) || isa<ConstantAttr>(op.getFill());
        return keeps ? findMeanSlices(op.getInput(), axis) : Slices();
      })
      .Case([&](ScaleOp op) { return findMeanSlices(op.getX(), axis); })
      .Case([&](RegroupOp op) {
        return regroups(op, axis) ? Slices()
                                  : findMeanSlices(op.getInput(), axis);
      })
      .Case<CenterOp, DropOp>([&](auto op) {
        return static_cast<int64_t>(op.getAxis()) == axis
                   ? Slices()
                   : findMeanSlices(op.getInput(), axis);
      })
      .Default(Slices());
}

Slices grow::proof::findNewSlices(Value term, int64_t axis) {
  Operation *op = term.getDefiningOp();
  if (!op)
    return {};
  return llvm::TypeSwitch<Operation *, Slices>(op)
      .Case([&](FillOp) { return Slices::all(getSize(term, axis)); })
      .Case([&](ExtendOp op) {
        Slices slices = findNewSlices(op.getInput(), axis);
        return getAxis(op) == axis
                   ? slices.spread(getNewSlices(op)) | getNewSlices(op)
                   : slices;
      })
      .Case([&](ScaleOp op) { return findNewSlices(op.getX(), axis); })
      .Case([&](CenterOp op) { return findNewSlices(op.getInput(), axis); })
      .Case([&](RegroupOp op) {
        return regroups(op, axis) ? Slices()
                                  : findNewSlices(op.getInput(), axis);
      })
      .Case([&](DropOp op) {
        Slices slices = findNewSlices(op.getInput(), axis);
        return static_cast<int64_t>(op.getAxis()) == axis
                   ? slices.compress(getDroppedSlices(op))
                   : slices;
      })
      .Default(Slices());
}

bool grow::proof::isCentered(Value term, int64_t axis) {
  Operation *op = term.getDefiningOp();
  if (!op)
    return false;
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](CenterOp op) {
        return static_cast<int64_t>(op.getAxis()) == axis ||
               isCentered(op.getInput(), axis);
      })
      .Case([&](ScaleOp op) {
        return !op.getAbout() && isCentered(op.getX(), axis);
      })
      .Case([&](ExtendOp op) {
        bool keeps = getAxis(op) == axis
                         ? op.getFill().isZero() || isa<MeanAttr>(op.getFill())
                         : isLinearAcross(op.getFill());
        return keeps && isCentered(op.getInput(), axis);
      })
      .Default(false);
}

//===----------------------------------------------------------------------===//
// Multiples
//===----------------------------------------------------------------------===//

/// Every slice stands for itself.
static SmallVector<Multiple> getUnrelated(int64_t size) {
  return llvm::map_to_vector(
      llvm::seq(size), [](int64_t slice) { return Multiple{slice, Exact(1)}; });
}

/// Slices whose entries are all one number are copies of each other.
static SmallVector<Multiple> getAllEqual(int64_t size) {
  return SmallVector<Multiple>(size, Multiple{0, Exact(1)});
}

/// Adds a constant to some entries of every slice: only equal slices stay
/// related.
static void keepEqual(SmallVector<Multiple> &multiples) {
  auto fresh = static_cast<int64_t>(multiples.size());
  for (Multiple &multiple : multiples)
    if (!multiple.factor.isOne())
      multiple = {fresh++, Exact(1)};
}

static SmallVector<Multiple> findMultiplesAlong(ExtendOp op) {
  int64_t axis = getAxis(op);
  SmallVector<Multiple> old = findMultiples(op.getInput(), axis);
  Slices inserted = getNewSlices(op);
  int64_t size = getSize(op.getResult(), axis);
  // Numbers that no slice of the input has.
  int64_t fresh = size + static_cast<int64_t>(old.size());
  for (const Multiple &multiple : old)
    fresh = std::max(fresh, multiple.of + 1);
  auto copy = dyn_cast<CopyAttr>(op.getFill());
  bool isOneNumber =
      op.getFill().isZero() || isa<ConstantAttr, MeanAttr>(op.getFill());
  SmallVector<Multiple> multiples;
  int64_t next = 0, copied = 0;
  for (int64_t slice : llvm::seq(size)) {
    if (!inserted.contains(slice)) {
      multiples.push_back(old[next++]);
    } else if (copy) {
      Multiple multiple = old[copy.getIndices()[copied++]];
      std::optional<Exact> factor = multiple.factor.times(copy.getFactor());
      multiples.push_back(factor ? Multiple{multiple.of, *factor}
                                 : Multiple{fresh++, Exact(1)});
    } else {
      multiples.push_back({isOneNumber ? fresh : fresh++, Exact(1)});
    }
  }
  return multiples;
}

SmallVector<Multiple> grow::proof::findMultiples(Value term, int64_t axis) {
  int64_t size = getSize(term, axis);
  Operation *op = term.getDefiningOp();
  if (!op)
    return getUnrelated(size);
  return llvm::TypeSwitch<Operation *, SmallVector<Multiple>>(op)
      .Case([&](FillOp op) {
        return op.getFill().isRandom() ? getUnrelated(size) : getAllEqual(size);
      })
      .Case([&](ExtendOp op) {
        if (getAxis(op) == axis)
          return findMultiplesAlong(op);
        if (op.getFill().isRandom())
          return getUnrelated(size);
        SmallVector<Multiple> multiples = findMultiples(op.getInput(), axis);
        if (!isLinearAcross(op.getFill()))
          keepEqual(multiples);
        return multiples;
      })
      .Case([&](ScaleOp op) {
        SmallVector<Multiple> multiples = findMultiples(op.getX(), axis);
        if (op.getAbout())
          keepEqual(multiples);
        return multiples;
      })
      .Case([&](RegroupOp op) {
        return regroups(op, axis) ? getUnrelated(size)
                                  : findMultiples(op.getInput(), axis);
      })
      .Case([&](CenterOp op) {
        return static_cast<int64_t>(op.getAxis()) == axis
                   ? getUnrelated(size)
                   : findMultiples(op.getInput(), axis);
      })
      .Case([&](DropOp op) {
        SmallVector<Multiple> multiples = findMultiples(op.getInput(), axis);
        if (static_cast<int64_t>(op.getAxis()) != axis)
          return multiples;
        Slices dropped = getDroppedSlices(op);
        SmallVector<Multiple> kept;
        for (auto [slice, multiple] : llvm::enumerate(multiples))
          if (!dropped.contains(slice))
            kept.push_back(multiple);
        return kept;
      })
      .Default([&](Operation *) { return getUnrelated(size); });
}

bool grow::proof::hasCopies(Value term, int64_t axis) {
  Operation *op = term.getDefiningOp();
  while (isa_and_nonnull<ExtendOp, ScaleOp, RegroupOp, CenterOp, DropOp>(op)) {
    auto extend = dyn_cast<ExtendOp>(op);
    if (extend && getAxis(extend) == axis && isa<CopyAttr>(extend.getFill()))
      return true;
    op = op->getOperand(0).getDefiningOp();
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Parameters of an op
//===----------------------------------------------------------------------===//

SmallVector<AxisOperand>
grow::proof::getOperandsWith(ParameterizedOpInterface op, Axis axis) {
  SmallVector<AxisOperand> operands;
  for (auto [i, role] : llvm::enumerate(op.getParamRoles()))
    if (OpOperand *operand = op.getParamOperand(i))
      if (std::optional<int64_t> number = role.findAxis(axis))
        operands.push_back({operand, &role, *number});
  return operands;
}

//===----------------------------------------------------------------------===//
// Building terms
//===----------------------------------------------------------------------===//

Value grow::proof::drop(OpBuilder &builder, Value term, int64_t axis,
                        const Slices &dropped) {
  if (dropped.empty())
    return term;
  return DropOp::create(builder, term.getLoc(), term, axis,
                        dropped.getPositions(), dropped.getSizes());
}

Value grow::proof::extend(OpBuilder &builder, Value term, int64_t axis,
                          const Slices &inserted, FillAttrInterface fill) {
  if (inserted.empty())
    return term;
  SmallVector<int64_t> positions;
  int64_t before = 0;
  for (Slices::Range range : inserted.getRanges()) {
    positions.push_back(range.begin - before);
    before += range.end - range.begin;
  }
  return ExtendOp::create(builder, term.getLoc(), term, axis, positions,
                          inserted.getSizes(), fill, /*key=*/Value(),
                          /*order=*/DenseI64ArrayAttr());
}

Value grow::proof::scale(OpBuilder &builder, Value term, const Exact &factor,
                         ExactAttr about) {
  return ScaleOp::create(builder, term.getLoc(), term.getType(), term,
                         ExactAttr::get(builder.getContext(), factor), about);
}

void grow::proof::dropEverywhere(PatternRewriter &rewriter,
                                 ParameterizedOpInterface op, Axis axis,
                                 const Slices &dropped) {
  for (const AxisOperand &param : getOperandsWith(op, axis)) {
    Value narrow = drop(rewriter, param.get(), param.axis, dropped);
    rewriter.modifyOpInPlace(op, [&] { param.operand->set(narrow); });
  }
}

RankedTensorType grow::proof::withChannels(Type type, int64_t channels) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape.back() = channels;
  return tensor.clone(shape);
}

Value grow::proof::cloneWith(PatternRewriter &rewriter, Operation *op,
                             ValueRange operands, int64_t channels) {
  Operation *clone = rewriter.clone(*op);
  rewriter.modifyOpInPlace(clone, [&] {
    clone->setOperands(operands);
    clone->getResult(0).setType(
        withChannels(op->getResult(0).getType(), channels));
  });
  return clone->getResult(0);
}
