//===- LowerContractions.cpp - Packed, tiled, vectorised contractions -----===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The blocking is that of Goto and van de Geijn: blocks of both operands are
// copied into panels that the kernel reads front to back. Names: a contraction
// has `rows` (the loop m), `columns` (the loop n, innermost in the result) and
// `depth` (its reduction loops); every other loop is an outer one. The "lanes"
// of an operand are its rows or columns, whichever it has.
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERCONTRACTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

unsigned grow::getHostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  if (features.lookup("avx512f") && features.lookup("avx512vl"))
    return 512;
  return features.lookup("avx2") && features.lookup("fma") ? 256 : 128;
}

namespace {

//===----------------------------------------------------------------------===//
// What is a contraction
//===----------------------------------------------------------------------===//

/// A buffer and how the loops of a structured op index it.
struct Access {
  Value buffer;
  AffineMap map;

  MemRefType getType() const { return cast<MemRefType>(buffer.getType()); }

  bool uses(unsigned loop) const { return map.isFunctionOfDim(loop); }

  /// Neighbouring iterations of `loop` touch neighbouring elements.
  bool isContiguousAlong(unsigned loop) const {
    return map.getNumResults() > 0 && getType().isLastDimUnitStride() &&
           map.getDimPosition(map.getNumResults() - 1) == loop;
  }

  SmallVector<Value> getIndices(ArrayRef<Value> loopIndices) const {
    SmallVector<Value> indices;
    for (unsigned i = 0, end = map.getNumResults(); i < end; ++i)
      indices.push_back(loopIndices[map.getDimPosition(i)]);
    return indices;
  }
};

struct Contraction {
  Access rows, columns, result;
  std::optional<unsigned> rowLoop; // none: a vector times a matrix
  unsigned columnLoop;
  SmallVector<unsigned> depthLoops;
  SmallVector<unsigned> outerLoops;

  Type getElementType() const { return result.getType().getElementType(); }
};

Value skipExtension(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : value;
}

/// The body is `fma(extf? x, extf? y, acc)` in either order of x and y.
bool hasContractionBody(linalg::GenericOp op) {
  Block &body = *op.getBlock();
  auto step = body.getTerminator()->getOperand(0).getDefiningOp<math::FmaOp>();
  if (!step || step.getC() != body.getArgument(2))
    return false;
  Value x = skipExtension(step.getA()), y = skipExtension(step.getB());
  return (x == body.getArgument(0) && y == body.getArgument(1)) ||
         (x == body.getArgument(1) && y == body.getArgument(0));
}

/// Chooses the row loop among those that only the row operand uses: a dynamic
/// one (batch, sequence) before the largest static one.
std::optional<unsigned> chooseRowLoop(linalg::GenericOp op,
                                      const Contraction &contraction) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto weight = [&](unsigned loop) {
    return ShapedType::isDynamic(sizes[loop])
               ? std::numeric_limits<int64_t>::max()
               : sizes[loop];
  };
  std::optional<unsigned> best;
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind != utils::IteratorType::parallel || !contraction.rows.uses(loop) ||
        contraction.columns.uses(loop) || !contraction.result.uses(loop))
      continue;
    if (!best || weight(loop) >= weight(*best))
      best = loop;
  }
  return best;
}

