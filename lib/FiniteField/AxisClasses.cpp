//===- AxisClasses.cpp - Axes of a model that count the same --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AxisClasses.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"
#include <numeric>

using namespace mlir;
using namespace grow;

/// Slices that are kept of each interval. One or two would be special: what is
/// left of two when their mean is subtracted is one number and its negative.
static constexpr int64_t kKept = 3;

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

unsigned AxisClasses::getNode(const void *owner, int64_t axis) {
  auto [it, isNew] = nodes.try_emplace({owner, axis}, parents.size());
  if (isNew)
    parents.push_back(it->second);
  return it->second;
}

unsigned AxisClasses::getOwnNode(Operation *op, Axis axis) {
  return getNode(static_cast<const void *>(op), static_cast<int64_t>(axis));
}

unsigned AxisClasses::getNode(Value stream) {
  return getNode(stream.getAsOpaquePointer(), -1);
}

unsigned AxisClasses::getNode(ParamOp param, int64_t axis) {
  return getNode(param.getAsOpaquePointer(), axis);
}

unsigned AxisClasses::find(unsigned node) {
  while (parents[node] != node)
    node = parents[node] = parents[parents[node]];
  return node;
}

void AxisClasses::unite(unsigned a, unsigned b) { parents[find(a)] = find(b); }

void AxisClasses::uniteStreams(ValueRange values) {
  for (Value value : values)
    if (!Derivations::isParameter(value))
      unite(getNode(value), getNode(values.front()));
}

void AxisClasses::visitParameters(ParameterizedOpInterface op) {
  Value x = op->getOperand(0), result = op->getResult(0);
  auto getAxisNode = [&](Axis axis) {
    switch (axis) {
    case Axis::HiddenIn:
    case Axis::HiddenEach:
      return getNode(x);
    case Axis::HiddenOut:
      return getNode(result);
    default:
      return getOwnNode(op, axis);
    }
  };
  for (auto [number, role] : llvm::enumerate(op.getParamRoles())) {
    OpOperand *operand = op.getParamOperand(number);
    if (!operand)
      continue;
    auto get = Derivations::resolve(operand->get()).getDefiningOp<GetOp>();
    if (!get) {
      complete = false;
      continue;
    }
    auto param = symbols.lookup<ParamOp>(get.getParam());
    params.insert(param);
    for (auto [i, axis] : llvm::enumerate(role.axes))
      unite(getNode(param, i), getAxisNode(axis));
  }
}

void AxisClasses::visit(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](LayerOp op) {
        for (auto [argument, operand] :
             llvm::zip_equal(op.getBody().getArguments(), op.getInputs()))
          uniteStreams({operand, argument});
        uniteStreams({op.getYielded(), op.getResult()});
      })
      .Case<RMSNormOp, LayerNormOp>([&](auto op) {
        uniteStreams({op.getX(), op.getResult()});
        visitParameters(op);
      })
      .Case([&](ParameterizedOpInterface op) { visitParameters(op); })
      .Case<arith::AddFOp>([&](auto op) {
        uniteStreams({op.getLhs(), op.getRhs(), op.getResult()});
      })
      .Case<ScaleOp, SoftcapOp, SelectTokenOp>(
          [&](auto op) { uniteStreams({op.getX(), op.getResult()}); })
      .Case<ExtendOp, DropOp, CenterOp, RegroupOp, FillOp, SourceOp>(
          [&](auto) { complete = false; });
}

void AxisClasses::visitDetails(Operation *op) {
  auto cutOwn = [&](Axis axis, ArrayRef<int64_t> places) {
    AxisClass &axisClass = getClass(getOwnNode(op, axis));
    axisClass.cuts.insert(places.begin(), places.end());
  };
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](LayerNormOp op) {
        getClass(getNode(op.getX())).cuts.insert(op.getCentered());
      })
      .Case([&](PositionEmbeddingOp op) {
        cutOwn(Axis::Positions, static_cast<int64_t>(op.getOffset()));
      })
      .Case([&](TypeEmbeddingOp op) {
        int64_t row = op.getRow();
        cutOwn(Axis::Types, {row, row + 1});
      })
      .Case([&](PatchEmbeddingOp op) {
        for (Axis axis :
             {Axis::ImageChannels, Axis::PatchRows, Axis::PatchColumns})
          getClass(getOwnNode(op, axis)).keepsAll = true;
      })
      .Case([&](AttentionOp op) {
        if (!op.getRope())
          return;
        int64_t pairs = op.getRope()->getFrequencies().size();
        cutOwn(Axis::Key, {pairs, 2 * pairs});
        getClass(getOwnNode(op, Axis::Key)).ropes.push_back(*op.getRope());
      });
}

AxisClasses::AxisClasses(ModuleOp module, FunctionOpInterface function)
    : symbols(module) {
  function.walk([&](Operation *op) {
    if (op != function)
      visit(op);
  });
  for (ParamOp param : params)
    for (auto [i, size] : llvm::enumerate(param.getTensorType().getShape()))
      getClass(getNode(param, i)).size = size;
  function.walk([&](Operation *op) { visitDetails(op); });
  for (ParamOp param : params)
    if (param.isDerived())
      cutDerivation(param);
}

//===----------------------------------------------------------------------===//
// Intervals
//===----------------------------------------------------------------------===//

namespace {
/// Where the slices of an axis of a value are in the whole parameter: -1 if
/// they are dropped. Not known any more once axes are regrouped.
struct FinalPlaces {
  std::vector<int64_t> places;
  bool isKnown = true;

