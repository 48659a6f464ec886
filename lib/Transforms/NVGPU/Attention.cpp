//===- Attention.cpp - Attention on tensor cores --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A block of threads computes some rows of a group: a row is a position in one
// of the heads that share keys, and those of a position are neighbours. Each
// warp has 16 of them (or a multiple), in the fragments of `mma.sync`
// (Fragments.h): of scores, and of the context, a lane holds two columns out of
// eight in the rows l / 4 and l / 4 + 8. So what concerns a row as a whole is
// known to the four lanes of a quad, which combine it by shuffles, and weights
// are where the second product wants its rows.
//
// Copies: while keys are multiplied, the values of these positions are on their
// way; while values are, the next keys are. (Two stages of each would need
// twice the memory, and the number of blocks of threads that share a
// multiprocessor hides latency, too.)
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

#include "Fragments.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

namespace {

constexpr int64_t kWidest = 256;
/// Code is written out for each fragment of a tile.
constexpr int64_t kMostWarpRows = 128;
constexpr int64_t kMostKeys = 512;
/// Kernels count entries with 32 bits, and each key has 16 at least: no two
/// positions are as far apart.
constexpr uint64_t kWidestWindow = uint64_t(1) << 30;
constexpr double kLowest = -std::numeric_limits<double>::infinity();

/// Up to here the fragments of a warp's queries stay in registers.
constexpr int64_t kWidestKeptQueries = 128;

/// The rows l / 4 and l / 4 + 8 of each fragment of 16 rows: one entry for
/// each.
using Rows = SmallVector<Value>;
/// Sums of 16 x 8: all columns of the first 16 rows, then those of the next.
using Sums = SmallVector<Value>;

/// What is known of a lane's rows after some blocks of keys: their largest
/// scores, the lane's part of the sums of exponentials, and the weighted
/// values.
struct Running {
  Rows maximum, sum;
  Sums context;
};

class AttentionEmitter {
public:
  AttentionEmitter(LoopBuilder &b, FusedAttentionOp op,
                   const AttentionTile &tile);

  /// Emits the launch.
  void emit();

private:
  void emitLaunch();
  void emitSizes();
  void emitPlace();
  void emitStages();
  void emitBody();

  void copy(StagedOperand &operand, Value firstRow);

  Running attend(Sums scores, const Running &running);
  Sums getScores();
  Value loadQueries(int64_t rowFragment, int64_t step);
  Sums finishScores(Sums scores, Value firstKey);
  Sums maskScores(const Sums &scores, Value firstKey);
  Value needsMask(Value firstKey);
  Rows getMaximum(const Sums &scores, const Rows &before);
  void addValues(const Sums &weights, Sums &context);
  Value packWeights(Value sums, int64_t half);
  void store(const Running &running);

  Sums mapScores(const Sums &scores,
                 function_ref<Value(Value, int64_t row, int64_t key)> body);
  Rows mapRows(function_ref<Value(int64_t row)> body);
  Value reduceQuad(Value value, function_ref<Value(Value, Value)> combine);
  Rows getDistances(Value firstKey);
  Running unpack(ValueRange values);
  SmallVector<Value> pack(const Running &running);

  //===--------------------------------------------------------------------===//
  // Numbers
  //===--------------------------------------------------------------------===//

  Value real(double value) {
    return arith::ConstantOp::create(b, b.getF32FloatAttr(value));
  }
  Value integer(int64_t value) {
    return arith::ConstantOp::create(b, b.getI32IntegerAttr(value));
  }
  Value toInteger(Value index) {
    return arith::IndexCastOp::create(b, b.getI32Type(), index);
  }
  Value multiply(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value larger(Value x, Value y) { return arith::MaximumFOp::create(b, x, y); }
  /// 2 to the x, by an instruction: exactly 1 for 0, and 0 for -infinity.
  Value exp2(Value x) {
    return math::Exp2Op::create(b, x, arith::FastMathFlags::afn);
  }
  /// Where nothing was seen yet 0 is subtracted: the difference of infinities
  /// is no number.
  Value getSubtrahend(Value maximum) {
    if (!mayBeBlind())
      return maximum;
    Value lowest = real(kLowest);
    Value seen =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, maximum, lowest);
    return b.select(seen, maximum, real(0.0));
  }