FailureOr<Contraction> matchContraction(RewriterBase &rewriter,
                                        linalg::GenericOp op) {
  auto refuse = [&](const char *reason) {
    return rewriter.notifyMatchFailure(op, reason);
  };
  if (!op.hasPureBufferSemantics() || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || op.getNumReductionLoops() == 0)
    return refuse("not a reduction of two buffers into one");
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (!llvm::all_of(
          maps, [](AffineMap map) { return map.isProjectedPermutation(); }) ||
      !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
    return refuse("an operand is not indexed by loops as they are");
  if (!hasContractionBody(op))
    return refuse("the body is not one fused multiply-add");

  Contraction contraction;
  contraction.result = {op.getDpsInitOperand(0)->get(), maps[2]};
  if (!isa<Float32Type, Float64Type>(contraction.getElementType()))
    return refuse("the accumulator is neither f32 nor f64");
  if (maps[2].getNumResults() == 0)
    return refuse("the result is a scalar");
  unsigned columnLoop = maps[2].getDimPosition(maps[2].getNumResults() - 1);
  if (!contraction.result.isContiguousAlong(columnLoop))
    return refuse("the result's innermost dimension is strided");
  bool swapped = maps[0].isFunctionOfDim(columnLoop);
  if (swapped == maps[1].isFunctionOfDim(columnLoop))
    return refuse("the result's innermost loop is not one operand's alone");

  contraction.columnLoop = columnLoop;
  contraction.rows = {op.getOperand(swapped ? 1 : 0), maps[swapped ? 1 : 0]};
  contraction.columns = {op.getOperand(swapped ? 0 : 1), maps[swapped ? 0 : 1]};
  contraction.rowLoop = chooseRowLoop(op, contraction);
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind == utils::IteratorType::reduction)
      contraction.depthLoops.push_back(loop);
    else if (loop != columnLoop && contraction.rowLoop != loop)
      contraction.outerLoops.push_back(loop);
  }
  return contraction;
}

//===----------------------------------------------------------------------===//
// Shape of the blocks
//===----------------------------------------------------------------------===//

struct Blocking {
  int64_t vectorLength;          // elements of a register
  int64_t tileRows, tileColumns; // register tile; columns are whole vectors
  int64_t blockRows, blockColumns, blockDepth;
};

/// The largest block up to `most` that cuts `size` into equal parts, an even
/// number of them if `even`; a multiple of `step`.
int64_t balanceBlock(int64_t size, int64_t most, int64_t step, bool even) {
  most = llvm::alignTo(std::max(most, step), step);
  if (ShapedType::isDynamic(size))
    return most;
  int64_t parts = llvm::divideCeil(std::max<int64_t>(size, 1), most);
  if (even && parts > 1)
    parts = llvm::alignTo(parts, 2);
  return llvm::alignTo(llvm::divideCeil(std::max<int64_t>(size, 1), parts),
                       step);
}

/// The elements of a row or column that are transposed together: a power of
/// two that divides `lanes` and fits a register.
int64_t getTransposeUnit(int64_t lanes, int64_t vectorLength) {
  return std::min(vectorLength, lanes & -lanes);
}

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Emits the loops of one contraction.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, const Contraction &contraction,
          const Blocking &blocking, ArrayRef<Value> sizes)
      : b(b), contraction(contraction), blocking(blocking), sizes(sizes),
        loopIndices(sizes.size()), element(contraction.getElementType()) {}

  void emit();

