//===- BlockedAttention.cpp - Attention, a block of scores at a time ------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ModelLowering.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace grow;

using Shape = LinalgBuilder::Shape;

namespace {

/// What is known of each row of a block after some blocks of keys: its largest
/// score, the sum of the exponentials of scores less that, and the sum of the
/// values weighted by them.
struct Running {
  Value maximum, sum, context;
};

/// Positions of keys, the last one excluded.
struct Keys {
  OpFoldResult first, last, count;
};

/// Emits the loops of one attention. A block has the rows of some positions and
/// of all those heads of a group that fit: rows of a position are neighbours.
class Emitter {
public:
  Emitter(LinalgBuilder &b, AttentionOp op, Value q, Value k, Value v,
          const AttentionBlocks &blocks);

  Value emit();

private:
  void emitBlock(scf::ForallOp forall);
  void startBlock(ValueRange indices);
  Value getQueries();
  Running getInitial();
  Running attend(Value queries, Keys keys, const Running &running);
  Value getScores(Value queries, Keys keys);
  Value finishScores(Value scores, Keys keys);
  Value getExponential(LinalgBuilder &b, Value score, Value maximum);
  Value addValues(Value weights, Keys keys, Value context);
  /// Whether a row may see no key of a block before those that it sees: a
  /// window has left them behind. Otherwise every row sees the first block.
  bool mayBeBlind() { return op.getCausal() && op.getWindow(); }
  OpFoldResult getFirstKey();
  OpFoldResult getKeysEnd();
  Keys getKeys(Value start);

  Value packKeys();
  Value contract(Value x, Value y, Value into, AffineMap yMap);
  Value map(ArrayRef<std::pair<Value, AffineMap>> inputs, Value into,
            LinalgBuilder::Body body);
  Value reduce(Value input, Value into, LinalgBuilder::Body body);
  Value scale(Value into, Value factors);
  Value allocate(ArrayRef<int64_t> shape);
  Value sliceRows(Value whole);
  Value slice(Value tensor, const Shape &offsets, const Shape &sizes,
              const Shape &kept);
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> symbols) {
    return affine::makeComposedFoldedAffineApply(b, b.getLoc(), expr, symbols);
  }
  OpFoldResult least(OpFoldResult x, OpFoldResult y) {
    return affine::makeComposedFoldedAffineMin(
        b, b.getLoc(), AffineMap::getMultiDimIdentityMap(2, b.getContext()),
        {x, y});
  }
  OpFoldResult most(OpFoldResult x, OpFoldResult y) {
    return affine::makeComposedFoldedAffineMax(
        b, b.getLoc(), AffineMap::getMultiDimIdentityMap(2, b.getContext()),
        {x, y});
  }
  OpFoldResult number(int64_t value) { return b.getIndexAttr(value); }
  AffineExpr dim(unsigned loop) { return b.getAffineDimExpr(loop); }
  AffineExpr symbol(unsigned i) { return b.getAffineSymbolExpr(i); }
  AffineMap getMap(unsigned loops, ArrayRef<AffineExpr> results) {
    return AffineMap::get(loops, 0, results, b.getContext());
  }

  LinalgBuilder &b;
  AttentionOp op;
  Value q, k, v, packed, slopes;
  Type type;
  OpFoldResult batch, length;
  int64_t groups, heads, keyWidth, valueWidth;
  /// The most positions, heads, rows and keys of a block, lanes of a panel.
  int64_t positions, blockHeads, blockRows, blockKeys, panel;
  /// Whether keys are read from panels, not from where they lie.
  bool isPacked;

  /// The block that is being emitted: its coordinates, its first position and
  /// head, the number of its positions and of its rows.
  OpFoldResult batchIndex, group, firstPosition, firstHead, positionCount, rows;
  struct {
    Value scores, maximum, correction;
  } scratch;
};

} // namespace

static constexpr double kLowest = -std::numeric_limits<double>::infinity();

/// The largest divisor of `number` that is at most `limit`.
static int64_t getDivisor(int64_t number, int64_t limit) {
  int64_t divisor = std::min(number, limit);
  while (number % divisor != 0)
    --divisor;
  return divisor;
}