  /// How many keys a causal row sees at most; none if it sees all. Distances
  /// have 32 bits.
  std::optional<int64_t> getWindow() {
    if (std::optional<uint64_t> window = op.getWindow();
        window && *window < kWidestWindow)
      return *window;
    return std::nullopt;
  }
  /// Whether a row may see no key of a block before those that it sees.
  bool mayBeBlind() { return getWindow().has_value(); }
  /// Whether scores are still products: the scale is left to the exponential.
  bool areScoresRaw() { return !op.getSoftcapAttr() && !op.getSlopes(); }
  bool keepsQueries() { return op.getKeyWidth() <= kWidestKeptQueries; }
  double getScale() { return op.getScaleAttr().getValue().toDouble(); }
  int64_t getScoreColumns() { return tile.keys / kMmaColumns; }
  int64_t getContextColumns() { return op.getValueWidth() / kMmaColumns; }
  int64_t getRowFragments() { return tile.warpRows / kMmaRows; }
  int64_t getRowCount() { return 2 * getRowFragments(); }

  LoopBuilder &b;
  FusedAttentionOp op;
  const AttentionTile &tile;
  gpu::LaunchOp launch;

  /// Of the whole: positions, rows of a group, blocks of rows.
  Value length, totalRows, rowBlocks;
  /// Whether copies may be asynchronous; null if never.
  Value isAligned;
  /// Of the block: its first row, positions of its first and its last row.
  Value batch, group, firstRow, firstPosition, lastPosition;
  /// Of the lane: the first row of its warp within the block, and its rows
  /// within the group.
  Value thread, lane, warpRow, zero;
  Rows rows, slopes;
  std::optional<StagedOperand> queries, keys, values;
  /// Fragments of the queries, if they are kept.
  SmallVector<Value> kept;
};

} // namespace

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

int64_t AttentionTile::getThreads() const { return kLanes * (rows / warpRows); }

std::string AttentionTile::check() const {
  auto isMultiple = [](int64_t value, int64_t of) {
    return value > 0 && value % of == 0;
  };
  if (!isMultiple(warpRows, kMmaRows) || warpRows > kMostWarpRows)
    return llvm::formatv("a warp has {0} rows: expected a multiple of {1}, at "
                         "most {2}",
                         warpRows, kMmaRows, kMostWarpRows);
  if (!isMultiple(rows, warpRows) || rows / warpRows > 1024 / kLanes)
    return llvm::formatv("a block of {0} rows cannot be shared by warps that "
                         "have {1}: expected {1} to {2}, and a multiple",
                         rows, warpRows, 1024 / kLanes * warpRows);
  if (!isMultiple(keys, kMmaDepth) || keys > kMostKeys)
    return llvm::formatv("a block has {0} keys: expected a multiple of {1}, at "
                         "most {2}",
                         keys, kMmaDepth, kMostKeys);
  return "";
}

std::string AttentionTile::check(FusedAttentionOp op) const {
  for (int64_t width : {op.getKeyWidth(), op.getValueWidth()}) {
    if (width % kMmaDepth != 0 || width == 0 || width > kWidest)
      return llvm::formatv("a key or a value has {0} entries: expected a "
                           "multiple of {1}, at most {2}",
                           width, kMmaDepth, kWidest);
    // Each copy is one of all threads.
    for (int64_t count : {rows, keys})
      if (count * width / kChunk % getThreads() != 0)
        return llvm::formatv("{0} threads cannot share the copies of {1} x {2} "
                             "entries evenly",
                             getThreads(), count, width);
  }
  return "";
}

//===----------------------------------------------------------------------===//
// The launch
//===----------------------------------------------------------------------===//

AttentionEmitter::AttentionEmitter(LoopBuilder &b, FusedAttentionOp op,
                                   const AttentionTile &tile)
    : b(b), op(op), tile(tile) {}

void AttentionEmitter::emit() {
  emitLaunch();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&launch.getBody().front());
  gpu::TerminatorOp::create(b);
  b.setInsertionPointToStart(&launch.getBody().front());
  emitPlace();
  emitStages();
  emitBody();
}

void AttentionEmitter::emitLaunch() {
  emitSizes();
  Value one = b.constant(1);
  Value groups = b.mul(b.getDim(op.getQueries(), 0), op.getGroups());
  launch = gpu::LaunchOp::create(b, b.mul(rowBlocks, groups), one, one,
                                 b.constant(tile.getThreads()), one, one);
}

void AttentionEmitter::emitSizes() {
  length = b.getDim(op.getQueries(), 1);
  totalRows = b.mul(length, op.getHeadsPerGroup());
  rowBlocks = b.ceilDiv(totalRows, tile.rows);
}

