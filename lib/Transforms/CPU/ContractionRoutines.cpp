//===- ContractionRoutines.cpp - Functions that multiply ------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the inside to the outside: a tile of the result in registers, all rows
// times a panel, a single row times all panels, all rows times all columns.
//
//===----------------------------------------------------------------------===//

#include "ContractionRoutines.h"

using namespace mlir;
using namespace grow;

namespace {

//===----------------------------------------------------------------------===//
// A register tile
//===----------------------------------------------------------------------===//

/// Emits `multiply_tile(rows, panel, result, accumulate)`: the products of as
/// many rows as the name says with a block of a panel, added to the result or,
/// if `accumulate` is false, written to it. A function for each number of rows:
/// in one function for all, registers would not suffice for what they share.
class TileEmitter {
public:
  TileEmitter(LoopBuilder &b, const ContractionKernel &kernel,
              ValueRange arguments, int64_t count)
      : b(b), kernel(kernel), rows(arguments[0]), panel(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), count(count) {}

  static func::FuncOp get(ContractionRoutines &routines,
                          const ContractionKernel &kernel, int64_t count) {
    return routines.getOrEmit("multiply_tile_" + kernel.getTileName(count),
                              getArguments(kernel),
                              [&](LoopBuilder &b, ValueRange arguments) {
                                TileEmitter(b, kernel, arguments, count).emit();
                              });
  }
  static SmallVector<Type> getArguments(const ContractionKernel &kernel) {
    return {kernel.getTileRowsType(), kernel.getPanelType(),
            kernel.getResultType(),
            IntegerType::get(kernel.element.getContext(), 1)};
  }

private:
  void emit();
  SmallVector<Value> getPlace(int64_t sum);
  SmallVector<Value> loadSums();
  SmallVector<Value> addProducts(ValueRange init);
  SmallVector<Value> addSteps(Value first, int64_t steps, ValueRange init);

