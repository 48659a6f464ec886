//===- Contractions.cpp - Contractions by a workgroup ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A thread holds a tile of the result in registers. For blocks of many rows the
// threads copy a strip of the depth of both operands to memory that they share,
// and all multiply it. A block of few rows reads its operands where they lie.
//
// Threads beyond the end of a block read its last row or column again, and
// store nothing: no step is conditional.
//
//===----------------------------------------------------------------------===//

#include "Contractions.h"

#include "../Utils/LoopBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace grow;

/// Rows that are multiplied without copies, and as one tile.
static constexpr int64_t kFewRows = 8;

namespace {

/// How a part of the result is divided among threads: neighbouring rows and
/// columns belong to different threads.
struct Tiling {
  int64_t rowThreads, columnThreads;
  /// Of one thread.
  int64_t rows, columns;

  int64_t getRows() const { return rowThreads * rows; }
  int64_t getColumns() const { return columnThreads * columns; }
};

/// The largest value that a size can have.
int64_t getMost(Value size) {
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, ValueBoundsConstraintSet::Variable(size),
      /*stopCondition=*/nullptr, /*closedUB=*/true);
  return failed(bound) ? std::numeric_limits<int32_t>::max()
                       : std::max<int64_t>(*bound, 1);
}

Tiling getTiling(int64_t mostRows, int64_t mostColumns, int64_t threads) {
  constexpr int64_t kMostRegisters = 8, kColumns = 64;
  if (mostRows <= kFewRows)
    return {1, threads, mostRows,
            std::clamp<int64_t>(llvm::divideCeil(mostColumns, threads), 1, 4)};
  int64_t columnThreads =
      std::min<int64_t>(16, llvm::PowerOf2Ceil(mostColumns));
  int64_t rowThreads = std::max<int64_t>(threads / columnThreads, 1);
  int64_t columns = std::min(mostColumns, kColumns);
  return {rowThreads, columnThreads,
          std::clamp<int64_t>(llvm::divideCeil(mostRows, rowThreads), 1,
                              kMostRegisters),
          std::max<int64_t>(llvm::divideCeil(columns, columnThreads), 1)};
}

/// Whether the threads of the workgroup share the buffer.
bool isShared(Value buffer) {
  while (Operation *op = buffer.getDefiningOp()) {
    if (isa<memref::MemorySpaceCastOp>(op))
      return true;
    if (!isa<ViewLikeOpInterface>(op))
      return false;
    buffer = op->getOperand(0);
  }
  return false;
}

class Emitter {
public:
  Emitter(OpBuilder &builder, linalg::GenericOp op,
          const ContractionLoops &loops, ArrayRef<Value> sizes,
          const Workgroup &workgroup)
      : b(op.getLoc(), builder), op(op), loops(loops), sizes(sizes),
        workgroup(workgroup),
        type(getElementTypeOrSelf(op.getDpsInitOperand(0)->get())),
        at(sizes.size()) {
    rows = loops.row ? sizes[*loops.row] : b.constant(1);
    columns = sizes[loops.column];
    SmallVector<Value> depths;
    for (unsigned loop : loops.depth)
      depths.push_back(sizes[loop]);
    depth = b.product(depths);
  }

  void emit() {
    enterOuterLoops();
    int64_t mostRows = getMost(rows), mostColumns = getMost(columns);
    Tiling large = getTiling(mostRows, mostColumns, workgroup.threads);
    if (mostRows <= kFewRows || getConstantIntValue(rows))
      return emitBlock(large);
    // A block may have few rows because the tensor has.
    b.branch(
        b.isBelow(rows, kFewRows + 1),
        [&] { emitBlock(getTiling(kFewRows, mostColumns, workgroup.threads)); },
        [&] { emitBlock(large); });
  }

private:
  void enterLoop(Value end, int64_t step, Value &iv) {
    auto loop = scf::ForOp::create(b, b.constant(0), end, b.constant(step));
    b.setInsertionPointToStart(loop.getBody());
    iv = loop.getInductionVar();
  }

  void enterOuterLoops() {
    for (unsigned loop : loops.outer)
      enterLoop(sizes[loop], 1, at[loop]);
  }

