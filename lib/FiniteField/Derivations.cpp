//===- Derivations.cpp - Parameters over a finite field -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Derivations.h"
#include "grow/IR/KeyedFill.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Parallel.h"
#include <numeric>

using namespace mlir;
using namespace grow;

/// All slices of an axis.
static Kept keepSlices(int64_t size) {
  Kept kept(size);
  std::iota(kept.begin(), kept.end(), 0);
  return kept;
}

KeptAxes grow::keepAll(ArrayRef<int64_t> shape) {
  return llvm::map_to_vector<4>(shape,
                                [](int64_t size) { return keepSlices(size); });
}

static Shape getShape(ArrayRef<Kept> kept) {
  return llvm::map_to_vector<4>(
      kept, [](const Kept &axis) { return static_cast<int64_t>(axis.size()); });
}

/// The place of a number in an increasing list that has it.
static int64_t find(const Kept &kept, int64_t number) {
  return llvm::lower_bound(kept, number) - kept.begin();
}

static void sortUnique(Kept &kept) {
  llvm::sort(kept);
  kept.erase(llvm::unique(kept), kept.end());
}

std::vector<int64_t> grow::getOrigins(ExtendOp op) {
  std::vector<int64_t> origins;
  int64_t extent = op.getInput().getType().getDimSize(op.getAxis());
  int64_t old = 0, added = 0;
  for (auto [position, size] :
       llvm::zip_equal(op.getPositions(), op.getSizes())) {
    for (; old < position; ++old)
      origins.push_back(old);
    for (int64_t i = 0; i < size; ++i)
      origins.push_back(~added++);
  }
  for (; old < extent; ++old)
    origins.push_back(old);
  return origins;
}

std::vector<int64_t> grow::getOrigins(DropOp op) {
  std::vector<int64_t> origins;
  int64_t extent = op.getInput().getType().getDimSize(op.getAxis());
  int64_t old = 0;
  for (auto [position, size] :
       llvm::zip_equal(op.getPositions(), op.getSizes())) {
    for (; old < position; ++old)
      origins.push_back(old);
    old += size;
  }
  for (; old < extent; ++old)
    origins.push_back(old);
  return origins;
}

//===----------------------------------------------------------------------===//
// What is a parameter
//===----------------------------------------------------------------------===//

Value Derivations::resolve(Value value) {
  while (auto argument = dyn_cast<BlockArgument>(value)) {
    auto layer = dyn_cast<LayerOp>(argument.getOwner()->getParentOp());
    if (!layer)
      break;
    value = layer.getInputs()[argument.getArgNumber()];
  }
  return value;
}