  LoopBuilder &b;
  const ContractionKernel &kernel;
  Value rows, panel, result, accumulate;
  int64_t count;
};

void TileEmitter::emit() {
  SmallVector<Value> sums = addProducts(loadSums());
  for (auto [i, sum] : llvm::enumerate(sums))
    b.store(sum, result, getPlace(i));
}

/// Where a vector of sums belongs in the result.
SmallVector<Value> TileEmitter::getPlace(int64_t sum) {
  int64_t vectors = kernel.tile.vectors;
  return {b.constant(sum / vectors),
          b.constant(sum % vectors * kernel.tile.vectorLength)};
}

SmallVector<Value> TileEmitter::loadSums() {
  VectorType vector = kernel.getVector();
  SmallVector<Type> types(count * kernel.tile.vectors, vector);
  return b.choose(
      types, accumulate,
      [&] {
        SmallVector<Value> values;
        for (size_t i = 0; i < types.size(); ++i)
          values.push_back(b.load(vector, result, getPlace(i)));
        return values;
      },
      [&] { return SmallVector<Value>(types.size(), b.getZero(vector)); });
}

/// Emits the innermost loop: the sums stay in registers. Several steps at once,
/// or counting and finding rows would cost as much as the arithmetic.
SmallVector<Value> TileEmitter::addProducts(ValueRange init) {
  constexpr int64_t kUnrolled = 4;
  Value depth = b.getDim(panel, 0), zero = b.constant(0);
  Value whole = b.sub(depth, b.rem(depth, kUnrolled));
  auto add = [&](int64_t steps) {
    return [this, steps](Value first, ValueRange sums) {
      return addSteps(first, steps, sums);
    };
  };
  SmallVector<Value> sums =
      b.loop(zero, whole, kUnrolled, init, add(kUnrolled));
  return b.loop(whole, depth, 1, sums, add(1));
}

SmallVector<Value> TileEmitter::addSteps(Value first, int64_t steps,
                                         ValueRange init) {
  VectorType vector = kernel.getVector();
  int64_t vectors = kernel.tile.vectors;
  SmallVector<Value> sums(init);
  for (int64_t step = 0; step < steps; ++step) {
    Value k = b.add(first, step);
    SmallVector<Value> columns;
    for (int64_t i = 0; i < vectors; ++i)
      columns.push_back(
          b.load(vector, panel, {k, b.constant(i * kernel.tile.vectorLength)}));
    for (int64_t row = 0; row < count; ++row) {
      Value entry = b.load(rows, {b.constant(row), k});
      Value spread = vector::BroadcastOp::create(b, vector, entry);
      for (auto [i, column] : llvm::enumerate(columns)) {
        Value &sum = sums[row * vectors + i];
        sum = vector::FMAOp::create(b, spread, column, sum);
      }
    }
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Rows times one panel
//===----------------------------------------------------------------------===//

/// Emits `multiply_panel(rows, panel, result, accumulate, next)`: tile after
/// tile of all rows with a block of a panel, while the block after it is
/// fetched.
class PanelEmitter {
public:
  PanelEmitter(LoopBuilder &b, const ContractionKernel &kernel,
               ValueRange arguments, ContractionRoutines &routines)
      : b(b), kernel(kernel), rows(arguments[0]), panel(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), next(arguments[4]),
        routines(routines) {}

  static func::FuncOp get(ContractionRoutines &routines,
                          const ContractionKernel &kernel) {
    SmallVector<Type> types = TileEmitter::getArguments(kernel);
    types.push_back(kernel.getPanelType());
    return routines.getOrEmit(
        "multiply_panel_" + kernel.getTileName(), types,
        [&](LoopBuilder &b, ValueRange arguments) {
          PanelEmitter(b, kernel, arguments, routines).emit();
        });
  }

private:
  /// How rows are divided among tiles.
  struct Division {
    Value tiles;
    Value fewer;  // rows of the later tiles
    Value larger; // tiles that have one row more
  };

  void emit();
  Division divideRows();
  void emitTile(const Division &division, Value tile);
  void callTile(Value count, ValueRange arguments);
  void fetch(Value tile, Value tiles);
  void copy(Value from, Value to, Value rowCount, Value columnCount);

  LoopBuilder &b;
  const ContractionKernel &kernel;
  Value rows, panel, result, accumulate, next;
  ContractionRoutines &routines;
  Value scratch; // for a tile
};

void PanelEmitter::emit() {
  auto tileType =
      MemRefType::get({kernel.tile.rows, kernel.getWidth()}, kernel.element);
  scratch =
      memref::CastOp::create(b, kernel.getResultType(), b.allocate(tileType));
  Division division = divideRows();
  b.loop(division.tiles, [&](Value tile) {
    fetch(tile, division.tiles);
    emitTile(division, tile);
  });
}

/// As even as possible: no tile of one row after many of six.
PanelEmitter::Division PanelEmitter::divideRows() {
  Value rowCount = b.getDim(result, 0);
  Value tiles = b.ceilDiv(rowCount, kernel.tile.rows);
  // Without rows there is no tile to divide by, and nothing to do.
  Value fewer = b.div(rowCount, b.max(tiles, 1));
  return {tiles, fewer, b.sub(rowCount, b.mul(fewer, tiles))};
}

/// A result narrower than the panel is computed beside and copied.
void PanelEmitter::emitTile(const Division &division, Value tile) {
  auto [tiles, fewer, larger] = division;
  Value first = b.add(b.mul(tile, fewer), b.min(tile, larger));
  Value count = b.select(b.isLess(tile, larger), b.add(fewer, 1), fewer);
  Value tileRows = b.cutRows(kernel.getTileRowsType(), rows, first, count);
  Value place = b.cutRows(kernel.getResultType(), result, first, count);
  Value columnCount = b.getDim(result, 1);
  Value width = b.constant(kernel.getWidth());
  Value isNarrow = b.isLess(columnCount, width);
  b.when(isNarrow, [&] { copy(place, scratch, count, columnCount); });
  callTile(count,
           {tileRows, panel, b.select(isNarrow, scratch, place), accumulate});
  b.when(isNarrow, [&] { copy(scratch, place, count, columnCount); });
}

/// Calls the function for tiles of `count` rows.
void PanelEmitter::callTile(Value count, ValueRange arguments) {
  SmallVector<int64_t> cases = llvm::to_vector(llvm::seq(kernel.tile.rows));
  auto select = scf::IndexSwitchOp::create(b, TypeRange(), b.add(count, -1),
                                           cases, cases.size());
  OpBuilder::InsertionGuard guard(b);
  for (int64_t index : cases) {
    b.createBlock(&select.getCaseRegions()[index]);
    func::CallOp::create(b, TileEmitter::get(routines, kernel, index + 1),
                         arguments);
    scf::YieldOp::create(b);
  }
  b.createBlock(&select.getDefaultRegion());
  scf::YieldOp::create(b);
}

/// Asks for a share of the next panel. Hardware does not: the next block is too
/// far away, in memory, from this one.
void PanelEmitter::fetch(Value tile, Value tiles) {
  Value depth = b.getDim(next, 0);
  Value steps = b.ceilDiv(depth, b.max(tiles, 1));
  Value from = b.mul(tile, steps);
  b.loop(from, b.min(b.add(from, steps), depth), 1, [&](Value k) {
    memref::PrefetchOp::create(b, next, ValueRange{k, b.constant(0)},
                               /*isWrite=*/false, /*localityHint=*/3,
                               /*isDataCache=*/true);
  });
}

void PanelEmitter::copy(Value from, Value to, Value rowCount,
                        Value columnCount) {
  b.loop(rowCount, [&](Value row) {
    b.loop(columnCount, [&](Value column) {
      b.store(b.load(from, {row, column}), to, {row, column});
    });
  });
}

//===----------------------------------------------------------------------===//
// One row times all panels
//===----------------------------------------------------------------------===//

/// Emits `multiply_row(rows, panels, result, accumulate)`, for a single row:
/// several panels side by side, since what limits is how fast they arrive, and
/// the sums of one alone would wait for one another.
class RowEmitter {
public:
  RowEmitter(LoopBuilder &b, const ContractionKernel &kernel,
             ValueRange arguments)
      : b(b), kernel(kernel), rows(arguments[0]), panels(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]) {}

  static func::FuncOp get(ContractionRoutines &routines,
                          const ContractionKernel &kernel) {
    return routines.getOrEmit("multiply_row_" + kernel.getName(),
                              getArguments(kernel),
                              [&](LoopBuilder &b, ValueRange arguments) {
                                RowEmitter(b, kernel, arguments).emit();
                              });
  }
  static SmallVector<Type> getArguments(const ContractionKernel &kernel) {
    return {kernel.getRowsType(), kernel.getColumnsType(),
            kernel.getResultType(),
            IntegerType::get(kernel.element.getContext(), 1)};
  }

private:
  void emit();
  void emitPanels(Value firstPanel, int64_t count);
  SmallVector<Value> addStep(Value firstPanel, Value k, ValueRange init);

  LoopBuilder &b;
  const ContractionKernel &kernel;
  Value rows, panels, result, accumulate;
};

void RowEmitter::emit() {
  constexpr int64_t kTogether = 4;
  Value whole = b.div(b.getDim(result, 1), kernel.getWidth());
  Value many = b.sub(whole, b.rem(whole, kTogether));
  b.loop(b.constant(0), many, kTogether,
         [&](Value panel) { emitPanels(panel, kTogether); });
  b.loop(many, whole, 1, [&](Value panel) { emitPanels(panel, 1); });
}

void RowEmitter::emitPanels(Value firstPanel, int64_t count) {
  VectorType vector = kernel.getVector();
  Value zero = b.constant(0), none = b.getZero(vector);
  Value firstColumn = b.mul(firstPanel, kernel.getWidth());
  SmallVector<Value> places, init;
  for (int64_t i = 0; i < count * kernel.tile.vectors; ++i) {
    places.push_back(b.add(firstColumn, i * kernel.tile.vectorLength));
    Value old = b.load(vector, result, {zero, places.back()});
    init.push_back(b.select(accumulate, old, none));
  }
  SmallVector<Value> sums =
      b.loop(zero, b.getDim(panels, 1), 1, init, [&](Value k, ValueRange sums) {
        return addStep(firstPanel, k, sums);
      });
  for (auto [place, sum] : llvm::zip_equal(places, sums))
    b.store(sum, result, {zero, place});
}

SmallVector<Value> RowEmitter::addStep(Value firstPanel, Value k,
                                       ValueRange init) {
  VectorType vector = kernel.getVector();
  VectorType stored = vector.clone(kernel.columnElement);
  int64_t vectors = kernel.tile.vectors;
  Value entry = b.load(rows, {b.constant(0), k});
  Value spread =
      vector::BroadcastOp::create(b, vector, b.extend(entry, kernel.element));
  SmallVector<Value> sums;
  for (auto [i, sum] : llvm::enumerate(init)) {
    Value lane = b.constant(i % vectors * kernel.tile.vectorLength);
    Value column =
        b.load(stored, panels, {b.add(firstPanel, i / vectors), k, lane});
    sums.push_back(vector::FMAOp::create(
        b, spread, b.extend(column, kernel.element), sum));
  }
  return sums;
}

//===----------------------------------------------------------------------===//
// Rows times columns
//===----------------------------------------------------------------------===//

/// Emits `multiply(rows, columns, result, accumulate)`: the loops over blocks
/// of the depth and over panels.
class BlockEmitter {
public:
  BlockEmitter(LoopBuilder &b, const ContractionKernel &kernel,
               ValueRange arguments, ContractionRoutines &routines)
      : b(b), kernel(kernel), rows(arguments[0]), columns(arguments[1]),
        result(arguments[2]), accumulate(arguments[3]), routines(routines) {}

  void emit();

private:
  /// A block of the depth.
  struct DepthBlock {
    Value first, size;
  };

  void emitRows();
  Value emitSingleRow();
  void emitBlocks(Value firstPanel);
  void emitBlock(Value firstPanel, DepthBlock depth, Value adds);
  Value shouldCopyRows(Value rowCount);
  Value getRows(DepthBlock depth);
  void copyRows(Value from);
  Value getPanel(Value panel, DepthBlock depth, Value columnCount);
  Value getNextPanel(Value panel, Value panels, DepthBlock depth,
                     Value current);
  Value cutPanel(Value panel, DepthBlock depth);
  void copyVectors(Value from, Value firstRow, Value firstColumn, Value depth);
  void copyEntries(DepthBlock depth, Value firstColumn, Value columnCount);

  LoopBuilder &b;
  const ContractionKernel &kernel;
  Value rows, columns, result, accumulate;
  ContractionRoutines &routines;
  Value panelScratch, rowScratch;
};

void BlockEmitter::emit() {
  if (!kernel.readsPanelsInPlace())
    panelScratch = b.allocate(kernel.getPanelScratchType());
  rowScratch = b.allocate(kernel.getRowScratchType());
  if (kernel.readsRowsInPlace())
    return emitRows();
  // As many as the copy has room for.
  Value allRows = rows, allResult = result, rowCount = b.getDim(result, 0);
  Value most = b.constant(kernel.blockRows);
  b.loop(b.constant(0), rowCount, kernel.blockRows, [&](Value first) {
    Value count = b.min(b.sub(rowCount, first), most);
    rows = b.cutRows(kernel.getRowsType(), allRows, first, count);
    result = b.cutRows(kernel.getResultType(), allResult, first, count);
    emitRows();
  });
}

void BlockEmitter::emitRows() {
  bool hasPanels = kernel.source == ColumnSource::Panels;
  emitBlocks(hasPanels ? emitSingleRow() : b.constant(0));
}

/// A single row takes whole panels at once. Returns the first panel that is
/// left: all if there are more rows, else one that is narrower.
Value BlockEmitter::emitSingleRow() {
  Value isSingle = b.isEqual(b.getDim(result, 0), b.constant(1));
  auto multiply = [&]() -> SmallVector<Value> {
    func::CallOp::create(b, RowEmitter::get(routines, kernel),
                         ValueRange{rows, columns, result, accumulate});
    return {b.div(b.getDim(result, 1), kernel.getWidth())};
  };
  auto leave = [&]() -> SmallVector<Value> { return {b.constant(0)}; };
  return b.choose(b.getIndexType(), isSingle, multiply, leave).front();
}

/// Blocks of the depth are as even as possible. They ascend, and the sums pass
/// through the result in between: the same chain of roundings as in one piece.
void BlockEmitter::emitBlocks(Value firstPanel) {
  Value depth = b.getDim(rows, 1), zero = b.constant(0);
  Value blocks = b.max(b.ceilDiv(depth, kernel.blockDepth), 1);
  Value step = b.ceilDiv(depth, blocks);
  b.loop(blocks, [&](Value block) {
    Value first = b.mul(block, step);
    Value isLater = b.isLess(zero, block);
    Value adds = arith::OrIOp::create(b, accumulate, isLater);
    emitBlock(firstPanel, {first, b.min(b.sub(depth, first), step)}, adds);
  });
}

void BlockEmitter::emitBlock(Value firstPanel, DepthBlock depth, Value adds) {
  Value rowCount = b.getDim(result, 0), columnCount = b.getDim(result, 1);
  Value width = b.constant(kernel.getWidth());
  Value blockRows = getRows(depth);
  Value panels = b.ceilDiv(columnCount, kernel.getWidth());
  b.loop(firstPanel, panels, 1, [&](Value panel) {
    Value first = b.mul(panel, kernel.getWidth());
    Value count = b.min(b.sub(columnCount, first), width);
    Value panelBlock = getPanel(panel, depth, count);
    Value next = getNextPanel(panel, panels, depth, panelBlock);
    Value place = b.view(kernel.getResultType(), result,
                         {b.getIndexAttr(0), first}, {rowCount, count});
    func::CallOp::create(b, PanelEmitter::get(routines, kernel),
                         ValueRange{blockRows, panelBlock, place, adds, next});
  });
}

/// Rows may lie such that a block of them meets in a few sets of the caches:
/// then, and if they are of another type or strided, a copy is read. Few rows
/// do no harm, and more than the copy has room for are read in place.
Value BlockEmitter::shouldCopyRows(Value rowCount) {
  constexpr int64_t kFewRows = 24;
  constexpr int64_t kBadStride = 2048; // bytes
  int64_t entries = kBadStride / (kernel.element.getIntOrFloatBitWidth() / 8);
  auto buffer = memref::ExtractStridedMetadataOp::create(b, rows);
  Value isBad =
      b.isEqual(b.rem(buffer.getStrides()[0], entries), b.constant(0));
  Value areMany = b.isAtLeast(rowCount, b.constant(kFewRows));
  Value fit = b.isAtLeast(b.constant(kernel.blockRows), rowCount);
  return arith::AndIOp::create(b, isBad,
                               arith::AndIOp::create(b, areMany, fit));
}

/// A block of the rows in the accumulators' type: where they lie, or copied.
Value BlockEmitter::getRows(DepthBlock depth) {
  Value rowCount = b.getDim(result, 0);
  Attribute zero = b.getIndexAttr(0);
  Value inPlace = b.view(kernel.getRowsType(), rows, {zero, depth.first},
                         {rowCount, depth.size});
  Value scratch =
      memref::CastOp::create(b, kernel.getTileRowsType(), rowScratch);
  Value copied = b.view(kernel.getTileRowsType(), scratch, {zero, zero},
                        {rowCount, depth.size});
  if (!kernel.readsRowsInPlace()) {
    copyRows(inPlace);
    return copied;
  }
  Value copies = shouldCopyRows(rowCount);
  b.when(copies, [&] { copyRows(inPlace); });
  return b.select(copies, copied, inPlace);
}

void BlockEmitter::copyRows(Value from) {
  b.loop(b.getDim(from, 0), [&](Value row) {
    b.loop(b.getDim(from, 1), [&](Value k) {
      Value entry = b.load(from, {row, k});
      b.store(b.extend(entry, kernel.element), rowScratch, {row, k});
    });
  });
}

/// A block of a panel in the accumulators' type: where it lies, or copied to
/// the scratch buffer. There, columns beyond the last are zero.
Value BlockEmitter::getPanel(Value panel, DepthBlock depth, Value columnCount) {
  Value zero = b.constant(0), first = b.mul(panel, kernel.getWidth());
  switch (kernel.source) {
  case ColumnSource::Panels: {
    Value block = cutPanel(panel, depth);
    if (kernel.readsPanelsInPlace())
      return block;
    copyVectors(block, zero, zero, depth.size);
    break;
  }
  case ColumnSource::Rows:
    b.branch(
        b.isAtLeast(columnCount, b.constant(kernel.getWidth())),
        [&] { copyVectors(columns, depth.first, first, depth.size); },
        [&] { copyEntries(depth, first, columnCount); });
    break;
  case ColumnSource::Matrix:
    copyEntries(depth, first, columnCount);
    break;
  }
  Value scratch =
      memref::CastOp::create(b, kernel.getPanelType(), panelScratch);
  return b.cutRows(kernel.getPanelType(), scratch, zero, depth.size);
}

/// The block of the panel after `panel`, if panels are read in place; else the
/// one that is at hand.
Value BlockEmitter::getNextPanel(Value panel, Value panels, DepthBlock depth,
                                 Value current) {
  if (!kernel.readsPanelsInPlace())
    return current;
  return cutPanel(b.min(b.add(panel, 1), b.add(panels, -1)), depth);
}

Value BlockEmitter::cutPanel(Value panel, DepthBlock depth) {
  return b.view(
      kernel.getStoredPanelType(), columns,
      {panel, depth.first, b.getIndexAttr(0)},
      {b.getIndexAttr(1), depth.size, b.getIndexAttr(kernel.getWidth())});
}

/// Copies `depth` rows as wide as a panel, from this place of a matrix on.
void BlockEmitter::copyVectors(Value from, Value firstRow, Value firstColumn,
                               Value depth) {
  VectorType stored = kernel.getVector().clone(kernel.columnElement);
  b.loop(depth, [&](Value k) {
    for (int64_t i = 0; i < kernel.tile.vectors; ++i) {
      int64_t lane = i * kernel.tile.vectorLength;
      Value entries =
          b.load(stored, from, {b.add(firstRow, k), b.add(firstColumn, lane)});
      b.store(b.extend(entries, kernel.element), panelScratch,
              {k, b.constant(lane)});
    }
  });
}

/// Copies columns one by one, and fills the panel up with zeros.
void BlockEmitter::copyEntries(DepthBlock depth, Value firstColumn,
                               Value columnCount) {
  b.loop(depth.size, [&](Value k) {
    Value row = b.add(depth.first, k);
    b.loop(columnCount, [&](Value lane) {
      Value entry = b.load(columns, {row, b.add(firstColumn, lane)});
      b.store(b.extend(entry, kernel.element), panelScratch, {k, lane});
    });
    b.loop(columnCount, b.constant(kernel.getWidth()), 1, [&](Value lane) {
      b.store(b.getZero(kernel.element), panelScratch, {k, lane});
    });
  });
}

} // namespace

//===----------------------------------------------------------------------===//
// Functions of a module
//===----------------------------------------------------------------------===//

func::FuncOp ContractionRoutines::getMultiply(const ContractionKernel &kernel) {
  return getOrEmit("multiply_" + kernel.getName(),
                   RowEmitter::getArguments(kernel),
                   [&](LoopBuilder &b, ValueRange arguments) {
                     BlockEmitter(b, kernel, arguments, *this).emit();
                   });
}

func::FuncOp ContractionRoutines::getOrEmit(
    StringRef name, ArrayRef<Type> arguments,
    function_ref<void(LoopBuilder &, ValueRange)> emit) {
  if (func::FuncOp function = functions.lookup(name))
    return function;
  func::FuncOp function = create(name, arguments);
  functions[name] = function;
  LoopBuilder b(function.getLoc(), function.getContext());
  b.setInsertionPointToStart(function.addEntryBlock());
  emit(b, function.getArguments());
  func::ReturnOp::create(b);
  return function;
}

func::FuncOp ContractionRoutines::create(StringRef name,
                                         ArrayRef<Type> arguments) {
  Operation *module = symbols.getOp();
  MLIRContext *context = module->getContext();
  auto function = func::FuncOp::create(
      module->getLoc(), name, FunctionType::get(context, arguments, {}));
  function.setPrivate();
  // Inlined, it would be compiled again for each contraction.
  function->setAttr("passthrough",
                    Builder(context).getStrArrayAttr({"noinline"}));
  symbols.insert(function); // under another name if there is one like it
  return function;
}