/// What this block of threads and this lane compute.
void AttentionEmitter::emitPlace() {
  // Kernels take buffers and no numbers that follow from them.
  emitSizes();
  zero = b.constant(0);
  int64_t heads = op.getHeadsPerGroup();
  Value number = launch.getBlockIds().x;
  Value rest = b.div(number, rowBlocks);
  Value rowBlock = arith::RemUIOp::create(b, number, rowBlocks);
  // Those with most keys first: the last ones to end are short.
  if (op.getCausal())
    rowBlock = b.sub(b.sub(rowBlocks, b.constant(1)), rowBlock);
  batch = b.div(rest, op.getGroups());
  group = b.rem(rest, op.getGroups());
  firstRow = b.mul(rowBlock, tile.rows);
  Value end = b.min(b.add(firstRow, tile.rows), totalRows);
  firstPosition = b.div(firstRow, heads);
  lastPosition = b.div(b.sub(end, b.constant(1)), heads);

  thread = launch.getThreadIds().x;
  lane = b.rem(thread, kLanes);
  warpRow = b.mul(b.div(thread, kLanes), tile.warpRows);
  Value first = b.add(b.add(firstRow, warpRow), b.div(lane, 4));
  rows = mapRows([&](int64_t row) {
    return b.add(first, row / 2 * kMmaRows + row % 2 * 8);
  });
  if (Value table = op.getSlopes())
    slopes = mapRows([&](int64_t row) {
      return b.load(table, {group, b.rem(rows[row], heads)});
    });
}

/// Where copies of the operands go.
void AttentionEmitter::emitStages() {
  int64_t heads = op.getHeadsPerGroup();
  Value keyWidth = b.constant(op.getKeyWidth());
  Value valueWidth = b.constant(op.getValueWidth());
  auto ofPosition = [this](Value position) {
    return SmallVector<Value>{batch, position, group};
  };
  auto ofRow = [this, heads](Value row) {
    return SmallVector<Value>{batch, b.div(row, heads), group,
                              b.rem(row, heads)};
  };
  auto stage = [&](SourceMatrix matrix, int64_t count, int64_t width) {
    BlockShape block = BlockShape::getLines(count, width, op.getElementType());
    return StagedOperand(b, launch, std::move(matrix), block, /*stages=*/1,
                         tile.getThreads());
  };
  queries.emplace(
      stage(SourceMatrix(op.getQueries(), totalRows, keyWidth, ofRow),
            tile.rows, op.getKeyWidth()));
  keys.emplace(stage(SourceMatrix(op.getKeys(), length, keyWidth, ofPosition),
                     tile.keys, op.getKeyWidth()));
  values.emplace(
      stage(SourceMatrix(op.getValues(), length, valueWidth, ofPosition),
            tile.keys, op.getValueWidth()));
  for (Value operand : {op.getQueries(), op.getKeys(), op.getValues()}) {
    Value aligned = emitIsAligned(b, operand);
    if (!aligned) {
      isAligned = nullptr;
      return;
    }
    isAligned =
        isAligned ? arith::AndIOp::create(b, isAligned, aligned) : aligned;
  }
}

void AttentionEmitter::emitBody() {
  // Blocks of keys are the same for all rows, wherever those see a key first.
  Value start = zero;
  if (std::optional<int64_t> window = getWindow()) {
    Value first = b.sub(firstPosition, b.constant(*window - 1));
    first = arith::MaxSIOp::create(b, first, zero);
    start = b.mul(b.div(first, tile.keys), tile.keys);
  }
  Value end = op.getCausal() ? b.add(lastPosition, 1) : length;
  copy(*queries, firstRow);
  copy(*keys, start);
  if (keepsQueries()) {
    waitForCopies(b, 1);
    for (int64_t i = 0; i < getRowFragments(); ++i)
      for (int64_t step = 0; step < op.getKeyWidth(); step += kMmaDepth)
        kept.push_back(queries->loadRows(
            lane, zero, b.add(warpRow, i * kMmaRows), b.constant(step)));
  }
  Running initial;
  initial.maximum = mapRows([&](int64_t) { return real(kLowest); });
  initial.sum = mapRows([&](int64_t) { return real(0.0); });
  initial.context.assign(getRowFragments() * getContextColumns(),
                         b.getZero(VectorType::get(kSums, b.getF32Type())));
  SmallVector<Value> last = b.loop(
      start, end, tile.keys, pack(initial),
      [&](Value firstKey, ValueRange running) {
        waitForCopies(b, 0);
        copy(*values, firstKey);
        Sums scores = getScores();
        waitForCopies(b, 0);
        Value next = b.add(firstKey, tile.keys);
        b.when(b.isLess(next, end), [&] { copy(*keys, next); });
        return pack(attend(finishScores(scores, firstKey), unpack(running)));
      });
  store(unpack(last));
}