bool Derivations::isParameter(Value value) {
  while (Operation *op = (value = resolve(value)).getDefiningOp()) {
    if (isa<GetOp, SourceOp, FillOp>(op))
      return true;
    if (!isa<ExtendOp, DropOp, RegroupOp, ScaleOp, CenterOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return false;
}

//===----------------------------------------------------------------------===//
// Random elements
//===----------------------------------------------------------------------===//

/// Draws elements in row-major order, keyed by their coordinates.
static void drawEntries(const Field &field, uint64_t key, ArrayRef<Kept> kept,
                        uint64_t *&to) {
  if (kept.empty()) {
    *to++ = getElement(field, key);
    return;
  }
  for (int64_t coordinate : kept.front())
    drawEntries(field, descend(key, coordinate), kept.drop_front(), to);
}

FieldTensor Derivations::draw(uint64_t key, ArrayRef<Kept> kept) {
  // Coordinates are those of four axes, like the generator's of a fill.
  for (size_t rank = kept.size(); rank < 4; ++rank)
    key = descend(key, 0);
  FieldTensor result(getShape(kept));
  if (result.data.empty())
    return result;
  int64_t rows = kept.front().size(), size = result.data.size() / rows;
  llvm::parallelFor(0, rows, [&](size_t row) {
    uint64_t *to = result.data.data() + row * size;
    drawEntries(field, descend(key, kept.front()[row]), kept.drop_front(), to);
  });
  return result;
}

FieldTensor Derivations::drawSource(StringRef name, ArrayRef<Kept> kept) {
  return draw(getKey(seed, "source " + name), kept);
}

FieldTensor Derivations::fill(FillAttrInterface fill, StringRef param,
                              ArrayRef<Kept> kept) {
  if (fill.isZero())
    return FieldTensor(getShape(kept));
  if (auto constant = dyn_cast<ConstantAttr>(fill))
    return FieldTensor(getShape(kept), field.get(constant.getValue()));
  // The random numbers of a fill, and so those here, are a function of the key
  // times the size of the fill.
  bool isNormal = isa<NormalAttr>(fill);
  Exact size = isNormal ? cast<NormalAttr>(fill).getStddev()
                        : cast<UniformAttr>(fill).getBound();
  StringRef kind = isNormal ? "normal " : "uniform ";
  FieldTensor result =
      draw(getKey(seed, kind + Twine(getFillKey(fill, param))), kept);
  uint64_t factor = field.get(size);
  for (uint64_t &entry : result.data)
    entry = field.multiply(entry, factor);
  return result;
}

//===----------------------------------------------------------------------===//
// Derivations
//===----------------------------------------------------------------------===//

/// The name by which random fills of a parameter are keyed.
static StringRef getParamName(Operation *op) {
  auto param = op->getParentOfType<ParamOp>();
  return param ? param.getSymName() : StringRef();
}

FieldTensor Derivations::evaluate(ParamOp param, KeptAxes kept) {
  if (param.isDerived() && !isSource)
    return evaluate(param.getDerivedValue(), std::move(kept));
  if (opNumbers)
    return FieldTensor(getShape(kept));
  return drawSource(param.getSymName(), kept);
}

FieldTensor Derivations::evaluate(Value value, KeptAxes kept) {
  Operation *op = resolve(value).getDefiningOp();
  if (opNumbers) {
    if (isa<SourceOp, FillOp>(op))
      return FieldTensor(getShape(kept), opNumbers->lookup(op));
    if (isa<ScaleOp, CenterOp>(op))
      return evaluate(op->getOperand(0), std::move(kept));
  }
  return llvm::TypeSwitch<Operation *, FieldTensor>(op)
      .Case([&](GetOp op) {
        return evaluate(symbols.lookup<ParamOp>(op.getParam()),
                        std::move(kept));
      })
      .Case([&](SourceOp op) { return drawSource(op.getName(), kept); })
      .Case(
          [&](FillOp op) { return fill(op.getFill(), getParamName(op), kept); })
      .Case([&](ExtendOp op) { return extend(op, std::move(kept)); })
      .Case([&](DropOp op) { return drop(op, std::move(kept)); })
      .Case([&](RegroupOp op) { return regroup(op, std::move(kept)); })
      .Case([&](ScaleOp op) { return scale(op, std::move(kept)); })
      .Case([&](CenterOp op) { return center(op, std::move(kept)); });
}

/// How many slices lie before an axis and how many entries after it.
static std::pair<int64_t, int64_t> getOuterInner(ArrayRef<int64_t> shape,
                                                 int64_t axis) {
  return {getCount(shape.take_front(axis)),
          getCount(shape.drop_front(axis + 1))};
}

/// The mean along an axis, without that axis.
static std::vector<uint64_t> getMeans(const Field &field,
                                      const FieldTensor &tensor, int64_t axis) {
  auto [outer, inner] = getOuterInner(tensor.shape, axis);
  int64_t size = tensor.shape[axis];
  uint64_t factor = field.invert(field.get(size));
  std::vector<uint64_t> means(outer * inner);
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t j = 0; j < size; ++j)
      for (int64_t k = 0; k < inner; ++k)
        means[i * inner + k] = field.add(
            means[i * inner + k], tensor.data[(i * size + j) * inner + k]);
  for (uint64_t &mean : means)
    mean = field.multiply(mean, factor);
  return means;
}

/// The slices of the input that an extension reads.
static Kept getSlicesRead(ExtendOp op, FillAttrInterface fill,
                          ArrayRef<int64_t> origins, const Kept &kept,
                          bool samples) {
  auto copy = dyn_cast<CopyAttr>(fill);
  Kept slices;
  bool needsMean = false;
  for (int64_t slice : kept) {
    int64_t origin = origins[slice];
    if (origin >= 0)
      slices.push_back(origin);
    else if (copy)
      slices.push_back(copy.getIndices()[~origin]);
    else
      needsMean |= isa<MeanAttr>(fill);
  }
  if (needsMean && (!samples || slices.empty()))
    return keepSlices(op.getInput().getType().getDimSize(op.getAxis()));
  sortUnique(slices);
  return slices;
}

namespace {
/// A slice along an axis of a tensor that has `size` of them.
struct SliceOf {
  ArrayRef<uint64_t> entries;
  int64_t size, slice;
  /// Whether it is multiplied.
  bool isScaled = false;
};
} // namespace

/// The tensor of these slices along an axis, of which some are multiplied.
static FieldTensor join(const Field &field, const Shape &shape, int64_t axis,
                        ArrayRef<SliceOf> slices, uint64_t factor) {
  FieldTensor result(shape);
  auto [outer, inner] = getOuterInner(shape, axis);
  int64_t width = inner;
  llvm::parallelFor(0, outer, [&](size_t i) {
    uint64_t *to = result.data.data() + i * slices.size() * width;
    for (const SliceOf &from : slices) {
      ArrayRef<uint64_t> entries =
          from.entries.slice((i * from.size + from.slice) * width, width);
      if (from.isScaled)
        llvm::transform(entries, to, [&](uint64_t entry) {
          return field.multiply(entry, factor);
        });
      else
        llvm::copy(entries, to);
      to += width;
    }
  });
  return result;
}

FieldTensor Derivations::extend(ExtendOp op, KeptAxes kept) {
  int64_t axis = op.getAxis();
  std::vector<int64_t> origins = getOrigins(op);
  Kept slices = std::move(kept[axis]);
  Kept added = slices;
  llvm::erase_if(added, [&](int64_t slice) { return origins[slice] >= 0; });

  // The new entries. Copies come from the input and have none of their own.
  FillAttrInterface fillAttr = op.getFill();
  if (opNumbers)
    fillAttr = ZeroAttr::get(op.getContext());
  bool isMean = isa<MeanAttr>(fillAttr);
  auto copy = dyn_cast<CopyAttr>(fillAttr);
  kept[axis] = added;
  FieldTensor block;
  if (opNumbers)
    block = FieldTensor(getShape(kept), opNumbers->lookup(op));
  else if (!added.empty() && !fillAttr.readsInput())
    block = fill(fillAttr, getParamName(op), kept);

  kept[axis] = getSlicesRead(op, fillAttr, origins, slices, samples);
  Kept read = kept[axis];
  FieldTensor input;
  if (!read.empty())
    input = evaluate(op.getInput(), kept);
  std::vector<uint64_t> means;
  if (isMean && !added.empty())
    means = getMeans(field, input, axis);
  uint64_t factor = copy ? field.get(copy.getFactor()) : 1;

  Shape shape = getShape(kept);
  shape[axis] = slices.size();
  int64_t readSize = read.size(), addedSize = added.size();
  std::vector<SliceOf> sources;
  for (int64_t slice : slices) {
    int64_t origin = origins[slice];
    if (origin >= 0)
      sources.push_back({input.data, readSize, find(read, origin)});
    else if (copy)
      sources.push_back({input.data, readSize,
                         find(read, copy.getIndices()[~origin]),
                         /*isScaled=*/true});
    else if (isMean)
      sources.push_back({means, /*size=*/1, /*slice=*/0});
    else
      sources.push_back({block.data, addedSize, find(added, slice)});
  }
  return join(field, shape, axis, sources, factor);
}

FieldTensor Derivations::drop(DropOp op, KeptAxes kept) {
  std::vector<int64_t> origins = getOrigins(op);
  for (int64_t &slice : kept[op.getAxis()])
    slice = origins[slice];
  return evaluate(op.getInput(), std::move(kept));
}

FieldTensor Derivations::regroup(RegroupOp op, KeptAxes kept) {
  int64_t axis = op.getAxis();
  int64_t newInner = op.getInner();
  int64_t oldInner = op.getInput().getType().getDimSize(axis + 1);
  std::vector<int64_t> flat;
  for (int64_t i : kept[axis])
    for (int64_t j : kept[axis + 1])
      flat.push_back(i * newInner + j);
  Shape shape = getShape(kept);
  // The input's slices that have all of these among them.
  KeptAxes old(kept);
  old[axis].clear();
  old[axis + 1].clear();
  for (int64_t slice : flat) {
    old[axis].push_back(slice / oldInner);
    old[axis + 1].push_back(slice % oldInner);
  }
  sortUnique(old[axis]);
  sortUnique(old[axis + 1]);
  FieldTensor input = evaluate(op.getInput(), old);
  FieldTensor result(shape);
  int64_t outer = getCount(ArrayRef(shape).take_front(axis));
  int64_t width = getCount(ArrayRef(shape).drop_front(axis + 2));
  int64_t oldRows = old[axis].size(), oldColumns = old[axis + 1].size();
  uint64_t *to = result.data.data();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t slice : flat) {
      int64_t row = find(old[axis], slice / oldInner);
      int64_t column = find(old[axis + 1], slice % oldInner);
      int64_t place = (i * oldRows + row) * oldColumns + column;
      to = std::copy_n(&input.data[place * width], width, to);
    }
  return result;
}

