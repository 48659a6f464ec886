//===- DerivationOps.cpp - How grown parameters come about ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/GrowOps.h"
#include "grow/IR/KeyedFill.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace mlir;
using namespace grow;

/// Checks the storage order of a tensor of the given rank, if there is one.
static LogicalResult verifyOrder(Operation *op,
                                 std::optional<ArrayRef<int64_t>> order,
                                 int64_t rank) {
  if (!order || (static_cast<int64_t>(order->size()) == rank &&
                 isPermutationVector(*order)))
    return success();
  return op->emitOpError() << "expects 'order' to be a permutation of the "
                           << rank << " axes, but found [" << *order << "]";
}

/// Checks that a fill can number the entries of a tensor.
static LogicalResult verifyCounter(Operation *op, FillAttrInterface fill,
                                   int64_t rank) {
  constexpr int64_t kCounterWords = 4;
  if (!fill.isRandom() || rank <= kCounterWords)
    return success();
  return op->emitOpError() << "expects a tensor of at most " << kCounterWords
                           << " axes, the words of the generator's counter, "
                              "but found "
                           << rank;
}

//===----------------------------------------------------------------------===//
// FillOp
//===----------------------------------------------------------------------===//

LogicalResult FillOp::verify() {
  if (getFill().readsInput())
    return emitOpError() << "expects a fill that needs no input, but found "
                         << getFill();
  if (failed(verifyCounter(*this, getFill(), getType().getRank())) ||
      failed(verifyEntriesFit(*this, getFill(), getType())))
    return failure();
  return verifyOrder(*this, getOrder(), getType().getRank());
}

//===----------------------------------------------------------------------===//
// ExtendOp
//===----------------------------------------------------------------------===//

LogicalResult ExtendOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (axis < 0 || axis >= input.getRank())
    return emitOptionalError(location, "'grow.extend' op expects one of the ",
                             input.getRank(), " axes of ", input,
                             ", but found axis ", axis);
  if (input.isDynamicDim(axis))
    return emitOptionalError(location, "'grow.extend' op expects axis ", axis,
                             " of ", input, " to be of known size");
  SmallVector<int64_t> shape(input.getShape());
  for (int64_t size : adaptor.getSizes())
    if (size <= 0 || llvm::AddOverflow(shape[axis], size, shape[axis]))
      return emitOptionalError(location,
                               "'grow.extend' op expects positive sizes whose "
                               "sum fits in 63 bits, but found [",
                               adaptor.getSizes(), "]");
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

LogicalResult ExtendOp::verify() {
  // The interface compares types after this, which needs a valid axis already.
  SmallVector<Type> inferred;
  if (failed(inferReturnTypes(getContext(), getLoc(), getOperands(),
                              (*this)->getDiscardableAttrDictionary(),
                              (*this)->getPropertiesStorage(),
                              (*this)->getRegions(), inferred)))
    return failure();
  auto type = cast<RankedTensorType>(inferred.front());
  ArrayRef<int64_t> positions = getPositions(), sizes = getSizes();
  int64_t extent = getInput().getType().getDimSize(getAxis());
  if (positions.empty() || positions.size() != sizes.size())
    return emitOpError() << "expects a size for each position, and at least "
                            "one, but found "
                         << positions.size() << " positions and "
                         << sizes.size() << " sizes";
  for (auto [i, position] : llvm::enumerate(positions)) {
    if (position < 0 || position > extent)
      return emitOpError() << "expects positions between 0 and " << extent
                           << ", but found " << position;
    if (i > 0 && position <= positions[i - 1])
      return emitOpError() << "expects positions in increasing order, but "
                           << position << " follows " << positions[i - 1];
  }
  int64_t count = type.getDimSize(getAxis()) - extent;
  if (failed(
          getFill().verifyBlock([&] { return emitOpError(); }, extent, count)))
    return failure();
  if (failed(verifyCounter(*this, getFill(), type.getRank())) ||
      failed(verifyEntriesFit(*this, getFill(), type)))
    return failure();
  return verifyOrder(*this, getOrder(), type.getRank());
}