//===----------------------------------------------------------------------===//
// Copies
//===----------------------------------------------------------------------===//

/// Begins a group of copies of the operand's block at `firstRow`. What cannot
/// be copied asynchronously is there afterwards.
void AttentionEmitter::copy(StagedOperand &operand, Value firstRow) {
  auto emit = [&](bool aligned) {
    SmallVector<Value> tokens;
    operand.copy(thread, zero, firstRow, zero, aligned, tokens);
    if (aligned)
      commitCopies(b, tokens);
  };
  if (!isAligned)
    return emit(/*aligned=*/false);
  b.branch(
      isAligned, [&] { emit(/*aligned=*/true); },
      [&] { emit(/*aligned=*/false); });
}

//===----------------------------------------------------------------------===//
// Scores
//===----------------------------------------------------------------------===//

/// One value for each of the lane's rows.
Rows AttentionEmitter::mapRows(function_ref<Value(int64_t)> body) {
  Rows result;
  for (int64_t row = 0; row < getRowCount(); ++row)
    result.push_back(body(row));
  return result;
}

/// Computes each score from itself, the lane's row, and how far its key is from
/// the first one of the lane.
Sums AttentionEmitter::mapScores(
    const Sums &scores, function_ref<Value(Value, int64_t, int64_t)> body) {
  Sums result;
  for (auto [i, fragment] : llvm::enumerate(scores)) {
    auto elements = vector::ToElementsOp::create(b, fragment);
    int64_t row = i / getScoreColumns() * 2;
    int64_t key = i % getScoreColumns() * kMmaColumns;
    SmallVector<Value> values;
    for (auto [j, score] : llvm::enumerate(elements.getResults()))
      values.push_back(body(score, row + j / 2, key + j % 2));
    result.push_back(
        vector::FromElementsOp::create(b, fragment.getType(), values));
  }
  return result;
}

/// Queries times keys. A fragment of keys serves two products of each fragment
/// of queries.
Sums AttentionEmitter::getScores() {
  Sums scores(getRowFragments() * getScoreColumns(),
              b.getZero(VectorType::get(kSums, b.getF32Type())));
  for (int64_t step = 0; step < op.getKeyWidth(); step += kMmaDepth) {
    SmallVector<SmallVector<Value>> fragments;
    for (int64_t i = 0; i < getRowFragments(); ++i)
      fragments.push_back(getRegisters(b, loadQueries(i, step)));
    for (int64_t key = 0; key < tile.keys; key += 2 * kMmaColumns) {
      SmallVector<Value> pair =
          getRegisters(b, keys->loadTransposedColumns(
                              lane, zero, b.constant(key), b.constant(step)));
      for (auto [i, fragment] : llvm::enumerate(fragments))
        for (int64_t half = 0; half < 2; ++half) {
          Value &sum = scores[i * getScoreColumns() + key / kMmaColumns + half];
          sum = multiplyFragments(b, op.getElementType(), fragment,
                                  ArrayRef(pair).slice(half * 2, 2), sum);
        }
    }
  }
  return scores;
}

Value AttentionEmitter::loadQueries(int64_t rowFragment, int64_t step) {
  if (keepsQueries())
    return kept[(rowFragment * op.getKeyWidth() + step) / kMmaDepth];
  return queries->loadRows(lane, zero, b.add(warpRow, rowFragment * kMmaRows),
                           b.constant(step));
}

/// How far the lane's first key is behind each of its rows.
Rows AttentionEmitter::getDistances(Value firstKey) {
  Value key = b.add(firstKey, b.mul(b.rem(lane, 4), 2));
  return mapRows([&](int64_t row) {
    Value position = b.div(rows[row], op.getHeadsPerGroup());
    return toInteger(b.sub(key, position));
  });
}