FieldTensor Derivations::scale(ScaleOp op, KeptAxes kept) {
  FieldTensor result = evaluate(op.getX(), std::move(kept));
  uint64_t factor = field.get(op.getFactor().getValue());
  // about + factor (x - about)
  uint64_t rest = 0;
  if (op.getAbout()) {
    uint64_t about = field.get(op.getAboutAttr().getValue());
    rest = field.subtract(about, field.multiply(factor, about));
  }
  for (uint64_t &entry : result.data)
    entry = field.add(field.multiply(entry, factor), rest);
  return result;
}

FieldTensor Derivations::center(CenterOp op, KeptAxes kept) {
  int64_t axis = op.getAxis();
  Kept slices = kept[axis];
  if (!samples)
    kept[axis] = keepSlices(op.getInput().getType().getDimSize(axis));
  Kept read = kept[axis];
  FieldTensor input = evaluate(op.getInput(), std::move(kept));
  std::vector<uint64_t> means = getMeans(field, input, axis);
  Shape shape = input.shape;
  shape[axis] = slices.size();
  FieldTensor result(shape);
  auto [outer, inner] = getOuterInner(shape, axis);
  uint64_t *to = result.data.data();
  for (int64_t i = 0; i < outer; ++i)
    for (int64_t slice : slices) {
      int64_t place = i * static_cast<int64_t>(read.size()) + find(read, slice);
      for (int64_t k = 0; k < inner; ++k)
        *to++ =
            field.subtract(input.data[place * inner + k], means[i * inner + k]);
    }
  return result;
}
