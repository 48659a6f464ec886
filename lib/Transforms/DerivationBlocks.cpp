//===- DerivationBlocks.cpp - What a grown parameter is made of -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/DerivationBlocks.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

using Blocks = std::vector<DerivationBlock>;

int64_t DerivationBlock::getNumElements() const {
  return llvm::product_of(sizes);
}

bool DerivationBlock::isAlike(const DerivationBlock &other) const {
  return origin == other.origin && source == other.source &&
         isCopy == other.isCopy && fill == other.fill && steps == other.steps;
}

//===----------------------------------------------------------------------===//
// Cutting and joining
//===----------------------------------------------------------------------===//

/// The part of a block between two slices of its own; both are within it.
static DerivationBlock cut(const DerivationBlock &block, int64_t axis,
                           int64_t begin, int64_t end) {
  DerivationBlock part = block;
  part.offsets[axis] += begin;
  part.sizes[axis] = end - begin;
  if (part.origin == BlockOrigin::Source)
    part.sourceOffsets[axis] += begin;
  return part;
}

/// The parts of all blocks that lie between two slices of the tensor.
static Blocks slice(const Blocks &blocks, int64_t axis, int64_t begin,
                    int64_t end) {
  Blocks parts;
  for (const DerivationBlock &block : blocks) {
    int64_t first = std::max(begin, block.offsets[axis]);
    int64_t last = std::min(end, block.offsets[axis] + block.sizes[axis]);
    if (first < last)
      parts.push_back(cut(block, axis, first - block.offsets[axis],
                          last - block.offsets[axis]));
  }
  return parts;
}

static void shift(Blocks &blocks, int64_t axis, int64_t by) {
  for (DerivationBlock &block : blocks)
    block.offsets[axis] += by;
}

/// Whether `b` continues `a` along `axis`, in the tensor and in the source.
static bool continues(const DerivationBlock &a, const DerivationBlock &b,
                      size_t axis) {
  if (!a.isAlike(b))
    return false;
  bool fromSource = a.origin == BlockOrigin::Source;
  for (size_t i = 0; i < a.sizes.size(); ++i) {
    int64_t step = i == axis ? a.sizes[i] : 0;
    if (b.offsets[i] != a.offsets[i] + step ||
        (i != axis && b.sizes[i] != a.sizes[i]) ||
        (fromSource && b.sourceOffsets[i] != a.sourceOffsets[i] + step))
      return false;
  }
  return true;
}

/// Joins blocks that together are a rectangle, the innermost axis first.
static void join(Blocks &blocks, size_t rank) {
  for (size_t axis = rank; axis-- > 0;) {
    // Along this axis neighbours come one after the other.
    llvm::sort(blocks, [&](const DerivationBlock &a, const DerivationBlock &b) {
      auto getKey = [&](const DerivationBlock &block) {
        auto key = block.offsets;
        std::swap(key[axis], key.back());
        return key;
      };
      return getKey(a) < getKey(b);
    });
    Blocks joined;
    for (DerivationBlock &block : blocks) {
      if (!joined.empty() && continues(joined.back(), block, axis))
        joined.back().sizes[axis] += block.sizes[axis];
      else
        joined.push_back(std::move(block));
    }
    blocks = std::move(joined);
  }
  llvm::sort(blocks, [](const DerivationBlock &a, const DerivationBlock &b) {
    return a.offsets < b.offsets;
  });
}

//===----------------------------------------------------------------------===//
// Derivation ops
//===----------------------------------------------------------------------===//

static DerivationBlock getWhole(ArrayRef<int64_t> shape) {
  DerivationBlock block;
  block.sizes.assign(shape.begin(), shape.end());
  block.offsets.resize(shape.size(), 0);
  return block;
}

static DerivationBlock getSource(StringRef name, ArrayRef<int64_t> shape) {
  DerivationBlock block = getWhole(shape);
  block.source = name;
  block.sourceOffsets.resize(shape.size(), 0);
  return block;
}

/// A block that is made by a fill which needs no input.
static DerivationBlock getFilled(FillAttrInterface fill,
                                 ArrayRef<int64_t> shape) {
  DerivationBlock block = getWhole(shape);
  block.origin = BlockOrigin::Fill;
  block.fill = fill;
  return block;
}

