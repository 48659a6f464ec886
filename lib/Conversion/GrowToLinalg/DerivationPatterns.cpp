//===- DerivationPatterns.cpp - Derivation ops to linalg ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilder.h"
#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "grow/IR/KeyedFill.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

//===----------------------------------------------------------------------===//
// Keyed random fills
//===----------------------------------------------------------------------===//

namespace {
/// Philox 4x32-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers, as easy
/// as 1, 2, 3; SC 2011) as ops: four random words from a counter and a key.
class Philox {
public:
  /// Computes the keys of all rounds, outside of any loop.
  Philox(LinalgBuilder &b, Value key) {
    Type word = b.getI32Type();
    Value low = arith::TruncIOp::create(b, word, key);
    Value high = arith::TruncIOp::create(
        b, word, arith::ShRUIOp::create(b, key, b.integer(b.getI64Type(), 32)));
    for (int round = 0; round < kRounds; ++round) {
      keys.push_back({low, high});
      low = arith::AddIOp::create(b, low, b.integer(word, kWeyl0));
      high = arith::AddIOp::create(b, high, b.integer(word, kWeyl1));
    }
  }

  std::array<Value, 4> operator()(LinalgBuilder &b,
                                  std::array<Value, 4> counter) const {
    for (auto [low, high] : keys) {
      auto [high0, low0] = multiply(b, counter[0], kMultiplier0);
      auto [high1, low1] = multiply(b, counter[2], kMultiplier1);
      counter = {exclusiveOr(b, exclusiveOr(b, high1, counter[1]), low), low1,
                 exclusiveOr(b, exclusiveOr(b, high0, counter[3]), high), low0};
    }
    return counter;
  }

private:
  static constexpr int kRounds = 10;
  static constexpr int64_t kMultiplier0 = 0xD2511F53, kMultiplier1 = 0xCD9E8D57;
  static constexpr int32_t kWeyl0 = static_cast<int32_t>(0x9E3779B9),
                           kWeyl1 = static_cast<int32_t>(0xBB67AE85);

  static Value exclusiveOr(LinalgBuilder &b, Value x, Value y) {
    return arith::XOrIOp::create(b, x, y);
  }

  /// The high and the low word of a product.
  static std::pair<Value, Value> multiply(LinalgBuilder &b, Value x,
                                          int64_t factor) {
    Type wide = b.getI64Type(), word = b.getI32Type();
    Value product = arith::MulIOp::create(b, arith::ExtUIOp::create(b, wide, x),
                                          b.integer(wide, factor));
    Value high = arith::ShRUIOp::create(b, product, b.integer(wide, 32));
    return {arith::TruncIOp::create(b, word, high),
            arith::TruncIOp::create(b, word, product)};
  }

  SmallVector<std::pair<Value, Value>> keys;
};
} // namespace

/// The sum of the eight 16-bit halves of four words, centred and scaled.
static Value getNormal(LinalgBuilder &b, ArrayRef<Value> words,
                       const Exact &stddev) {
  Type word = b.getI32Type();
  Value sum = b.integer(word, 0);
  for (Value bits : words) {
    Value low = arith::AndIOp::create(b, bits, b.integer(word, 0xFFFF));
    Value high = arith::ShRUIOp::create(b, bits, b.integer(word, 16));
    sum = arith::AddIOp::create(b, sum, arith::AddIOp::create(b, low, high));
  }
  // Eight uniform integers below 2^16 have this mean and this variance.
  constexpr double kMean = 8 * 65535.0 / 2;
  constexpr double kVariance = 8 * (65536.0 * 65536.0 - 1) / 12;
  Type type = b.getF64Type();
  Value centred = arith::SubFOp::create(
      b, arith::SIToFPOp::create(b, type, sum), b.constant(type, kMean));
  return arith::MulFOp::create(
      b, centred, b.constant(type, stddev.toDouble() / std::sqrt(kVariance)));
}

/// A word as a number between -bound and bound.
static Value getUniform(LinalgBuilder &b, Value word, const Exact &bound) {
  constexpr int64_t kLargest = 0xFFFFFFFF;
  Type wide = b.getI64Type(), type = b.getF64Type();
  Value doubled = arith::ShLIOp::create(
      b, arith::ExtUIOp::create(b, wide, word), b.integer(wide, 1));
  Value centred = arith::SubIOp::create(b, doubled, b.integer(wide, kLargest));
  return arith::MulFOp::create(
      b, arith::SIToFPOp::create(b, type, centred),
      b.constant(type, bound.toDouble() / static_cast<double>(kLargest)));
}