Emitter::Emitter(LinalgBuilder &b, AttentionOp op, Value q, Value k, Value v,
                 const AttentionBlocks &blocks)
    : b(b), op(op), q(q), k(k), v(v), type(getElementTypeOrSelf(q)),
      groups(op.getGroups()), heads(op.getHeadsPerGroup()),
      keyWidth(op.getKeyWidth()), valueWidth(op.getValueWidth()) {
  Shape shape = b.getShape(q);
  batch = shape[0];
  length = shape[1];
  // A register has half as many lanes of f64.
  isPacked = blocks.panel > 0;
  bool halves = type.isF64() && isPacked && blocks.panel % 2 == 0;
  panel = halves ? blocks.panel / 2 : std::max<int64_t>(blocks.panel, 1);
  blockKeys = blocks.keys;
  blockHeads = getDivisor(heads, blocks.rows);
  positions = blocks.rows / blockHeads;
  if (std::optional<int64_t> known = getConstantIntValue(length)) {
    positions = std::min(positions, *known);
    blockKeys =
        std::min(blockKeys, static_cast<int64_t>(llvm::alignTo(*known, panel)));
  }
  blockRows = positions * blockHeads;
}

//===----------------------------------------------------------------------===//
// Ops on blocks
//===----------------------------------------------------------------------===//

/// Uninitialised memory: of a static shape, so that where it lies can be
/// decided when code is compiled, and no tensor.empty, of which equal ones are
/// one to CSE, whereupon bufferisation copies.
Value Emitter::allocate(ArrayRef<int64_t> shape) {
  return bufferization::AllocTensorOp::create(
      b, RankedTensorType::get(shape, type), /*dynamicSizes=*/ValueRange());
}

/// The first rows of `whole`, as many as the block has.
Value Emitter::sliceRows(Value whole) {
  Shape sizes = b.getShape(whole);
  sizes.front() = rows;
  return slice(whole, Shape(sizes.size(), number(0)), sizes, sizes);
}

/// The part of a tensor at `offsets`, without the unit axes that `kept` lacks.
Value Emitter::slice(Value tensor, const Shape &offsets, const Shape &sizes,
                     const Shape &kept) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : kept)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  Shape strides(offsets.size(), number(1));
  return tensor::ExtractSliceOp::create(b, RankedTensorType::get(shape, type),
                                        tensor, offsets, sizes, strides);
}

/// `into` with entries computed from those of the inputs. The last entry that
/// `body` gets is the old one.
Value Emitter::map(ArrayRef<std::pair<Value, AffineMap>> inputs, Value into,
                   LinalgBuilder::Body body) {
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (const auto &[tensor, map] : inputs) {
    tensors.push_back(tensor);
    maps.push_back(map);
  }
  int64_t rank = cast<RankedTensorType>(into.getType()).getRank();
  maps.push_back(b.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank,
                                             utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, into.getType(), tensors, into, maps, iterators,
             [&](OpBuilder &builder, Location loc, ValueRange scalars) {
               LinalgBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, scalars));
             })
      .getResult(0);
}

/// Combines the entries of each row with `into`, in ascending order.
Value Emitter::reduce(Value input, Value into, LinalgBuilder::Body body) {
  return linalg::GenericOp::create(
             b, into.getType(), input, into,
             ArrayRef<AffineMap>{getMap(2, {dim(0), dim(1)}),
                                 getMap(2, {dim(0)})},
             ArrayRef<utils::IteratorType>{utils::IteratorType::parallel,
                                           utils::IteratorType::reduction},
             [&](OpBuilder &builder, Location loc, ValueRange scalars) {
               LinalgBuilder inner(loc, builder);
               linalg::YieldOp::create(inner, body(inner, scalars));
             })
      .getResult(0);
}

/// Adds the products of the rows of x, loops 0 and 2, with the columns of y, in
/// ascending order of loop 2.
Value Emitter::contract(Value x, Value y, Value into, AffineMap yMap) {
  return linalg::GenericOp::create(
             b, into.getType(), ValueRange{x, y}, into,
             ArrayRef<AffineMap>{getMap(3, {dim(0), dim(2)}), yMap,
                                 getMap(3, {dim(0), dim(1)})},
             ArrayRef<utils::IteratorType>{utils::IteratorType::parallel,
                                           utils::IteratorType::parallel,
                                           utils::IteratorType::reduction},
             [&](OpBuilder &builder, Location loc, ValueRange in) {
               LinalgBuilder inner(loc, builder);
               Value product = arith::MulFOp::create(inner, in[0], in[1]);
               Value sum = arith::AddFOp::create(inner, in[2], product);
               linalg::YieldOp::create(inner, sum);
             })
      .getResult(0);
}