/// Scaled, capped, biased and masked scores, but see areScoresRaw.
Sums AttentionEmitter::finishScores(Sums scores, Value firstKey) {
  if (!areScoresRaw()) {
    Rows distances;
    if (!slopes.empty())
      for (Value distance : getDistances(firstKey))
        distances.push_back(
            arith::SIToFPOp::create(b, b.getF32Type(), distance));
    scores = mapScores(scores, [&](Value score, int64_t row, int64_t key) {
      score = multiply(score, real(getScale()));
      if (ExactAttr bound = op.getSoftcapAttr()) {
        Value limit = real(bound.getValue().toDouble());
        Value bent =
            math::TanhOp::create(b, arith::DivFOp::create(b, score, limit));
        score = multiply(limit, bent);
      }
      if (slopes.empty())
        return score;
      Value distance = arith::AddFOp::create(b, distances[row],
                                             real(static_cast<double>(key)));
      return Value(math::FmaOp::create(b, slopes[row], distance, score));
    });
  }
  SmallVector<Type> types(scores.size(), scores.front().getType());
  return b.choose(
      types, needsMask(firstKey),
      [&] { return SmallVector<Value>(maskScores(scores, firstKey)); },
      [&] { return SmallVector<Value>(scores); });
}

/// Whether a row of the block does not see a key of the block: the same for all
/// threads.
Value AttentionEmitter::needsMask(Value firstKey) {
  Value end = b.add(firstKey, tile.keys);
  if (!op.getCausal())
    return b.isLess(length, end);
  Value beyond = b.isLess(b.add(firstPosition, 1), end);
  std::optional<int64_t> window = getWindow();
  if (!window)
    return beyond;
  Value before = b.isAtLeast(lastPosition, b.add(firstKey, *window));
  return arith::OrIOp::create(b, beyond, before);
}

Sums AttentionEmitter::maskScores(const Sums &scores, Value firstKey) {
  Value lowest = real(kLowest);
  if (!op.getCausal()) {
    Value key = b.add(firstKey, b.mul(b.rem(lane, 4), 2));
    Value left = toInteger(b.sub(length, key));
    return mapScores(scores, [&](Value score, int64_t, int64_t key) {
      return b.select(b.isLess(integer(key), left), score, lowest);
    });
  }
  Rows distances = getDistances(firstKey);
  return mapScores(scores, [&](Value score, int64_t row, int64_t key) {
    Value distance = distances[row];
    Value visible = b.isAtLeast(integer(-key), distance);
    if (std::optional<int64_t> window = getWindow()) {
      Value near = b.isLess(integer(-key - *window), distance);
      visible = arith::AndIOp::create(b, visible, near);
    }
    return b.select(visible, score, lowest);
  });
}

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// Combines what the four lanes of a quad have of a row; all of them get it.
Value AttentionEmitter::reduceQuad(Value value,
                                   function_ref<Value(Value, Value)> combine) {
  for (int64_t distance : {1, 2}) {
    auto other = gpu::ShuffleOp::create(b, value, distance, kLanes,
                                        gpu::ShuffleMode::XOR);
    value = combine(value, other.getShuffleResult());
  }
  return value;
}

/// The largest score of each row, of these and of those before.
Rows AttentionEmitter::getMaximum(const Sums &scores, const Rows &before) {
  Rows result(getRowCount());
  mapScores(scores, [&](Value score, int64_t row, int64_t) {
    result[row] = result[row] ? larger(result[row], score) : score;
    return score;
  });
  for (auto [maximum, old] : llvm::zip_equal(result, before)) {
    maximum =
        reduceQuad(maximum, [&](Value x, Value y) { return larger(x, y); });
    maximum = larger(old, maximum);
  }
  return result;
}

/// Goes on with one more block of keys, whose scores these are.
Running AttentionEmitter::attend(Sums scores, const Running &running) {
  Value factor =
      real((areScoresRaw() ? getScale() : 1.0) * llvm::numbers::log2e);
  Running next;
  next.maximum = getMaximum(scores, running.maximum);
  Rows corrections, subtracted;
  for (auto [maximum, old] : llvm::zip_equal(next.maximum, running.maximum)) {
    Value subtrahend = getSubtrahend(maximum);
    // Exactly 1 if the maximum still holds.
    corrections.push_back(
        exp2(multiply(arith::SubFOp::create(b, old, subtrahend), factor)));
    subtracted.push_back(
        arith::NegFOp::create(b, multiply(subtrahend, factor)));
  }
  next.sum = mapRows([&](int64_t row) {
    return multiply(running.sum[row], corrections[row]);
  });
  Sums weights = mapScores(scores, [&](Value score, int64_t row, int64_t) {
    Value weight = exp2(math::FmaOp::create(b, score, factor, subtracted[row]));
    next.sum[row] = arith::AddFOp::create(b, next.sum[row], weight);
    return weight;
  });
  for (auto [i, sums] : llvm::enumerate(running.context)) {
    int64_t row = i / getContextColumns() * 2;
    Value factors = vector::FromElementsOp::create(
        b, sums.getType(),
        ValueRange{corrections[row], corrections[row], corrections[row + 1],
                   corrections[row + 1]});
    next.context.push_back(multiply(sums, factors));
  }
  addValues(weights, next.context);
  return next;
}