/// The key of a random fill: the operand, or a constant if the fill names it.
static Value getKey(LinalgBuilder &b, FillAttrInterface fill, Value key) {
  if (key)
    return key;
  return b.integer(b.getI64Type(),
                   static_cast<int64_t>(getFillKey(fill, /*param=*/"")));
}

/// A block of random entries that begins at `offset` along `axis`. Axis i of
/// the block is the logical axis `order[i]`.
static Value buildRandom(LinalgBuilder &b, FillAttrInterface fill, Value key,
                         const Shape &shape, Type type, ArrayRef<int64_t> order,
                         int64_t axis, int64_t offset) {
  Philox philox(b, getKey(b, fill, key));
  return b.map({}, shape, type, [&](LinalgBuilder &b, ValueRange) {
    Type word = b.getI32Type();
    // The counter is the logical coordinate, last axis first.
    std::array<Value, 4> counter;
    counter.fill(b.integer(word, 0));
    for (auto [loop, logical] : llvm::enumerate(order)) {
      Value coordinate = b.index(loop, word);
      if (static_cast<int64_t>(loop) == axis && offset != 0)
        coordinate =
            arith::AddIOp::create(b, coordinate, b.integer(word, offset));
      counter[order.size() - 1 - logical] = coordinate;
    }
    std::array<Value, 4> words = philox(b, counter);
    Value value;
    if (auto normal = dyn_cast<NormalAttr>(fill))
      value = getNormal(b, words, normal.getStddev());
    else
      value = getUniform(b, words[0], cast<UniformAttr>(fill).getBound());
    return b.convert(value, type);
  });
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// A tensor and the loops that index it.
static Indexed withLoops(Value tensor) {
  int64_t rank = cast<RankedTensorType>(tensor.getType()).getRank();
  return {tensor, llvm::to_vector(llvm::seq(rank))};
}

/// The sum of all slices along `axis`, in f64.
static Indexed buildSum(LinalgBuilder &b, Value input, int64_t axis) {
  Type wide = b.getF64Type();
  Indexed all = withLoops(input);
  Value sum =
      b.reduce({all}, axis, b.constant(wide, 0.0),
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 return arith::AddFOp::create(b, in[1], b.convert(in[0], wide));
               });
  all.loops.erase(all.loops.begin() + axis);
  return {sum, all.loops};
}

/// A sum of slices along `axis` of `input`, divided by their number.
static Value divideByExtent(LinalgBuilder &b, Value sum, Value input,
                            int64_t axis) {
  auto type = cast<RankedTensorType>(input.getType());
  return arith::DivFOp::create(
      b, sum, b.constant(b.getF64Type(), type.getDimSize(axis)));
}

/// The mean of all slices along `axis`, `count` times.
static Value buildMean(LinalgBuilder &b, Value input, int64_t axis,
                       int64_t count) {
  Type type = getElementTypeOrSelf(input);
  Shape result = b.getShape(input);
  result[axis] = b.getIndexAttr(count);
  return b.map({buildSum(b, input, axis)}, result, type,
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 return b.convert(divideByExtent(b, in[0], input, axis), type);
               });
}

/// `tensor` with every entry changed by `body`, in f64, and rounded once.
static Value mapWide(LinalgBuilder &b, Value tensor,
                     function_ref<Value(LinalgBuilder &, Value)> body) {
  Type type = getElementTypeOrSelf(tensor);
  return b.map({withLoops(tensor)}, b.getShape(tensor), type,
               [&](LinalgBuilder &b, ValueRange in) -> Value {
                 Value wide = b.convert(in[0], b.getF64Type());
                 return b.convert(body(b, wide), type);
               });
}

/// `tensor` times a number, rounded to its element type.
static Value multiply(LinalgBuilder &b, Value tensor, const Exact &factor) {
  if (factor.isOne())
    return tensor;
  return mapWide(b, tensor, [&](LinalgBuilder &b, Value x) -> Value {
    return arith::MulFOp::create(b, x, b.constant(b.getF64Type(), factor));
  });
}