/// Whether two ops make entries in the same way.
template <typename OpT>
static bool haveSameFill(OpT op, ExtendOp extend) {
  return op.getFill() == extend.getFill() && op.getKey() == extend.getKey() &&
         op.getOrderAttr() == extend.getOrderAttr();
}

/// Whether entries keep their value when later insertions move them. Others are
/// made by their coordinate.
static bool isUniform(FillAttrInterface fill) {
  return fill.isZero() || isa<ConstantAttr, MeanAttr>(fill);
}

/// What every entry of a block is, if that is known.
static std::optional<Exact> getEntry(FillAttrInterface fill) {
  if (fill.isZero())
    return Exact(0);
  if (auto constant = dyn_cast<ConstantAttr>(fill))
    return constant.getValue();
  return std::nullopt;
}

/// A block of `entry`.
static FillAttrInterface getFill(MLIRContext *context, const Exact &entry) {
  if (entry.isZero())
    return ZeroAttr::get(context);
  return ConstantAttr::get(context, entry);
}

/// The position, in the input of `extend`, of position `position` of its
/// result. All positions inside a block are that of the block.
static int64_t getPositionInInput(ExtendOp extend, int64_t position) {
  int64_t inserted = 0;
  for (auto [start, size] :
       llvm::zip_equal(extend.getPositions(), extend.getSizes())) {
    if (position <= start + inserted)
      break;
    if (position <= start + inserted + size)
      return start;
    inserted += size;
  }
  return position - inserted;
}

namespace {
/// extend(extend(x, f), f) = extend(x, f), along one axis. The mean of a tensor
/// and of means of it is the tensor's mean.
struct MergeExtends : public OpRewritePattern<ExtendOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExtendOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<ExtendOp>();
    if (!inner || inner.getAxis() != op.getAxis() || !inner->hasOneUse() ||
        !haveSameFill(inner, op) || isa<CopyAttr>(op.getFill()))
      return rewriter.notifyMatchFailure(op, "input is not extended alike");
    int64_t axis = op.getAxis();
    int64_t inserted = inner.getType().getDimSize(axis) -
                       inner.getInput().getType().getDimSize(axis);
    int64_t end = inner.getPositions().back() + inserted;
    if (!isUniform(op.getFill()) && op.getPositions().front() < end)
      return rewriter.notifyMatchFailure(op, "moves entries of the input");

    std::map<int64_t, int64_t> sizes;
    for (auto [position, size] :
         llvm::zip_equal(inner.getPositions(), inner.getSizes()))
      sizes[position] += size;
    for (auto [position, size] :
         llvm::zip_equal(op.getPositions(), op.getSizes()))
      sizes[getPositionInInput(inner, position)] += size;
    rewriter.replaceOpWithNewOp<ExtendOp>(
        op, inner.getInput(), axis,
        llvm::to_vector(llvm::make_first_range(sizes)),
        llvm::to_vector(llvm::make_second_range(sizes)), op.getFillAttr(),
        op.getKey(), op.getOrderAttr());
    return success();
  }
};

/// extend(fill(f), f) = fill(f).
struct ExtendIntoFill : public OpRewritePattern<ExtendOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExtendOp op,
                                PatternRewriter &rewriter) const override {
    auto fill = op.getInput().getDefiningOp<FillOp>();
    if (!fill || !haveSameFill(fill, op))
      return rewriter.notifyMatchFailure(op, "input is not filled alike");
    int64_t extent = fill.getType().getDimSize(op.getAxis());
    if (!isUniform(op.getFill()) && op.getPositions().front() < extent)
      return rewriter.notifyMatchFailure(op, "moves entries of the input");
    rewriter.replaceOpWithNewOp<FillOp>(op, op.getType(), op.getFillAttr(),
                                        op.getKey(), op.getOrderAttr());
    return success();
  }
};
} // namespace

void ExtendOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                           MLIRContext *context) {
  results.add<ExtendIntoFill, MergeExtends>(context);
}

//===----------------------------------------------------------------------===//
// ScaleOp
//===----------------------------------------------------------------------===//

LogicalResult ScaleOp::verify() {
  if (getFactor().getValue().isZero())
    return emitOpError() << "expects a factor other than zero";
  return success();
}

OpFoldResult ScaleOp::fold(FoldAdaptor) {
  if (getFactor().getValue().isOne())
    return getX();
  return {};
}

/// The entry `x` scaled by `op`. None if it is not an exact number, or a
/// negative zero.
static std::optional<Exact> scale(ScaleOp op, const Exact &x) {
  Exact factor = op.getFactor().getValue();
  if (!op.getAbout()) {
    if (x.isZero() && !factor.isPositive())
      return std::nullopt;
    return factor.times(x);
  }
  Exact about = op.getAboutAttr().getValue();
  std::optional<Exact> distance = x.plus(-about);
  std::optional<Exact> scaled =
      distance ? distance->times(factor) : std::nullopt;
  return scaled ? scaled->plus(about) : std::nullopt;
}

namespace {
/// scale(scale(x, a), b) = scale(x, a b): one rounding instead of two.
struct MergeScales : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<ScaleOp>();
    if (!inner || inner.getAboutAttr() != op.getAboutAttr())
      return rewriter.notifyMatchFailure(op, "input is not scaled alike");
    std::optional<Exact> product =
        inner.getFactor().getValue().times(op.getFactor().getValue());
    if (!product)
      return rewriter.notifyMatchFailure(op, "the product's root is too large");
    rewriter.replaceOpWithNewOp<ScaleOp>(op, op.getType(), inner.getX(),
                                         ExactAttr::get(getContext(), *product),
                                         op.getAboutAttr());
    return success();
  }
};

/// scale(extend(x, c), a) = extend(scale(x, a), a c): brings the scales of
/// repeated growth together, so that they can merge.
struct ScaleBeforeExtend : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto extend = op.getX().getDefiningOp<ExtendOp>();
    if (!extend || !extend->hasOneUse())
      return rewriter.notifyMatchFailure(op, "input is not extended");
    std::optional<Exact> entry = getEntry(extend.getFill());
    std::optional<Exact> scaledEntry = entry ? scale(op, *entry) : std::nullopt;
    if (!scaledEntry)
      return rewriter.notifyMatchFailure(op, "scaled block is not a number");
    Value scaled = ScaleOp::create(
        rewriter, op.getLoc(), extend.getInput().getType(), extend.getInput(),
        op.getFactorAttr(), op.getAboutAttr());
    rewriter.replaceOpWithNewOp<ExtendOp>(
        op, scaled, extend.getAxisAttr(), extend.getPositionsAttr(),
        extend.getSizesAttr(), getFill(op.getContext(), *scaledEntry),
        extend.getKey(), extend.getOrderAttr());
    return success();
  }
};

/// scale(fill(c), a) = fill(a c).
struct ScaleIntoFill : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    auto fill = op.getX().getDefiningOp<FillOp>();
    std::optional<Exact> entry = fill ? getEntry(fill.getFill()) : std::nullopt;
    std::optional<Exact> scaledEntry = entry ? scale(op, *entry) : std::nullopt;
    if (!scaledEntry)
      return rewriter.notifyMatchFailure(op, "input is not one number");
    rewriter.replaceOpWithNewOp<FillOp>(op, op.getType(),
                                        getFill(op.getContext(), *scaledEntry),
                                        fill.getKey(), fill.getOrderAttr());
    return success();
  }
};
} // namespace

void ScaleOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                          MLIRContext *context) {
  results.add<MergeScales, ScaleBeforeExtend, ScaleIntoFill>(context);
}

//===----------------------------------------------------------------------===//
// DropOp
//===----------------------------------------------------------------------===//