/// Two neighbours in a row, rounded, as `mma.sync` takes them.
Value AttentionEmitter::packWeights(Value sums, int64_t half) {
  Value pair = vector::ExtractStridedSliceOp::create(
      b, sums, ArrayRef<int64_t>{2 * half}, ArrayRef<int64_t>{2},
      ArrayRef<int64_t>{1});
  Type element = op.getElementType();
  pair = arith::TruncFOp::create(b, VectorType::get(2, element), pair);
  if (!element.isBF16())
    return pair;
  pair = vector::BitCastOp::create(b, VectorType::get(1, b.getI32Type()), pair);
  return vector::ExtractOp::create(b, pair, ArrayRef<int64_t>{0});
}

/// Weights times values, added to the context.
void AttentionEmitter::addValues(const Sums &weights, Sums &context) {
  for (int64_t key = 0; key < tile.keys; key += kMmaDepth) {
    SmallVector<SmallVector<Value>> fragments;
    for (int64_t i = 0; i < getRowFragments(); ++i) {
      int64_t first = i * getScoreColumns() + key / kMmaColumns;
      Value left = weights[first], right = weights[first + 1];
      fragments.push_back({packWeights(left, 0), packWeights(left, 1),
                           packWeights(right, 0), packWeights(right, 1)});
    }
    for (int64_t column = 0; column < op.getValueWidth();
         column += 2 * kMmaColumns) {
      SmallVector<Value> pair =
          getRegisters(b, values->loadColumns(lane, zero, b.constant(key),
                                              b.constant(column)));
      for (auto [i, fragment] : llvm::enumerate(fragments))
        for (int64_t half = 0; half < 2; ++half) {
          Value &sum =
              context[i * getContextColumns() + column / kMmaColumns + half];
          sum = multiplyFragments(b, op.getElementType(), fragment,
                                  ArrayRef(pair).slice(half * 2, 2), sum);
        }
    }
  }
}

//===----------------------------------------------------------------------===//
// Results
//===----------------------------------------------------------------------===//

SmallVector<Value> AttentionEmitter::pack(const Running &running) {
  SmallVector<Value> values(running.maximum);
  llvm::append_range(values, running.sum);
  llvm::append_range(values, running.context);
  return values;
}

Running AttentionEmitter::unpack(ValueRange values) {
  int64_t count = getRowCount();
  return {Rows(values.take_front(count)), Rows(values.slice(count, count)),
          Sums(values.drop_front(2 * count))};
}

void AttentionEmitter::store(const Running &running) {
  int64_t heads = op.getHeadsPerGroup();
  Value firstColumn = b.mul(b.rem(lane, 4), 2);
  for (int64_t row = 0; row < getRowCount(); ++row) {
    Value sum = reduceQuad(running.sum[row], [&](Value x, Value y) -> Value {
      return arith::AddFOp::create(b, x, y);
    });
    Value inverse = arith::DivFOp::create(b, real(1.0), sum);
    b.when(b.isLess(rows[row], totalRows), [&] {
      SmallVector<Value> indices{batch, b.div(rows[row], heads), group,
                                 b.rem(rows[row], heads), Value()};
      for (int64_t i = 0; i < getContextColumns(); ++i) {
        auto elements = vector::ToElementsOp::create(
            b, running.context[row / 2 * getContextColumns() + i]);
        for (int64_t j = 0; j < 2; ++j) {
          indices.back() = b.add(firstColumn, i * kMmaColumns + j);
          Value value = multiply(elements.getResult(row % 2 * 2 + j), inverse);
          b.store(arith::TruncFOp::create(b, op.getElementType(), value),
                  op.getInit(), indices);
        }
      }
    });
  }
}

void grow::emitTensorCoreAttention(LoopBuilder &b, FusedAttentionOp op,
                                   const AttentionTile &tile) {
  AttentionEmitter(b, op, tile).emit();
}