/// The difference of `tensor` from a number, times another.
static Value multiplyAbout(LinalgBuilder &b, Value tensor, const Exact &factor,
                           const Exact &about) {
  return mapWide(b, tensor, [&](LinalgBuilder &b, Value x) -> Value {
    Type wide = b.getF64Type();
    Value center = b.constant(wide, about);
    Value distance = arith::SubFOp::create(b, x, center);
    Value scaled = arith::MulFOp::create(b, distance, b.constant(wide, factor));
    return arith::AddFOp::create(b, center, scaled);
  });
}

/// The logical axis of each axis of a tensor.
static SmallVector<int64_t> getOrder(std::optional<ArrayRef<int64_t>> order,
                                     int64_t rank) {
  if (order)
    return llvm::to_vector(*order);
  return llvm::to_vector(llvm::seq(rank));
}

/// Whether a fill can be computed where it stands: random ones need a key.
static LogicalResult canFill(Operation *op, FillAttrInterface fill, Value key,
                             PatternRewriter &rewriter) {
  if (!fill.isRandom() || key || fill.getKey())
    return success();
  return rewriter.notifyMatchFailure(op, "random fill without a key");
}

namespace {
struct LowerFill : public OpRewritePattern<FillOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FillOp op,
                                PatternRewriter &rewriter) const override {
    FillAttrInterface fill = op.getFill();
    if (failed(canFill(op, fill, op.getKey(), rewriter)))
      return failure();
    LinalgBuilder b(op.getLoc(), rewriter);
    Type type = op.getType().getElementType();
    Shape shape =
        getAsIndexOpFoldResult(b.getContext(), op.getType().getShape());
    Value result;
    if (fill.isRandom())
      result = buildRandom(b, fill, op.getKey(), shape, type,
                           getOrder(op.getOrder(), shape.size()), /*axis=*/0,
                           /*offset=*/0);
    else if (auto constant = dyn_cast<ConstantAttr>(fill))
      result = b.filled(shape, b.constant(type, constant.getValue()));
    else if (fill.isZero())
      result = b.filled(shape, b.constant(type, 0.0));
    else
      return rewriter.notifyMatchFailure(op, "fill of an unknown kind");
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// In models and in derivations alike.
struct LowerScale : public OpRewritePattern<ScaleOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ScaleOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Exact factor = op.getFactorAttr().getValue();
    ExactAttr about = op.getAboutAttr();
    rewriter.replaceOp(
        op, about ? multiplyAbout(b, op.getX(), factor, about.getValue())
                  : multiply(b, op.getX(), factor));
    return success();
  }
};

struct LowerCenter : public OpRewritePattern<CenterOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(CenterOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value input = op.getInput();
    int64_t axis = op.getAxis();
    Type type = op.getType().getElementType(), wide = b.getF64Type();
    Value result =
        b.map({withLoops(input), buildSum(b, input, axis)}, b.getShape(input),
              type, [&](LinalgBuilder &b, ValueRange in) -> Value {
                Value mean = divideByExtent(b, in[1], input, axis);
                Value centred =
                    arith::SubFOp::create(b, b.convert(in[0], wide), mean);
                return b.convert(centred, type);
              });
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Copies each run of slices that are left.
struct LowerDrop : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    Value input = op.getInput();
    int64_t axis = op.getAxis();
    Shape shape = b.getShape(input);
    shape[axis] = b.getIndexAttr(op.getType().getDimSize(axis));
    Value result = b.empty(shape, op.getType().getElementType());
    int64_t read = 0, written = 0;
    auto copyUpTo = [&](int64_t end) {
      if (end == read)
        return;
      Value kept = b.slice(input, axis, read, b.getIndexAttr(end - read));
      result = b.insert(kept, result, axis, written);
      written += end - read;
    };
    for (auto [position, size] :
         llvm::zip_equal(op.getPositions(), op.getSizes())) {
      copyUpTo(position);
      read = position + size;
    }
    copyUpTo(op.getInput().getType().getDimSize(axis));
    rewriter.replaceOp(op, result);
    return success();
  }
};