private:
  // A range of lanes of one operand and where its panels are.
  struct Lanes {
    const Access &access;
    std::optional<unsigned> loop;
    Value start, count;
    int64_t width; // of a panel
    Value panels;  // memref<panel x depth x lane>
  };

  void emitBlock(Value columnStart, Value rowStart);
  void emitKernels(const Lanes &rows, const Lanes &columns, Value depth);

  // Packing.
  void pack(const Lanes &lanes, Value depthStart, Value depth);
  void packPanel(const Lanes &lanes, Value panel, Value depthStart,
                 Value depth);
  void packVectors(const Lanes &lanes, Value panel, Value depthStart,
                   Value depth);
  void packTransposed(const Lanes &lanes, Value panel, Value depthStart,
                      Value depth);
  void packScalars(const Lanes &lanes, Value panel, Value depthStart,
                   Value depth);
  void setLane(const Lanes &lanes, Value lane);
  void setDepth(Value flat);
  SmallVector<Value> transpose(SmallVector<Value> rows);

  // The kernel: one register tile of the result.
  struct Tile {
    Value rowStart, columnStart; // in the result
    Value rowCount, columnCount; // valid, at most the tile's
    Value isFull;
  };
  SmallVector<Value> loadTile(const Tile &tile);
  void storeTile(const Tile &tile, ValueRange vectors);
  SmallVector<Value> getTileIndices(const Tile &tile, Value row,
                                    int64_t vector);
  SmallVector<Value> getColumnMasks(const Tile &tile);
  SmallVector<Value> accumulate(const Lanes &rows, Value rowPanel,
                                const Lanes &columns, Value columnPanel,
                                Value depth, ValueRange init);

  // Abbreviations.
  int64_t getTileVectors() const {
    return blocking.tileColumns / blocking.vectorLength;
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, constant(y)) : x; }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, x, y); }
  Value mul(Value x, int64_t y) {
    return arith::MulIOp::create(b, x, constant(y));
  }
  Value min(Value x, Value y) { return arith::MinSIOp::create(b, x, y); }
  Value ceilDiv(Value x, int64_t y) {
    return arith::CeilDivUIOp::create(b, x, constant(y));
  }
  Value isAtLeast(Value x, Value y) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, x, y);
  }
  VectorType getVectorType(int64_t length, Type type) {
    return VectorType::get(length, type);
  }
  Value getZero(Type type) {
    return arith::ConstantOp::create(b, b.getZeroAttr(type));
  }
  /// Converts a scalar or vector of an operand to the accumulator's type.
  Value extend(Value value) {
    if (getElementTypeOrSelf(value) == element)
      return value;
    Type type = element;
    if (auto vector = dyn_cast<VectorType>(value.getType()))
      type = vector.clone(element);
    return arith::ExtFOp::create(b, type, value);
  }
  /// Emits `for (index = from; index < to; index += step) body(index)`.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(b, from, to, constant(step));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  /// Emits `if (condition) { onTrue(); } else { onFalse(); }`.
  void branch(Value condition, llvm::function_ref<void()> onTrue,
              llvm::function_ref<void()> onFalse) {
    auto op = scf::IfOp::create(b, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(op.thenBlock());
    onTrue();
    b.setInsertionPointToStart(op.elseBlock());
    onFalse();
  }

  ImplicitLocOpBuilder &b;
  const Contraction &contraction;
  const Blocking &blocking;
  ArrayRef<Value> sizes;          // of the contraction's loops
  SmallVector<Value> loopIndices; // where emission is, per loop
  Type element;                   // of accumulators and panels
};

