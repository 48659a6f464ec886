//===- Terms.cpp - What is known of terms, and narrower terms -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Proof/Terms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include <map>
#include <tuple>

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

namespace {
/// Finds out which terms are zero. Streams may be read in several places; each
/// is looked at once.
class ZeroFinder {
public:
  bool isZero(Value term);

private:
  bool compute(Operation *op);
  bool isZeroOrAbsent(Value term) { return !term || isZero(term); }
  /// Whether `x weight + bias` is zero.
  bool isZeroProjection(Value x, Value weight, Value bias) {
    return isZeroOrAbsent(bias) && (isZero(weight) || isZero(x));
  }
  bool isZeroNorm(Value x, Value bias, bool gainIsZero, const Exact &epsilon) {
    // Without an epsilon a norm of zeros is none.
    return isZeroOrAbsent(bias) && (gainIsZero || isZero(x)) &&
           epsilon.isPositive();
  }
  /// Whether what an op adds to its output bias is zero.
  bool addsNothing(MLPOp op);
  bool addsNothing(AttentionOp op);

  llvm::DenseMap<Value, bool> known;
};
} // namespace

bool ZeroFinder::addsNothing(MLPOp op) {
  return isZeroProjection(op.getX(), op.getUp(), op.getUpBias()) ||
         (op.getGate() &&
          isZeroProjection(op.getX(), op.getGate(), op.getGateBias())) ||
         findSilentUnits(op) == Slices::all(op.getWidth());
}

bool ZeroFinder::addsNothing(AttentionOp op) {
  return isZeroProjection(op.getX(), op.getWv(), op.getBv()) ||
         findSilentGroups(op) == Slices::all(op.getGroups()) ||
         findSilentQueries(op) == Slices::all(op.getHeadsPerGroup()) ||
         findSilentValues(op) == Slices::all(op.getValueWidth());
}

bool ZeroFinder::isZero(Value term) {
  auto [it, isNew] = known.try_emplace(term, false);
  if (!isNew || !term.getDefiningOp())
    return it->second;
  bool result = compute(term.getDefiningOp());
  known[term] = result;
  return result;
}

bool ZeroFinder::compute(Operation *op) {
  return llvm::TypeSwitch<Operation *, bool>(op)
      .Case([&](FillOp op) { return op.getFill().isZero(); })
      .Case<RegroupOp, CenterOp>([&](auto op) { return isZero(op.getInput()); })
      .Case([&](DropOp op) {
        auto axis = static_cast<int64_t>(op.getAxis());
        return isZero(op.getInput()) ||
               findZeroSlices(op.getResult(), axis) ==
                   Slices::all(getSize(op.getResult(), axis));
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
        bool gainIsZero = op.getUnitOffset() ? isMinusOne(op.getGain())
                                             : isZero(op.getGain());
        return isZeroNorm(op.getX(), Value(), gainIsZero,
                          op.getEpsilon().getValue());
      })
      .Case([&](LayerNormOp op) {
        return isZeroNorm(op.getX(), op.getBias(), isZero(op.getGain()),
                          op.getEpsilon().getValue());
      })
      .Case([&](AttentionOp op) {
        return isZeroOrAbsent(op.getBo()) && addsNothing(op);
      })
      .Case([&](MLPOp op) {
        return isZeroOrAbsent(op.getDownBias()) && addsNothing(op);
      })
      .Case([&](DenseOp op) {
        // Each activation is zero at zero.
        return isZeroProjection(op.getX(), op.getWeight(), op.getBias());
      })
      .Default(false);
}

bool grow::proof::isZero(Value term) { return ZeroFinder().isZero(term); }

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

namespace {
/// Finds multiples along one axis. What slices are multiples of is numbered
/// across all terms that the search goes through, so that numbers never meet.
class MultipleFinder {
public:
  MultipleFinder(int64_t axis, Exactness exactness)
      : axis(axis), exactness(exactness) {}

  SmallVector<Multiple> find(Value term);

private:
  using Multiples = SmallVector<Multiple>;

  Multiple getFresh() { return {next++, Exact(1)}; }
  /// Every slice stands for itself.
  Multiples getUnrelated(int64_t size) {
    return llvm::map_to_vector(llvm::seq(size),
                               [&](int64_t) { return getFresh(); });
  }
  /// Adds a constant to entries of every slice: a multiple of another slice is
  /// none of it then, equal slices stay equal.
  Multiples keepEqual(Multiples multiples) {
    for (Multiple &multiple : multiples)
      if (!multiple.factor.isOne())
        multiple = getFresh();
    return multiples;
  }
  Multiple copy(const Multiple &original, const Exact &factor);
  Multiples findAlong(ExtendOp op);
  Multiples findAcross(ExtendOp op);
  Multiples findInDrop(DropOp op);

  int64_t axis;
  Exactness exactness;
  int64_t next = 0;
};
} // namespace

/// A copy of a slice, multiplied. Other factors than powers of two round.
Multiple MultipleFinder::copy(const Multiple &original, const Exact &factor) {
  std::optional<Exact> product;
  if (exactness == Exactness::Reals || factor.isPowerOfTwo())
    product = original.factor.times(factor);
  return product ? Multiple{original.of, *product} : getFresh();
}