LogicalResult
DropOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                         ValueRange operands, DictionaryAttr attributes,
                         OpaqueProperties properties, RegionRange regions,
                         SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (axis < 0 || axis >= input.getRank() || input.isDynamicDim(axis))
    return emitOptionalError(location,
                             "'grow.drop' op expects an axis of known size of ",
                             input, ", but found ", axis);
  ArrayRef<int64_t> positions = adaptor.getPositions();
  ArrayRef<int64_t> sizes = adaptor.getSizes();
  if (positions.empty() || positions.size() != sizes.size())
    return emitOptionalError(location,
                             "'grow.drop' op expects a size for each position, "
                             "and at least one, but found ",
                             positions.size(), " positions and ", sizes.size(),
                             " sizes");
  int64_t extent = input.getDimSize(axis), left = extent, end = 0;
  for (auto [position, size] : llvm::zip_equal(positions, sizes)) {
    if (position < end || size <= 0 || size > extent - position)
      return emitOptionalError(
          location, "'grow.drop' op expects ranges in increasing order within ",
          extent, " slices, but found ", size, " slices at ", position);
    end = position + size;
    left -= size;
  }
  if (left == 0)
    return emitOptionalError(location,
                             "'grow.drop' op expects to leave a slice");
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = left;
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

namespace {
/// Slices of a tensor that follow one another.
struct SliceRun {
  int64_t begin, size;
  /// An extend has made them; they are none of its input's.
  bool isNew = false;
};
} // namespace

using SliceRuns = SmallVector<SliceRun>;

/// The slices of the result of `op`, as slices of its input.
static SliceRuns getSliceRuns(ExtendOp op) {
  SliceRuns runs;
  int64_t read = 0, extent = op.getInput().getType().getDimSize(op.getAxis());
  for (auto [position, size] :
       llvm::zip_equal(op.getPositions(), op.getSizes())) {
    if (read < position)
      runs.push_back({read, position - read});
    runs.push_back({position, size, /*isNew=*/true});
    read = position;
  }
  if (read < extent)
    runs.push_back({read, extent - read});
  return runs;
}

/// What `op` leaves of a tensor that consists of `runs`.
static SliceRuns dropFrom(const SliceRuns &runs, DropOp op) {
  SliceRuns left;
  ArrayRef<int64_t> positions = op.getPositions(), sizes = op.getSizes();
  size_t next = 0;
  int64_t end = 0; // of the run in the tensor
  for (const SliceRun &run : runs) {
    int64_t start = end, kept = end;
    end += run.size;
    auto keepUntil = [&](int64_t place) {
      if (kept < place)
        left.push_back({run.begin + kept - start, place - kept, run.isNew});
    };
    for (; next < positions.size() && positions[next] < end; ++next) {
      int64_t behind = positions[next] + sizes[next];
      keepUntil(positions[next]);
      kept = std::max(kept, std::min(behind, end));
      if (behind > end)
        break; // It goes on in the next run.
    }
    keepUntil(end);
  }
  return left;
}

/// Replaces `op` by a drop of what is not in `runs` from `input`, or by `input`
/// if that is all of it.
static void replaceByDrop(PatternRewriter &rewriter, DropOp op,
                          TypedValue<RankedTensorType> input,
                          const SliceRuns &runs) {
  SmallVector<int64_t> positions, sizes;
  int64_t read = 0;
  auto dropUntil = [&](int64_t begin) {
    if (begin == read)
      return;
    positions.push_back(read);
    sizes.push_back(begin - read);
  };
  for (const SliceRun &run : runs) {
    dropUntil(run.begin);
    read = run.begin + run.size;
  }
  dropUntil(input.getType().getDimSize(op.getAxis()));
  if (positions.empty())
    rewriter.replaceOp(op, input);
  else
    rewriter.replaceOpWithNewOp<DropOp>(op, input, op.getAxis(), positions,
                                        sizes);
}