/// Multiplies, as `grow.scale` does. Zeros and constants stay what they are.
static void scale(DerivationBlock &block, const Exact &factor,
                  std::optional<Exact> about) {
  if (block.fill && block.steps.empty() && !about) {
    if (block.fill.isZero())
      return;
    auto constant = dyn_cast<ConstantAttr>(block.fill);
    std::optional<Exact> product =
        constant ? constant.getValue().times(factor) : std::nullopt;
    if (product) {
      block.fill = ConstantAttr::get(constant.getContext(), *product);
      return;
    }
  }
  // Factors about the same point multiply.
  if (!block.steps.empty() && block.steps.back().factor &&
      block.steps.back().about == about) {
    if (auto product = block.steps.back().factor->times(factor)) {
      block.steps.back().factor = product;
      if (product->isOne())
        block.steps.pop_back();
      return;
    }
  }
  block.steps.push_back({factor, about});
}

static Blocks evaluate(ScaleOp op, Blocks input) {
  std::optional<Exact> about;
  if (op.getAbout())
    about = op.getAbout()->getValue();
  for (DerivationBlock &block : input)
    scale(block, op.getFactor().getValue(), about);
  return input;
}

/// A mean of zeros is zero, but what is subtracted from a block is not known
/// from the block alone.
static Blocks evaluate(CenterOp op, Blocks input) {
  for (DerivationBlock &block : input)
    block.steps.push_back({});
  return input;
}

/// The slices that a copying fill puts before a position, from the first that
/// is `done` already.
static Blocks getCopies(const Blocks &input, CopyAttr copy, int64_t axis,
                        int64_t done, int64_t count) {
  ArrayRef<int64_t> indices = copy.getIndices().asArrayRef().slice(done, count);
  Blocks copies;
  for (int64_t i = 0; i < count;) {
    // A run of slices that follow one another is cut at once.
    int64_t length = 1;
    while (i + length < count && indices[i + length] == indices[i] + length)
      ++length;
    Blocks run = slice(input, axis, indices[i], indices[i] + length);
    shift(run, axis, i - indices[i]);
    for (DerivationBlock &block : run) {
      block.isCopy |= block.origin == BlockOrigin::Source;
      if (!copy.getFactor().isOne())
        scale(block, copy.getFactor(), std::nullopt);
    }
    llvm::append_range(copies, run);
    i += length;
  }
  return copies;
}

static Blocks evaluate(ExtendOp op, const Blocks &input) {
  int64_t axis = op.getAxis();
  SmallVector<int64_t> shape(op.getInput().getType().getShape());
  int64_t extent = shape[axis];
  Blocks result;
  int64_t read = 0, inserted = 0;
  auto keepUntil = [&](int64_t end) {
    Blocks kept = slice(input, axis, read, end);
    shift(kept, axis, inserted);
    llvm::append_range(result, kept);
    read = end;
  };
  for (auto [position, size] : llvm::zip(op.getPositions(), op.getSizes())) {
    keepUntil(position);
    shape[axis] = size;
    Blocks block;
    if (auto copy = dyn_cast<CopyAttr>(op.getFill())) {
      block = getCopies(input, copy, axis, inserted, size);
    } else {
      block.push_back(getFilled(op.getFill(), shape));
      if (isa<MeanAttr>(op.getFill())) {
        block.back().origin = BlockOrigin::Mean;
        block.back().fill = {};
      }
    }
    shift(block, axis, position + inserted);
    llvm::append_range(result, block);
    inserted += size;
  }
  keepUntil(extent);
  return result;
}

static Blocks evaluate(DropOp op, const Blocks &input) {
  int64_t axis = op.getAxis(), read = 0, dropped = 0;
  Blocks result;
  auto keepUntil = [&](int64_t end) {
    Blocks kept = slice(input, axis, read, end);
    shift(kept, axis, -dropped);
    llvm::append_range(result, kept);
  };
  for (auto [position, size] :
       llvm::zip_equal(op.getPositions(), op.getSizes())) {
    keepUntil(position);
    read = position + size;
    dropped += size;
  }
  keepUntil(op.getInput().getType().getDimSize(axis));
  return result;
}