  /// The insertion point is where the block's parts have been computed
  /// afterwards.
  void emitBlock(const Tiling &newTiling) {
    tiling = newTiling;
    OpBuilder::InsertionGuard guard(b);
    firstRow = firstColumn = b.constant(0);
    if (getMost(rows) > tiling.getRows() && tiling.rowThreads > 1)
      enterLoop(rows, tiling.getRows(), firstRow);
    if (getMost(columns) > tiling.getColumns())
      enterLoop(columns, tiling.getColumns(), firstColumn);
    rowThread = tiling.rowThreads == 1
                    ? b.constant(0)
                    : b.div(workgroup.thread, tiling.columnThreads);
    columnThread = tiling.rowThreads == 1
                       ? workgroup.thread
                       : b.rem(workgroup.thread, tiling.columnThreads);
    emitPart();
  }

  Value getRow(int64_t i) {
    return b.add(b.add(firstRow, rowThread), i * tiling.rowThreads);
  }
  Value getColumn(int64_t j) {
    return b.add(b.add(firstColumn, columnThread), j * tiling.columnThreads);
  }
  Value clamp(Value index, Value size) {
    return b.minUnsigned(index, b.sub(size, b.constant(1)));
  }

  void emitPart() {
    SmallVector<Value> tile;
    OpOperand &result = *op.getDpsInitOperand(0);
    for (int64_t i = 0; i < tiling.rows; ++i)
      for (int64_t j = 0; j < tiling.columns; ++j) {
        place(clamp(getRow(i), rows), clamp(getColumn(j), columns), Value());
        tile.push_back(load(result));
      }
    tile = prepareStrips() ? multiplyStrips(tile) : multiplyInPlace(tile);
    store(result, tile);
    gpu::BarrierOp::create(b);
  }

  void store(OpOperand &result, ArrayRef<Value> tile) {
    for (int64_t i = 0; i < tiling.rows; ++i)
      for (int64_t j = 0; j < tiling.columns; ++j) {
        OpBuilder::InsertionGuard guard(b);
        Value row = getRow(i), column = getColumn(j);
        enterIfInside(row, rows, tiling.getRows());
        enterIfInside(column, columns, tiling.getColumns());
        place(row, column, Value());
        b.store(tile[i * tiling.columns + j], result.get(), index(result));
      }
  }

  /// Nothing is to be asked where parts of `part` divide the size.
  void enterIfInside(Value at, Value size, int64_t part) {
    std::optional<int64_t> known = getConstantIntValue(size);
    if (known && *known % part == 0)
      return;
    auto branch = scf::IfOp::create(b, b.isBelow(at, size),
                                    /*withElseRegion=*/false);
    b.setInsertionPointToStart(branch.thenBlock());
  }

  //===--------------------------------------------------------------------===//
  // Steps
  //===--------------------------------------------------------------------===//

  using Reader = function_ref<Value(int64_t, Value)>;

  /// `tile` after the steps from 0 to `end`: `readRow(i, k)` is entry k of the
  /// thread's row i.
  SmallVector<Value> step(Value end, ArrayRef<Value> tile, Reader readRow,
                          Reader readColumn) {
    auto multiply = [&](Value k, ValueRange sums) {
      SmallVector<Value> inRow, inColumn, next;
      for (int64_t i = 0; i < tiling.rows; ++i)
        inRow.push_back(readRow(i, k));
      for (int64_t j = 0; j < tiling.columns; ++j)
        inColumn.push_back(readColumn(j, k));
      for (int64_t i = 0; i < tiling.rows; ++i)
        for (int64_t j = 0; j < tiling.columns; ++j)
          next.push_back(math::FmaOp::create(b, inRow[i], inColumn[j],
                                             sums[i * tiling.columns + j]));
      return next;
    };
    return b.loop(b.constant(0), end, 1, tile, multiply);
  }

  SmallVector<Value> multiplyInPlace(ArrayRef<Value> tile) {
    // Others may store what this thread, beyond the end, has just read.
    gpu::BarrierOp::create(b);
    OpOperand &x = op->getOpOperand(loops.rowOperand);
    OpOperand &y = op->getOpOperand(loops.columnOperand);
    return step(
        depth, tile,
        [&](int64_t i, Value k) {
          place(clamp(getRow(i), rows), Value(), k);
          return loadWide(x);
        },
        [&](int64_t j, Value k) {
          place(Value(), clamp(getColumn(j), columns), k);
          return loadWide(y);
        });
  }

  //===--------------------------------------------------------------------===//
  // Strips
  //===--------------------------------------------------------------------===//

  /// Reserves memory for a strip of both operands; false if they are to be read
  /// in place.
  bool prepareStrips() {
    if (tiling.rowThreads == 1 || isShared(op->getOperand(loops.rowOperand)))
      return false;
    constexpr int64_t kStripBytes = 64;
    stripDepth = kStripBytes / (type.getIntOrFloatBitWidth() / 8);
    int64_t lines = tiling.getRows() + tiling.getColumns();
    strips = workgroup.share(type, lines * stripDepth);
    return strips != nullptr;
  }