  /// The same for the input of an op, by the input's slice of each slice.
  FinalPlaces getInputs(ArrayRef<int64_t> origins, int64_t size) const {
    FinalPlaces inputs;
    inputs.places.assign(size, -1);
    for (auto [place, origin] : llvm::zip_equal(places, origins))
      if (origin >= 0)
        inputs.places[origin] = place;
    return inputs;
  }
};
} // namespace

void AxisClasses::cutOp(AxisClass &axisClass, ArrayRef<int64_t> origins,
                        ArrayRef<int64_t> places, ArrayRef<int64_t> inputs,
                        CopyAttr copy) {
  // Runs of slices that are all old, all new, or copies, without a gap.
  auto continues = [&](size_t i) {
    int64_t last = origins[i - 1], next = origins[i];
    if (places[i] != places[i - 1] + 1 || (last < 0) != (next < 0))
      return false;
    if (next >= 0)
      return next == last + 1;
    return !copy || copy.getIndices()[~next] == copy.getIndices()[~last] + 1;
  };
  size_t begin = 0;
  for (size_t end = 1; end <= origins.size(); ++end) {
    if (end < origins.size() && continues(end))
      continue;
    int64_t place = places[begin], origin = origins[begin];
    int64_t count = end - begin;
    begin = end;
    if (place < 0)
      continue;
    axisClass.cuts.insert({place, place + count});
    if (origin >= 0 || !copy)
      continue;
    int64_t original = inputs[copy.getIndices()[~origin]];
    if (original < 0)
      continue;
    axisClass.cuts.insert({original, original + count});
    axisClass.copies.insert({place, original, count});
  }
}

void AxisClasses::cutDerivation(ParamOp param) {
  SmallVector<FinalPlaces, 4> axes;
  for (int64_t size : param.getTensorType().getShape()) {
    axes.emplace_back();
    axes.back().places.resize(size);
    std::iota(axes.back().places.begin(), axes.back().places.end(), 0);
  }
  auto getInputSize = [](auto op) {
    return op.getInput().getType().getDimSize(op.getAxis());
  };
  Operation *op = param.getDerivedValue().getDefiningOp();
  for (; op && op->getNumOperands() > 0;
       op = op->getOperand(0).getDefiningOp()) {
    if (auto regroup = dyn_cast<RegroupOp>(op)) {
      for (int64_t axis : {regroup.getAxis(), regroup.getAxis() + 1}) {
        getClass(getNode(param, axis)).keepsAll = true;
        axes[axis].isKnown = false;
      }
      continue;
    }
    if (!isa<ExtendOp, DropOp>(op))
      continue;
    auto extend = dyn_cast<ExtendOp>(op);
    auto drop = dyn_cast<DropOp>(op);
    int64_t axis = extend ? extend.getAxis() : drop.getAxis();
    FinalPlaces &places = axes[axis];
    if (!places.isKnown)
      continue;
    std::vector<int64_t> origins =
        extend ? getOrigins(extend) : getOrigins(drop);
    FinalPlaces inputs = places.getInputs(origins, extend ? getInputSize(extend)
                                                          : getInputSize(drop));
    cutOp(getClass(getNode(param, axis)), origins, places.places, inputs.places,
          extend ? dyn_cast<CopyAttr>(extend.getFill()) : CopyAttr());
    places = std::move(inputs);
  }
}

/// The channel that rotates with another; itself if it does not rotate.
static int64_t getOther(RopeAttr rope, int64_t channel) {
  int64_t pairs = rope.getFrequencies().size();
  if (channel >= 2 * pairs)
    return channel;
  if (rope.getLayout() == RopeLayout::Interleaved)
    return channel ^ 1;
  return channel < pairs ? channel + pairs : channel - pairs;
}

void AxisClasses::choose(AxisClass &axisClass) {
  if (axisClass.kept)
    return;
  std::set<int64_t> chosen;
  constexpr int64_t kFew = 2 * kKept;
  if (axisClass.keepsAll || axisClass.size <= kFew) {
    for (int64_t i = 0; i < axisClass.size; ++i)
      chosen.insert(i);
  } else {
    axisClass.cuts.insert(0);
    for (int64_t cut : axisClass.cuts)
      for (int64_t i = cut; i < std::min(cut + kKept, axisClass.size); ++i)
        chosen.insert(i);
  }
  // Whoever is kept brings those that belong to it.
  size_t before;
  do {
    before = chosen.size();
    for (RopeAttr rope : axisClass.ropes)
      for (int64_t channel : Kept(chosen.begin(), chosen.end()))
        chosen.insert(getOther(rope, channel));
    for (const CopiedRun &run : axisClass.copies)
      for (int64_t slice : Kept(chosen.begin(), chosen.end())) {
        if (slice >= run.copy && slice < run.copy + run.count)
          chosen.insert(slice - run.copy + run.original);
        if (slice >= run.original && slice < run.original + run.count)
          chosen.insert(slice - run.original + run.copy);
      }
  } while (chosen.size() != before);
  axisClass.kept.emplace(chosen.begin(), chosen.end());
}

const Kept &AxisClasses::getKept(ParamOp param, int64_t axis) {
  AxisClass &axisClass = getClass(getNode(param, axis));
  choose(axisClass);
  return *axisClass.kept;
}

KeptAxes AxisClasses::getKept(ParamOp param) {
  KeptAxes kept;
  for (int64_t i = 0; i < param.getTensorType().getRank(); ++i)
    kept.push_back(getKept(param, i));
  return kept;
}