/// Both axes are one, and then two others.
struct LowerRegroup : public OpRewritePattern<RegroupOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(RegroupOp op,
                                PatternRewriter &rewriter) const override {
    LinalgBuilder b(op.getLoc(), rewriter);
    auto axis = static_cast<int64_t>(op.getAxis());
    SmallVector<ReassociationIndices> groups;
    for (int64_t i = 0; i < op.getType().getRank(); ++i) {
      if (i == axis + 1)
        groups.back().push_back(i);
      else
        groups.push_back({i});
    }
    Shape shape =
        getAsIndexOpFoldResult(b.getContext(), op.getType().getShape());
    rewriter.replaceOp(
        op, b.expand(b.collapse(op.getInput(), groups), shape, groups));
    return success();
  }
};

struct LowerExtend : public OpRewritePattern<ExtendOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ExtendOp op,
                                PatternRewriter &rewriter) const override {
    if (failed(canFill(op, op.getFill(), op.getKey(), rewriter)))
      return failure();
    LinalgBuilder b(op.getLoc(), rewriter);
    int64_t axis = op.getAxis();
    Value result = b.empty(getBlockShape(b, op, op.getType().getDimSize(axis)),
                           op.getType().getElementType());
    int64_t read = 0, written = 0, inserted = 0;
    auto copyUpTo = [&](int64_t end) {
      if (end == read)
        return;
      Value old =
          b.slice(op.getInput(), axis, read, b.getIndexAttr(end - read));
      result = b.insert(old, result, axis, written);
      written += end - read;
      read = end;
    };
    for (auto [position, size] : llvm::zip(op.getPositions(), op.getSizes())) {
      copyUpTo(position);
      FailureOr<Value> extended =
          fillBlock(b, op, result, written, size, inserted);
      if (failed(extended))
        return rewriter.notifyMatchFailure(op, "fill of an unknown kind");
      result = *extended;
      written += size;
      inserted += size;
    }
    copyUpTo(op.getInput().getType().getDimSize(axis));
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// The shape of `size` slices along the axis that `op` extends.
  static Shape getBlockShape(LinalgBuilder &b, ExtendOp op, int64_t size) {
    Shape shape = b.getShape(op.getInput());
    shape[op.getAxis()] = b.getIndexAttr(size);
    return shape;
  }

  /// Writes `size` new slices at `offset` of `into`; `inserted` slices have
  /// been made before.
  static FailureOr<Value> fillBlock(LinalgBuilder &b, ExtendOp op, Value into,
                                    int64_t offset, int64_t size,
                                    int64_t inserted) {
    FillAttrInterface fill = op.getFill();
    int64_t axis = op.getAxis();
    if (auto copy = dyn_cast<CopyAttr>(fill))
      return copySlices(b, op, copy, into, offset, size, inserted);
    Type type = op.getType().getElementType();
    Shape shape = getBlockShape(b, op, size);
    Value block;
    if (fill.isRandom())
      block = buildRandom(b, fill, op.getKey(), shape, type,
                          getOrder(op.getOrder(), shape.size()), axis, offset);
    else if (isa<MeanAttr>(fill))
      block = buildMean(b, op.getInput(), axis, size);
    else if (auto constant = dyn_cast<ConstantAttr>(fill))
      block = b.filled(shape, b.constant(type, constant.getValue()));
    else if (fill.isZero())
      block = b.filled(shape, b.constant(type, 0.0));
    else
      return failure();
    return b.insert(block, into, axis, offset);
  }

  /// Copies runs of neighbouring slices at once.
  static Value copySlices(LinalgBuilder &b, ExtendOp op, CopyAttr copy,
                          Value into, int64_t offset, int64_t size,
                          int64_t inserted) {
    ArrayRef<int64_t> indices =
        copy.getIndices().asArrayRef().slice(inserted, size);
    while (!indices.empty()) {
      size_t run = 1;
      while (run < indices.size() && indices[run] == indices[run - 1] + 1)
        ++run;
      Value slice = b.slice(op.getInput(), op.getAxis(), indices.front(),
                            b.getIndexAttr(run));
      slice = multiply(b, slice, copy.getFactor());
      into = b.insert(slice, into, op.getAxis(), offset);
      offset += run;
      indices = indices.drop_front(run);
    }
    return into;
  }
};
} // namespace

void grow::populateDerivationToLinalgPatterns(RewritePatternSet &patterns) {
  patterns.add<LowerCenter, LowerDrop, LowerExtend, LowerFill, LowerRegroup,
               LowerScale>(patterns.getContext());
}