namespace {
/// drop(drop(x, a), b) = drop(x, a and b), along one axis.
struct MergeDrops : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<DropOp>();
    if (!inner || inner.getAxis() != op.getAxis())
      return rewriter.notifyMatchFailure(op, "nothing is dropped before");
    int64_t extent = inner.getInput().getType().getDimSize(op.getAxis());
    SliceRuns left = dropFrom(dropFrom({{0, extent}}, inner), op);
    replaceByDrop(rewriter, op, inner.getInput(), left);
    return success();
  }
};

/// drop(extend(x)) = x or a drop of x, if nothing is left of what was inserted.
struct DropExtension : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto extend = op.getInput().getDefiningOp<ExtendOp>();
    if (!extend || extend.getAxis() != op.getAxis())
      return rewriter.notifyMatchFailure(op, "input is not extended");
    SliceRuns left = dropFrom(getSliceRuns(extend), op);
    if (llvm::any_of(left, [](const SliceRun &run) { return run.isNew; }))
      return rewriter.notifyMatchFailure(op, "inserted slices are left");
    replaceByDrop(rewriter, op, extend.getInput(), left);
    return success();
  }
};
} // namespace

void DropOp::getCanonicalizationPatterns(RewritePatternSet &results,
                                         MLIRContext *context) {
  results.add<DropExtension, MergeDrops>(context);
}

//===----------------------------------------------------------------------===//
// RegroupOp
//===----------------------------------------------------------------------===//

LogicalResult RegroupOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor adaptor(operands, attributes, properties, regions);
  auto input = cast<RankedTensorType>(adaptor.getInput().getType());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (axis < 0 || axis >= input.getRank() - 1)
    return emitOptionalError(location,
                             "'grow.regroup' op expects an axis with another "
                             "after it, but found axis ",
                             axis, " of ", input.getRank());
  auto outer = static_cast<int64_t>(adaptor.getOuter());
  auto inner = static_cast<int64_t>(adaptor.getInner());
  int64_t sizes[] = {input.getDimSize(axis), input.getDimSize(axis + 1)};
  int64_t slices = 0, product = 0;
  if (ShapedType::isDynamicShape(sizes) ||
      llvm::MulOverflow(sizes[0], sizes[1], slices))
    return emitOptionalError(location, "'grow.regroup' op expects axes ", axis,
                             " and ", axis + 1, " of ", input,
                             " to be of known sizes whose product fits in 63 "
                             "bits");
  if (llvm::MulOverflow(outer, inner, product) || product != slices)
    return emitOptionalError(location, "'grow.regroup' op expects ", slices,
                             " slices, but found ", outer, " x ", inner);
  SmallVector<int64_t> shape(input.getShape());
  shape[axis] = outer;
  shape[axis + 1] = inner;
  types.push_back(RankedTensorType::get(shape, input.getElementType()));
  return success();
}

//===----------------------------------------------------------------------===//
// CenterOp
//===----------------------------------------------------------------------===//

LogicalResult CenterOp::verify() {
  auto rank = static_cast<uint64_t>(getType().getRank());
  if (getAxis() < rank && !getType().isDynamicDim(getAxis()))
    return success();
  if (getAxis() < rank)
    return emitOpError() << "expects axis " << getAxis() << " of " << getType()
                         << " to be of known size";
  return emitOpError() << "expects one of the " << rank << " axes of "
                       << getType() << ", but found axis " << getAxis();
}

/// Whether the mean of a tensor along `axis` is zero, whatever the tensor is
/// made from.
static bool isCentered(Value tensor, uint64_t axis) {
  if (auto center = tensor.getDefiningOp<CenterOp>())
    return center.getAxis() == axis;
  if (auto scale = tensor.getDefiningOp<ScaleOp>())
    return !scale.getAbout() && isCentered(scale.getX(), axis);
  auto extend = tensor.getDefiningOp<ExtendOp>();
  // New slices of zeros have the mean zero along any axis.
  return extend && extend.getFill().isZero() &&
         isCentered(extend.getInput(), axis);
}

OpFoldResult CenterOp::fold(FoldAdaptor) {
  if (isCentered(getInput(), getAxis()))
    return getInput();
  return {};
}