  SmallVector<Value> multiplyStrips(ArrayRef<Value> tile) {
    int64_t columnsBegin = tiling.getRows() * stripDepth;
    auto multiply = [&](Value first, ValueRange sums) {
      gpu::BarrierOp::create(b);
      copyStrip(op->getOpOperand(loops.rowOperand), first, /*isRow=*/true,
                tiling.getRows(), 0);
      copyStrip(op->getOpOperand(loops.columnOperand), first, /*isRow=*/false,
                tiling.getColumns(), columnsBegin);
      gpu::BarrierOp::create(b);
      Value end = b.constant(stripDepth);
      std::optional<int64_t> known = getConstantIntValue(depth);
      if (!known || *known % stripDepth != 0)
        end = b.minUnsigned(end, b.sub(depth, first));
      return step(
          end, llvm::to_vector(sums),
          [&](int64_t i, Value k) {
            return readStrip(k, tiling.getRows(), rowThread,
                             i * tiling.rowThreads);
          },
          [&](int64_t j, Value k) {
            return readStrip(k, tiling.getColumns(), columnThread,
                             columnsBegin + j * tiling.columnThreads);
          });
    };
    return b.loop(b.constant(0), depth, stripDepth, tile, multiply);
  }

  Value readStrip(Value k, int64_t lines, Value thread, int64_t offset) {
    return b.load(strips, b.add(b.mul(k, lines), b.add(thread, offset)));
  }

  /// Copies the depths from `first` on of `lines` rows or columns, in memory
  /// from `begin` on: entries of one depth are neighbours there. Neighbouring
  /// threads read neighbouring entries of the operand.
  void copyStrip(OpOperand &operand, Value first, bool isRow, int64_t lines,
                 int64_t begin) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    bool isDepthInner = llvm::is_contained(
        loops.depth, map.getDimPosition(map.getNumResults() - 1));
    int64_t size = isDepthInner ? stripDepth : lines;
    b.loop(workgroup.thread, b.constant(lines * stripDepth), workgroup.threads,
           [&](Value entry) {
             Value outer = b.div(entry, size), inner = b.rem(entry, size);
             Value line = isDepthInner ? outer : inner;
             Value k = isDepthInner ? inner : outer;
             Value from = clamp(b.add(first, k), depth);
             if (isRow)
               place(clamp(b.add(firstRow, line), rows), Value(), from);
             else
               place(Value(), clamp(b.add(firstColumn, line), columns), from);
             Value to = b.add(b.add(b.mul(k, lines), line), begin);
             b.store(loadWide(operand), strips, to);
           });
  }

  //===--------------------------------------------------------------------===//
  // Operands
  //===--------------------------------------------------------------------===//

  /// Sets the loops to a row, a column and a depth; those that are null are not
  /// used by what is accessed next.
  void place(Value row, Value column, Value k) {
    if (loops.row && row)
      at[*loops.row] = row;
    if (column)
      at[loops.column] = column;
    if (!k)
      return;
    SmallVector<Value> depths;
    for (unsigned loop : loops.depth)
      depths.push_back(sizes[loop]);
    for (auto [loop, coordinate] :
         llvm::zip_equal(loops.depth, b.delinearize(k, depths)))
      at[loop] = coordinate;
  }

  SmallVector<Value> index(OpOperand &operand) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<Value> indices;
    for (unsigned i = 0; i < map.getNumResults(); ++i)
      indices.push_back(at[map.getDimPosition(i)]);
    return indices;
  }

  Value load(OpOperand &operand) {
    return b.load(operand.get(), index(operand));
  }
  Value loadWide(OpOperand &operand) { return b.extend(load(operand), type); }

  LoopBuilder b;
  linalg::GenericOp op;
  const ContractionLoops &loops;
  ArrayRef<Value> sizes;
  const Workgroup &workgroup;
  Type type;
  /// The loops' places of the access that is emitted.
  SmallVector<Value> at;
  Value rows, columns, depth;

  /// The part that is emitted.
  Tiling tiling;
  Value firstRow, firstColumn, rowThread, columnThread, strips;
  int64_t stripDepth = 0;
};

} // namespace

void grow::emitContraction(OpBuilder &builder, linalg::GenericOp op,
                           const ContractionLoops &loops, ArrayRef<Value> sizes,
                           const Workgroup &workgroup) {
  OpBuilder::InsertionGuard guard(builder);
  Emitter(builder, op, loops, sizes, workgroup).emit();
}