SmallVector<Multiple> MultipleFinder::findAlong(ExtendOp op) {
  Multiples old = find(op.getInput());
  Slices inserted = getNewSlices(op);
  auto copies = dyn_cast<CopyAttr>(op.getFill());
  bool isUniform =
      op.getFill().isZero() || isa<ConstantAttr, MeanAttr>(op.getFill());
  Multiple uniform = getFresh();
  Multiples multiples;
  int64_t nextOld = 0, nextCopy = 0;
  for (int64_t slice : llvm::seq(getSize(op.getResult(), axis))) {
    if (!inserted.contains(slice))
      multiples.push_back(old[nextOld++]);
    else if (copies)
      multiples.push_back(
          copy(old[copies.getIndices()[nextCopy++]], copies.getFactor()));
    else
      multiples.push_back(isUniform ? uniform : getFresh());
  }
  return multiples;
}

SmallVector<Multiple> MultipleFinder::findAcross(ExtendOp op) {
  if (op.getFill().isRandom())
    return getUnrelated(getSize(op.getResult(), axis));
  Multiples multiples = find(op.getInput());
  return isLinearAcross(op.getFill()) ? multiples
                                      : keepEqual(std::move(multiples));
}

SmallVector<Multiple> MultipleFinder::findInDrop(DropOp op) {
  Multiples multiples = find(op.getInput());
  if (static_cast<int64_t>(op.getAxis()) != axis)
    return multiples;
  Slices dropped = getDroppedSlices(op);
  Multiples kept;
  for (auto [slice, multiple] : llvm::enumerate(multiples))
    if (!dropped.contains(static_cast<int64_t>(slice)))
      kept.push_back(multiple);
  return kept;
}

SmallVector<Multiple> MultipleFinder::find(Value term) {
  int64_t size = getSize(term, axis);
  Operation *op = term.getDefiningOp();
  if (!op)
    return getUnrelated(size);
  return llvm::TypeSwitch<Operation *, Multiples>(op)
      .Case([&](FillOp op) {
        return op.getFill().isRandom() ? getUnrelated(size)
                                       : Multiples(size, getFresh());
      })
      .Case([&](ExtendOp op) {
        return getAxis(op) == axis ? findAlong(op) : findAcross(op);
      })
      .Case([&](ScaleOp op) {
        return op.getAbout() ? keepEqual(find(op.getX())) : find(op.getX());
      })
      .Case([&](RegroupOp op) {
        return regroups(op, axis) ? getUnrelated(size) : find(op.getInput());
      })
      .Case([&](CenterOp op) {
        return static_cast<int64_t>(op.getAxis()) == axis ? getUnrelated(size)
                                                          : find(op.getInput());
      })
      .Case([&](DropOp op) { return findInDrop(op); })
      .Default([&](Operation *) { return getUnrelated(size); });
}

SmallVector<Multiple> grow::proof::findMultiples(Value term, int64_t axis,
                                                 Exactness exactness) {
  return MultipleFinder(axis, exactness).find(term);
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

SmallVector<int64_t> grow::proof::findFirstEqual(ArrayRef<AxisOperand> params) {
  // What a slice is a multiple of, and by which factor: as numbers in order.
  using Kind = std::tuple<int64_t, Exact::Int, Exact::Int, uint64_t>;
  SmallVector<SmallVector<Multiple>> multiples;
  for (const AxisOperand &param : params)
    multiples.push_back(findMultiples(param.get(), param.axis));
  std::map<std::vector<Kind>, int64_t> known;
  SmallVector<int64_t> first;
  for (int64_t slice : llvm::seq<int64_t>(multiples.front().size())) {
    std::vector<Kind> kinds;
    for (ArrayRef<Multiple> ofParam : multiples) {
      const auto &[of, factor] = ofParam[slice];
      kinds.emplace_back(of, factor.getNumerator(), factor.getDenominator(),
                         factor.getRadicand());
    }
    first.push_back(known.try_emplace(std::move(kinds), slice).first->second);
  }
  return first;
}

std::vector<EqualUnits> grow::proof::findEqualUnits(MLPOp op,
                                                    Exactness exactness) {
  SmallVector<AxisOperand> inputs = getOperandsWith(op, Axis::MLP);
  llvm::erase_if(inputs, [&](const AxisOperand &param) {
    return param.operand == &op.getDownMutable();
  });
  SmallVector<int64_t> first = findFirstEqual(inputs);
  SmallVector<Multiple> rows = findMultiples(op.getDown(), 0, exactness);
  std::vector<EqualUnits> kinds;
  llvm::DenseMap<std::pair<int64_t, int64_t>, size_t> known;
  for (int64_t unit : llvm::seq(op.getWidth())) {
    const Exact &factor = rows[unit].factor;
    auto [it, isNew] =
        known.try_emplace({first[unit], rows[unit].of}, kinds.size());
    if (isNew) {
      kinds.push_back({{unit}, factor, factor});
      continue;
    }
    EqualUnits &kind = kinds[it->second];
    kind.units.push_back(unit);
    kind.sum = kind.sum ? kind.sum->plus(factor) : std::nullopt;
  }
  return kinds;
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

Value grow::proof::drop(OpBuilder &builder, Value term, DropOp op) {
  return drop(builder, term, static_cast<int64_t>(op.getAxis()),
              getDroppedSlices(op));
}

Value grow::proof::extend(OpBuilder &builder, Value term, ExtendOp op) {
  return extend(builder, term, getAxis(op), getNewSlices(op), op.getFill());
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

ExtendOp grow::proof::getPadding(Value stream) {
  auto padding = stream.getDefiningOp<ExtendOp>();
  bool isAlongChannels = padding && getAxis(padding) == getChannelAxis(stream);
  return isAlongChannels ? padding : ExtendOp();
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