void Emitter::emit() {
  SmallVector<Value> from, to, step;
  auto addLoop = [&](Value size, int64_t by) {
    from.push_back(constant(0));
    to.push_back(size);
    step.push_back(constant(by));
  };
  for (unsigned outer : contraction.outerLoops)
    addLoop(sizes[outer], 1);
  addLoop(sizes[contraction.columnLoop], blocking.blockColumns);
  if (contraction.rowLoop)
    addLoop(sizes[*contraction.rowLoop], blocking.blockRows);

  auto parallel = scf::ParallelOp::create(b, from, to, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(parallel.getBody());
  SmallVector<Value> inductionVars(parallel.getInductionVars());
  ArrayRef<Value> indices = inductionVars;
  for (unsigned outer : contraction.outerLoops) {
    loopIndices[outer] = indices.front();
    indices = indices.drop_front();
  }
  emitBlock(indices[0], contraction.rowLoop ? indices[1] : constant(0));
}

/// Emits the work of one thread. The panels are on the heap: a stack buffer in
/// a loop would need a scope, which scf and its lowerings drop, and malloc
/// returns the same warm memory each time.
void Emitter::emitBlock(Value columnStart, Value rowStart) {
  auto createPanels = [&](int64_t block, int64_t width) -> Value {
    auto type =
        MemRefType::get({static_cast<int64_t>(llvm::divideCeil(block, width)),
                         blocking.blockDepth, width},
                        element);
    return memref::AllocOp::create(b, type, b.getI64IntegerAttr(64));
  };
  Value rowCount = constant(1);
  if (contraction.rowLoop)
    rowCount = min(sub(sizes[*contraction.rowLoop], rowStart),
                   constant(blocking.blockRows));
  Value columnCount = min(sub(sizes[contraction.columnLoop], columnStart),
                          constant(blocking.blockColumns));
  Lanes rows{
      contraction.rows,  contraction.rowLoop,
      rowStart,          rowCount,
      blocking.tileRows, createPanels(blocking.blockRows, blocking.tileRows)};
  Lanes columns{contraction.columns,
                contraction.columnLoop,
                columnStart,
                columnCount,
                blocking.tileColumns,
                createPanels(blocking.blockColumns, blocking.tileColumns)};

  Value depthSize = constant(1);
  for (unsigned depthLoop : contraction.depthLoops)
    depthSize = arith::MulIOp::create(b, depthSize, sizes[depthLoop]);
  // Ascending, and the accumulators pass through the result in between: the
  // same chain of roundings as in one piece.
  loop(constant(0), depthSize, blocking.blockDepth, [&](Value depthStart) {
    Value depth =
        min(sub(depthSize, depthStart), constant(blocking.blockDepth));
    pack(rows, depthStart, depth);
    pack(columns, depthStart, depth);
    emitKernels(rows, columns, depth);
  });
  memref::DeallocOp::create(b, rows.panels);
  memref::DeallocOp::create(b, columns.panels);
}

void Emitter::emitKernels(const Lanes &rows, const Lanes &columns,
                          Value depth) {
  Value zero = constant(0);
  loop(zero, ceilDiv(columns.count, columns.width), 1, [&](Value columnPanel) {
    loop(zero, ceilDiv(rows.count, rows.width), 1, [&](Value rowPanel) {
      Value firstRow = mul(rowPanel, rows.width);
      Value firstColumn = mul(columnPanel, columns.width);
      Tile tile;
      tile.rowStart = add(rows.start, firstRow);
      tile.columnStart = add(columns.start, firstColumn);
      tile.rowCount = sub(rows.count, firstRow);
      tile.columnCount = sub(columns.count, firstColumn);
      tile.isFull = arith::AndIOp::create(
          b, isAtLeast(tile.rowCount, constant(rows.width)),
          isAtLeast(tile.columnCount, constant(columns.width)));
      SmallVector<Value> init = loadTile(tile);
      storeTile(tile,
                accumulate(rows, rowPanel, columns, columnPanel, depth, init));
    });
  });
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

void Emitter::pack(const Lanes &lanes, Value depthStart, Value depth) {
  loop(constant(0), ceilDiv(lanes.count, lanes.width), 1,
       [&](Value panel) { packPanel(lanes, panel, depthStart, depth); });
}

void Emitter::packPanel(const Lanes &lanes, Value panel, Value depthStart,
                        Value depth) {
  if (lanes.loop && lanes.access.isContiguousAlong(*lanes.loop))
    return packVectors(lanes, panel, depthStart, depth);
  if (contraction.depthLoops.size() == 1 &&
      lanes.access.isContiguousAlong(contraction.depthLoops.front()))
    return packTransposed(lanes, panel, depthStart, depth);
  packScalars(lanes, panel, depthStart, depth);
}

/// Sets the lane's loop to `lane` of the block, or to the last valid one: lanes
/// beyond are computed but not stored, so any readable value will do.
void Emitter::setLane(const Lanes &lanes, Value lane) {
  if (lanes.loop)
    loopIndices[*lanes.loop] =
        add(lanes.start, min(lane, add(lanes.count, -1)));
}

/// Sets the reduction loops to iteration `flat` of their lexicographic order.
void Emitter::setDepth(Value flat) {
  for (unsigned depthLoop :
       llvm::reverse(ArrayRef(contraction.depthLoops).drop_front())) {
    loopIndices[depthLoop] = arith::RemUIOp::create(b, flat, sizes[depthLoop]);
    flat = arith::DivUIOp::create(b, flat, sizes[depthLoop]);
  }
  loopIndices[contraction.depthLoops.front()] = flat;
}

/// Lanes are contiguous: a step of the panel is a copy.
void Emitter::packVectors(const Lanes &lanes, Value panel, Value depthStart,
                          Value depth) {
  int64_t unit = getTransposeUnit(lanes.width, blocking.vectorLength);
  Type source = lanes.access.getType().getElementType();
  VectorType type = getVectorType(unit, source);
  Value firstLane = mul(panel, lanes.width);
  Value validLanes = sub(lanes.count, firstLane);
  loopIndices[*lanes.loop] = add(lanes.start, firstLane);
  unsigned loopPosition = *lanes.loop;

  auto copy = [&](bool masked) {
    SmallVector<Value> masks;
    for (int64_t lane = 0; masked && lane < lanes.width; lane += unit)
      masks.push_back(vector::CreateMaskOp::create(
          b, getVectorType(unit, b.getI1Type()),
          ValueRange{sub(validLanes, constant(lane))}));
    loop(constant(0), depth, 1, [&](Value k) {
      setDepth(add(depthStart, k));
      Value base = loopIndices[loopPosition];
      for (int64_t lane = 0; lane < lanes.width; lane += unit) {
        loopIndices[loopPosition] = add(base, lane);
        SmallVector<Value> indices = lanes.access.getIndices(loopIndices);
        Value value;
        if (masked)
          value = vector::MaskedLoadOp::create(b, type, lanes.access.buffer,
                                               indices, masks[lane / unit],
                                               getZero(type));
        else
          value = vector::LoadOp::create(b, type, lanes.access.buffer, indices);
        vector::StoreOp::create(b, extend(value), lanes.panels,
                                ValueRange{panel, k, constant(lane)});
      }
      loopIndices[loopPosition] = base;
    });
  };
  branch(
      isAtLeast(validLanes, constant(lanes.width)), [&] { copy(false); },
      [&] { copy(true); });
}

/// Depth is contiguous: squares are transposed in registers.
void Emitter::packTransposed(const Lanes &lanes, Value panel, Value depthStart,
                             Value depth) {
  int64_t unit = getTransposeUnit(lanes.width, blocking.vectorLength);
  Type source = lanes.access.getType().getElementType();
  VectorType type = getVectorType(unit, source);
  unsigned depthLoop = contraction.depthLoops.front();
  Value wholeDepth =
      sub(depth, arith::RemUIOp::create(b, depth, constant(unit)));

  loop(constant(0), constant(lanes.width), unit, [&](Value firstLane) {
    SmallVector<Value> laneIndices;
    Value panelStart = add(mul(panel, lanes.width), firstLane);
    for (int64_t lane = 0; lane < unit; ++lane) {
      setLane(lanes, add(panelStart, lane));
      laneIndices.push_back(lanes.loop ? loopIndices[*lanes.loop] : Value());
    }
    auto transposeSquare = [&](Value k, Value mask) {
      loopIndices[depthLoop] = add(depthStart, k);
      SmallVector<Value> square;
      for (Value laneIndex : laneIndices) {
        if (lanes.loop)
          loopIndices[*lanes.loop] = laneIndex;
        SmallVector<Value> indices = lanes.access.getIndices(loopIndices);
        Value row;
        if (mask)
          row = vector::MaskedLoadOp::create(b, type, lanes.access.buffer,
                                             indices, mask, getZero(type));
        else
          row = vector::LoadOp::create(b, type, lanes.access.buffer, indices);
        square.push_back(extend(row));
      }
      for (auto [step, column] : llvm::enumerate(transpose(std::move(square))))
        vector::StoreOp::create(b, column, lanes.panels,
                                ValueRange{panel, add(k, step), firstLane});
    };
    loop(constant(0), wholeDepth, unit,
         [&](Value k) { transposeSquare(k, Value()); });
    // At most once. The steps beyond `depth` are zeros that the kernel does not
    // read: a block's depth is a multiple of the unit.
    loop(wholeDepth, depth, unit, [&](Value k) {
      transposeSquare(
          k, vector::CreateMaskOp::create(b, getVectorType(unit, b.getI1Type()),
                                          ValueRange{sub(depth, k)}));
    });
  });
}

void Emitter::packScalars(const Lanes &lanes, Value panel, Value depthStart,
                          Value depth) {
  Value firstLane = mul(panel, lanes.width);
  loop(constant(0), depth, 1, [&](Value k) {
    loop(constant(0), constant(lanes.width), 1, [&](Value lane) {
      setDepth(add(depthStart, k));
      setLane(lanes, add(firstLane, lane));
      Value value = memref::LoadOp::create(
          b, lanes.access.buffer, lanes.access.getIndices(loopIndices));
      memref::StoreOp::create(b, extend(value), lanes.panels,
                              ValueRange{panel, k, lane});
    });
  });
}

/// Transposes a square of vectors by perfect shuffles. Seen as one array, each
/// round rotates the bits of an element's position by one; after log2(n) rounds
/// row and column bits have changed places.
SmallVector<Value> Emitter::transpose(SmallVector<Value> rows) {
  int64_t n = rows.size();
  SmallVector<int64_t> low, high;
  for (int64_t i = 0; i < n / 2; ++i) {
    low.append({i, n + i});
    high.append({n / 2 + i, n + n / 2 + i});
  }
  for (int64_t round = 1; round < n; round *= 2) {
    SmallVector<Value> next;
    for (int64_t i = 0; i < n / 2; ++i) {
      next.push_back(
          vector::ShuffleOp::create(b, rows[i], rows[i + n / 2], low));
      next.push_back(
          vector::ShuffleOp::create(b, rows[i], rows[i + n / 2], high));
    }
    rows = std::move(next);
  }
  return rows;
}

//===----------------------------------------------------------------------===//
// Kernel
//===----------------------------------------------------------------------===//

SmallVector<Value> Emitter::getTileIndices(const Tile &tile, Value row,
                                           int64_t vector) {
  if (contraction.rowLoop)
    loopIndices[*contraction.rowLoop] = add(tile.rowStart, row);
  loopIndices[contraction.columnLoop] =
      add(tile.columnStart, vector * blocking.vectorLength);
  return contraction.result.getIndices(loopIndices);
}

SmallVector<Value> Emitter::getColumnMasks(const Tile &tile) {
  SmallVector<Value> masks;
  auto type = getVectorType(blocking.vectorLength, b.getI1Type());
  for (int64_t vector = 0; vector < getTileVectors(); ++vector)
    masks.push_back(vector::CreateMaskOp::create(
        b, type,
        ValueRange{
            sub(tile.columnCount, constant(vector * blocking.vectorLength))}));
  return masks;
}

SmallVector<Value> Emitter::loadTile(const Tile &tile) {
  auto type = getVectorType(blocking.vectorLength, element);
  int64_t vectors = getTileVectors();
  SmallVector<Type> types(blocking.tileRows * vectors, type);
  auto load = scf::IfOp::create(b, types, tile.isFull,
                                /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);
  Value buffer = contraction.result.buffer;

  b.setInsertionPointToStart(load.thenBlock());
  SmallVector<Value> values;
  for (int64_t row = 0; row < blocking.tileRows; ++row)
    for (int64_t vector = 0; vector < vectors; ++vector)
      values.push_back(vector::LoadOp::create(
          b, type, buffer, getTileIndices(tile, constant(row), vector)));
  scf::YieldOp::create(b, values);

  b.setInsertionPointToStart(load.elseBlock());
  values.clear();
  SmallVector<Value> masks = getColumnMasks(tile);
  Value lastRow = add(tile.rowCount, -1), zero = getZero(type);
  for (int64_t row = 0; row < blocking.tileRows; ++row)
    for (int64_t vector = 0; vector < vectors; ++vector)
      values.push_back(vector::MaskedLoadOp::create(
          b, type, buffer,
          getTileIndices(tile, min(constant(row), lastRow), vector),
          masks[vector], zero));
  scf::YieldOp::create(b, values);
  return SmallVector<Value>(load.getResults());
}

void Emitter::storeTile(const Tile &tile, ValueRange values) {
  int64_t vectors = getTileVectors();
  Value buffer = contraction.result.buffer;
  auto storeFull = [&] {
    for (auto [i, value] : llvm::enumerate(values))
      vector::StoreOp::create(
          b, value, buffer,
          getTileIndices(tile, constant(i / vectors), i % vectors));
  };
  auto storePartial = [&] {
    SmallVector<Value> masks = getColumnMasks(tile);
    for (int64_t row = 0; row < blocking.tileRows; ++row) {
      auto valid =
          scf::IfOp::create(b, isAtLeast(tile.rowCount, constant(row + 1)));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(valid.thenBlock());
      for (int64_t vector = 0; vector < vectors; ++vector)
        vector::MaskedStoreOp::create(
            b, buffer, getTileIndices(tile, constant(row), vector),
            masks[vector], values[row * vectors + vector]);
    }
  };
  branch(tile.isFull, storeFull, storePartial);
}

/// Emits the kernel: the accumulators stay in registers for the whole depth of
/// the block.
SmallVector<Value> Emitter::accumulate(const Lanes &rows, Value rowPanel,
                                       const Lanes &columns, Value columnPanel,
                                       Value depth, ValueRange init) {
  auto type = getVectorType(blocking.vectorLength, element);
  int64_t vectors = getTileVectors();
  auto kernel = scf::ForOp::create(b, constant(0), depth, constant(1), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(kernel.getBody());
  Value k = kernel.getInductionVar();
  SmallVector<Value> columnVectors;
  for (int64_t vector = 0; vector < vectors; ++vector)
    columnVectors.push_back(vector::LoadOp::create(
        b, type, columns.panels,
        ValueRange{columnPanel, k, constant(vector * blocking.vectorLength)}));
  SmallVector<Value> sums;
  for (int64_t row = 0; row < blocking.tileRows; ++row) {
    Value scalar = memref::LoadOp::create(
        b, rows.panels, ValueRange{rowPanel, k, constant(row)});
    Value spread = vector::BroadcastOp::create(b, type, scalar);
    for (auto [vector, columnVector] : llvm::enumerate(columnVectors))
      sums.push_back(vector::FMAOp::create(
          b, spread, columnVector,
          kernel.getRegionIterArg(row * vectors + vector)));
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(kernel.getResults());
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct LowerContractions
    : public grow::impl::CPULowerContractionsPassBase<LowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : ops) {
      FailureOr<Contraction> contraction = matchContraction(rewriter, op);
      if (succeeded(contraction))
        lower(rewriter, op, *contraction);
    }
  }

  void lower(RewriterBase &rewriter, linalg::GenericOp op,
             const Contraction &contraction) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    SmallVector<Value> sizes;
    for (const Range &range :
         cast<linalg::LinalgOp>(*op).createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    Blocking blocking = chooseBlocking(op, contraction);
    Emitter(b, contraction, blocking, sizes).emit();
    rewriter.eraseOp(op);
  }

  Blocking chooseBlocking(linalg::GenericOp op,
                          const Contraction &contraction) {
    // Enough accumulators to hide the latency of the fused multiply-add in half
    // of the registers; the rest holds operands.
    struct Shape {
      int64_t rows, vectors;
    };
    int64_t bits = vectorBits ? vectorBits : grow::getHostVectorBits();
    Shape shape = bits >= 512   ? Shape{8, 2}
                  : bits >= 256 ? Shape{4, 3}
                                : Shape{4, 2};
    Blocking blocking;
    blocking.vectorLength =
        bits / contraction.getElementType().getIntOrFloatBitWidth();
    blocking.tileRows = tileRows ? int64_t(tileRows) : shape.rows;
    blocking.tileColumns = blocking.vectorLength *
                           (tileVectors ? int64_t(tileVectors) : shape.vectors);

    SmallVector<int64_t> sizes = op.getStaticLoopRanges();
    int64_t depth = 1;
    for (unsigned depthLoop : contraction.depthLoops)
      depth = ShapedType::isDynamic(depth) ||
                      ShapedType::isDynamic(sizes[depthLoop])
                  ? ShapedType::kDynamic
                  : depth * sizes[depthLoop];
    int64_t rows = contraction.rowLoop ? sizes[*contraction.rowLoop] : 1;
    blocking.blockRows =
        balanceBlock(rows, blockRows, blocking.tileRows, /*even=*/false);
    // An even number of column blocks keeps two threads equally busy when there
    // is one block of rows.
    blocking.blockColumns =
        balanceBlock(sizes[contraction.columnLoop], blockColumns,
                     blocking.tileColumns, /*even=*/true);
    blocking.blockDepth =
        balanceBlock(depth, blockDepth, blocking.vectorLength, /*even=*/false);
    return blocking;
  }
};

} // namespace