static Value fill(LinalgBuilder &b, double value, Value into) {
  Type type = getElementTypeOrSelf(into);
  return linalg::FillOp::create(b, b.constant(type, value), into).getResult(0);
}

/// The rows of `into` times one factor each.
Value Emitter::scale(Value into, Value factors) {
  int64_t rank = cast<RankedTensorType>(into.getType()).getRank();
  return map({{factors, getMap(rank, {dim(0)})}}, into,
             [](LinalgBuilder &b, ValueRange in) -> Value {
               return arith::MulFOp::create(b, in[1], in[0]);
             });
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// The keys of each group in panels of `panel` positions, whose entries in one
/// channel are neighbours: [b, g, t / panel, channel, t mod panel].
Value Emitter::packKeys() {
  OpFoldResult panels = apply(symbol(0).ceilDiv(panel), {length});
  Value into = b.empty(
      {batch, number(groups), panels, number(keyWidth), number(panel)}, type);
  return linalg::PackOp::create(b, k, into, /*innerDimsPos=*/{1},
                                /*innerTiles=*/{number(panel)},
                                /*paddingValue=*/b.constant(type, 0.0),
                                /*outerDimsPerm=*/{0, 2, 1, 3})
      .getResult();
}

/// The queries of the block, rows x channels.
Value Emitter::getQueries() {
  Shape offsets{batchIndex, firstPosition, group, firstHead, number(0)};
  Shape sizes{number(1), positionCount, number(1), number(blockHeads),
              number(keyWidth)};
  if (blockHeads == 1)
    return slice(q, offsets, sizes, {positionCount, number(keyWidth)});
  // Heads of a group are no rows of one matrix yet.
  Shape kept{positionCount, number(blockHeads), number(keyWidth)};
  Value part = slice(q, offsets, sizes, kept);
  Value whole = tensor::InsertSliceOp::create(
      b, part, allocate({positions, blockHeads, keyWidth}), Shape(3, number(0)),
      kept, Shape(3, number(1)));
  return sliceRows(b.collapse(whole, {{0, 1}, {2}}));
}

/// The first key that the block's first row sees.
OpFoldResult Emitter::getFirstKey() {
  if (!mayBeBlind())
    return number(0);
  int64_t before = static_cast<int64_t>(*op.getWindow()) - 1;
  return most(apply(symbol(0) - before, {firstPosition}), number(0));
}

/// The end of the keys that the block's last row sees.
OpFoldResult Emitter::getKeysEnd() {
  if (!op.getCausal())
    return length;
  return apply(symbol(0) + symbol(1), {firstPosition, positionCount});
}

/// Those of the block of keys that starts at `start` that some row sees, but
/// panels are not taken apart.
Keys Emitter::getKeys(Value start) {
  OpFoldResult first = start;
  if (mayBeBlind()) {
    OpFoldResult panelStart =
        apply(symbol(0).floorDiv(panel) * panel, {getFirstKey()});
    first = most(first, panelStart);
  }
  OpFoldResult end = apply(symbol(0) + blockKeys, {start});
  OpFoldResult last = least(end, getKeysEnd());
  return {first, last, apply(symbol(1) - symbol(0), {first, last})};
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// Queries times keys, rows x keys.
Value Emitter::getScores(Value queries, Keys keys) {
  Shape sizes{rows, keys.count};
  Value into =
      fill(b, 0.0, slice(scratch.scores, Shape(2, number(0)), sizes, sizes));
  if (!isPacked) {
    Value part = slice(k, {batchIndex, keys.first, group, number(0)},
                       {number(1), keys.count, number(1), number(keyWidth)},
                       {keys.count, number(keyWidth)});
    return contract(queries, part, into, getMap(3, {dim(1), dim(2)}));
  }
  OpFoldResult panels = apply(symbol(0).ceilDiv(panel), {keys.count});
  OpFoldResult firstPanel = apply(symbol(0).floorDiv(panel), {keys.first});
  Value part =
      slice(packed, {batchIndex, group, firstPanel, number(0), number(0)},
            {number(1), number(1), panels, number(keyWidth), number(panel)},
            {panels, number(keyWidth), number(panel)});
  return contract(queries, part, into,
                  getMap(3, {dim(1).floorDiv(panel), dim(2), dim(1) % panel}));
}

/// The position of the key in loop 1, or of the row in loop 0.
static Value getKeyPosition(LinalgBuilder &b, OpFoldResult first) {
  Value column = linalg::IndexOp::create(b, 1);
  return arith::AddIOp::create(
      b, column, getValueOrCreateConstantIndexOp(b, b.getLoc(), first));
}
static Value getRowPosition(LinalgBuilder &b, OpFoldResult first,
                            int64_t heads) {
  Value row = linalg::IndexOp::create(b, 0);
  row = affine::makeComposedAffineApply(
      b, b.getLoc(), b.getAffineDimExpr(0).floorDiv(heads), {row});
  return arith::AddIOp::create(
      b, row, getValueOrCreateConstantIndexOp(b, b.getLoc(), first));
}

/// Scaled, capped, biased and masked scores.
Value Emitter::finishScores(Value scores, Keys keys) {
  SmallVector<std::pair<Value, AffineMap>> inputs;
  if (slopes) {
    Value part = slice(slopes, {group, firstHead},
                       {number(1), number(blockHeads)}, {number(blockHeads)});
    inputs.push_back({part, getMap(2, {dim(0) % blockHeads})});
  }
  return map(inputs, scores, [&](LinalgBuilder &b, ValueRange in) {
    ScorePlace place{getRowPosition(b, firstPosition, blockHeads),
                     getKeyPosition(b, keys.first)};
    return finishScore(b, op, in.back(), slopes ? in[0] : Value(), place);
  });
}

/// The exponential of a score less the maximum of its row. Where no key was
/// seen yet 0 is subtracted: the difference of infinities is no number.
Value Emitter::getExponential(LinalgBuilder &b, Value score, Value maximum) {
  if (mayBeBlind()) {
    Value lowest = b.constant(type, kLowest);
    Value seen =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, maximum, lowest);
    maximum = arith::SelectOp::create(b, seen, maximum, b.constant(type, 0.0));
  }
  return math::ExpOp::create(b, arith::SubFOp::create(b, score, maximum));
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// What is known before the first block of keys; allocates what the block
/// needs.
Running Emitter::getInitial() {
  scratch.scores = allocate({blockRows, blockKeys});
  scratch.maximum = allocate({blockRows});
  scratch.correction = allocate({blockRows});
  return {fill(b, kLowest, sliceRows(allocate({blockRows}))),
          fill(b, 0.0, sliceRows(allocate({blockRows}))),
          fill(b, 0.0, sliceRows(allocate({blockRows, valueWidth})))};
}

/// The values of `keys`, weighted, added to `context`.
Value Emitter::addValues(Value weights, Keys keys, Value context) {
  Value part = slice(v, {batchIndex, keys.first, group, number(0)},
                     {number(1), keys.count, number(1), number(valueWidth)},
                     {keys.count, number(valueWidth)});
  return contract(weights, part, context, getMap(3, {dim(2), dim(1)}));
}

/// Goes on with one more block of keys.
Running Emitter::attend(Value queries, Keys keys, const Running &running) {
  AffineMap row = getMap(1, {dim(0)}), rowOfScore = getMap(2, {dim(0)});
  Value scores = finishScores(getScores(queries, keys), keys);
  auto getLarger = [](LinalgBuilder &b, ValueRange in) -> Value {
    return arith::MaximumFOp::create(b, in[0], in[1]);
  };
  Value maximum =
      reduce(scores, fill(b, kLowest, sliceRows(scratch.maximum)), getLarger);
  // What a smaller maximum made too large: exactly 1 if it still holds. Read
  // before the maximum is replaced, in place.
  Value correction = map(
      {{running.maximum, row}, {maximum, row}}, sliceRows(scratch.correction),
      [&](LinalgBuilder &b, ValueRange in) -> Value {
        return getExponential(b, in[0], getLarger(b, in.drop_back()));
      });
  Running next;
  next.maximum = map({{maximum, row}}, running.maximum, getLarger);
  Value weights = map({{next.maximum, rowOfScore}}, scores,
                      [&](LinalgBuilder &b, ValueRange in) -> Value {
                        return getExponential(b, in[1], in[0]);
                      });
  next.sum = reduce(weights, scale(running.sum, correction),
                    [](LinalgBuilder &b, ValueRange in) -> Value {
                      return arith::AddFOp::create(b, in[1], in[0]);
                    });
  next.context = addValues(weights, keys, scale(running.context, correction));
  return next;
}

/// Names the block with the given indices.
void Emitter::startBlock(ValueRange indices) {
  batchIndex = indices[0];
  group = indices[1];
  firstHead = apply(symbol(0) * blockHeads, {indices[2]});
  firstPosition = apply(symbol(0) * positions, {indices[3]});
  OpFoldResult rest = apply(symbol(0) - symbol(1), {length, firstPosition});
  positionCount = least(rest, number(positions));
  rows = apply(symbol(0) * blockHeads, {positionCount});
}

void Emitter::emitBlock(scf::ForallOp forall) {
  startBlock(forall.getInductionVars());
  Value queries = getQueries();
  Running initial = getInitial();
  auto toValue = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  };
  // Blocks of keys are the same for all rows, wherever those see a key first.
  OpFoldResult start =
      apply(symbol(0).floorDiv(blockKeys) * blockKeys, {getFirstKey()});
  auto loop = scf::ForOp::create(
      b, toValue(start), toValue(getKeysEnd()), toValue(number(blockKeys)),
      ValueRange{initial.maximum, initial.sum, initial.context});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    auto arguments = loop.getRegionIterArgs();
    Running next = attend(queries, getKeys(loop.getInductionVar()),
                          {arguments[0], arguments[1], arguments[2]});
    scf::YieldOp::create(b, ValueRange{next.maximum, next.sum, next.context});
  }

  Shape offsets{batchIndex, firstPosition, group, firstHead, number(0)};
  Shape sizes{number(1), positionCount, number(1), number(blockHeads),
              number(valueWidth)};
  Shape strides(offsets.size(), number(1));
  Value into = forall.getRegionIterArgs().front();
  Value sums = loop.getResult(1), context = loop.getResult(2);
  Shape kept{positionCount, number(blockHeads), number(valueWidth)};
  SmallVector<AffineExpr> sumLoops{dim(0), dim(1)};
  if (blockHeads == 1) {
    kept.erase(kept.begin() + 1);
    sumLoops.pop_back();
  } else {
    sums = b.expand(sums, {kept[0], kept[1]}, {{0, 1}});
    context = b.expand(context, kept, {{0, 1}, {2}});
  }
  unsigned rank = kept.size();
  Value result = map({{context, b.getMultiDimIdentityMap(rank)},
                      {sums, getMap(rank, sumLoops)}},
                     slice(into, offsets, sizes, kept),
                     [](LinalgBuilder &b, ValueRange in) -> Value {
                       return arith::DivFOp::create(b, in[0], in[1]);
                     });
  b.setInsertionPointToStart(forall.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, result, into, offsets, sizes,
                                        strides);
}

Value Emitter::emit() {
  if (isPacked)
    packed = packKeys();
  slopes = getSlopes(b, op, type);
  Value context = b.empty(
      {batch, length, number(groups), number(heads), number(valueWidth)}, type);
  SmallVector<OpFoldResult> counts{
      batch, number(groups), number(heads / blockHeads),
      apply(symbol(0).ceilDiv(positions), {length})};
  auto forall = scf::ForallOp::create(b, counts, context,
                                      /*mapping=*/std::nullopt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(forall.getBody());
  emitBlock(forall);
  return forall.getResult(0);
}

Value grow::attendInBlocks(LinalgBuilder &b, AttentionOp op, Value q, Value k,
                           Value v, const AttentionBlocks &blocks) {
  return Emitter(b, op, q, k, v, blocks).emit();
}