/// Reads two axes anew. A row of a block, its entries along the second axis, is
/// a run of entries, which is cut where a new row begins.
static Blocks evaluate(RegroupOp op, const Blocks &input) {
  int64_t outer = op.getAxis(), inner = outer + 1;
  int64_t oldRow = op.getInput().getType().getDimSize(inner);
  int64_t newRow = op.getInner();
  Blocks result;
  for (const DerivationBlock &block : input) {
    for (int64_t row = 0; row < block.sizes[outer]; ++row) {
      DerivationBlock line = cut(block, outer, row, row + 1);
      int64_t begin = line.offsets[outer] * oldRow + line.offsets[inner];
      int64_t end = begin + line.sizes[inner];
      for (int64_t entry = begin; entry < end;) {
        int64_t next = std::min(end, (entry / newRow + 1) * newRow);
        DerivationBlock part = cut(line, inner, entry - begin, next - begin);
        part.offsets[outer] = entry / newRow;
        part.offsets[inner] = entry % newRow;
        result.push_back(std::move(part));
        entry = next;
      }
    }
  }
  return result;
}

Blocks grow::getDerivationBlocks(ParamOp param) {
  if (!param.isDerived())
    return {getSource(param.getSymName(), param.getTensorType().getShape())};
  llvm::DenseMap<Value, Blocks> blocksOf;
  for (Operation &op : param.getDerivation().front().without_terminator()) {
    Blocks &result = blocksOf[op.getResult(0)];
    if (auto source = dyn_cast<SourceOp>(op)) {
      result.push_back(
          getSource(source.getName(), source.getType().getShape()));
      continue;
    }
    if (auto fill = dyn_cast<FillOp>(op)) {
      result.push_back(getFilled(fill.getFill(), fill.getType().getShape()));
      continue;
    }
    Blocks input = blocksOf.lookup(op.getOperand(0));
    if (auto extend = dyn_cast<ExtendOp>(op))
      result = evaluate(extend, input);
    else if (auto scale = dyn_cast<ScaleOp>(op))
      result = evaluate(scale, std::move(input));
    else if (auto drop = dyn_cast<DropOp>(op))
      result = evaluate(drop, input);
    else if (auto regroup = dyn_cast<RegroupOp>(op))
      result = evaluate(regroup, input);
    else
      result = evaluate(cast<CenterOp>(op), std::move(input));
    join(result, cast<RankedTensorType>(op.getResult(0).getType()).getRank());
  }
  return blocksOf.lookup(param.getDerivedValue());
}

//===----------------------------------------------------------------------===//
// Words
//===----------------------------------------------------------------------===//

StringRef grow::getName(BlockContent kind) {
  switch (kind) {
  case BlockContent::Kept:
    return "kept";
  case BlockContent::Scaled:
    return "scaled";
  case BlockContent::Centered:
    return "centered";
  case BlockContent::Copied:
    return "copied";
  case BlockContent::Mean:
    return "mean";
  case BlockContent::Zero:
    return "zero";
  case BlockContent::Constant:
    return "constant";
  case BlockContent::Random:
    return "random";
  }
  llvm_unreachable("unknown kind of block");
}

static bool isCentered(const DerivationBlock &block) {
  return llvm::any_of(block.steps,
                      [](const BlockStep &step) { return !step.factor; });
}

BlockContent grow::getContent(const DerivationBlock &block, StringRef name) {
  if (block.origin == BlockOrigin::Mean)
    return BlockContent::Mean;
  if (block.origin == BlockOrigin::Fill) {
    if (block.fill.isRandom() && !block.fill.isZero())
      return BlockContent::Random;
    return block.fill.isZero() && block.steps.empty() ? BlockContent::Zero
                                                      : BlockContent::Constant;
  }
  if (block.isCopy || block.source != name)
    return BlockContent::Copied;
  if (isCentered(block))
    return BlockContent::Centered;
  return block.steps.empty() ? BlockContent::Kept : BlockContent::Scaled;
}

std::string grow::describeSteps(const DerivationBlock &block) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(block.steps, os, [&](const BlockStep &step) {
    if (!step.factor) {
      os << "mean subtracted";
      return;
    }
    os << "times " << *step.factor;
    if (step.about)
      os << " about " << *step.about;
  });
  return text;
}

std::string grow::describePlace(const DerivationBlock &block,
                                ArrayRef<int64_t> shape) {
  std::string text = "[";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(llvm::seq<size_t>(0, shape.size()), os, [&](size_t i) {
    if (block.sizes[i] == shape[i])
      os << ':';
    else
      os << block.offsets[i] << ':' << block.offsets[i] + block.sizes[i];
  });
  os << ']';
  return text;
}
