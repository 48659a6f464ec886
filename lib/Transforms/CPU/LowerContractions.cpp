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
// The routines that pack and the kernel are functions of the module, shared by
// all contractions they fit: a model has hundreds of contractions of few kinds,
// and LLVM would spend most of its time on copies of the same unrolled code.
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/FormatVariadic.h"
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

//===----------------------------------------------------------------------===//
// Emission
//===----------------------------------------------------------------------===//

/// Abbreviations for what the code below emits most.
class LoopBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(*this, value);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(*this, x, y); }
  Value add(Value x, int64_t y) { return y ? add(x, constant(y)) : x; }
  Value sub(Value x, Value y) { return arith::SubIOp::create(*this, x, y); }
  Value mul(Value x, Value y) { return arith::MulIOp::create(*this, x, y); }
  Value mul(Value x, int64_t y) { return mul(x, constant(y)); }
  Value min(Value x, Value y) { return arith::MinSIOp::create(*this, x, y); }
  Value ceilDiv(Value x, int64_t y) {
    return arith::CeilDivUIOp::create(*this, x, constant(y));
  }
  Value isAtLeast(Value x, Value y) {
    return arith::CmpIOp::create(*this, arith::CmpIPredicate::sge, x, y);
  }
  Value getZero(Type type) {
    return arith::ConstantOp::create(*this, getZeroAttr(type));
  }
  Value getDim(Value buffer, int64_t dim) {
    return memref::DimOp::create(*this, buffer, dim);
  }
  /// The lanes of `length` that are below `count`.
  Value createMask(int64_t length, Value count) {
    return vector::CreateMaskOp::create(
        *this, VectorType::get(length, getI1Type()), ValueRange{count});
  }
  /// Loads a vector, zero where there is a mask that says so.
  Value loadVector(VectorType type, Value buffer, ValueRange indices,
                   Value mask = {}) {
    if (mask)
      return vector::MaskedLoadOp::create(*this, type, buffer, indices, mask,
                                          getZero(type));
    return vector::LoadOp::create(*this, type, buffer, indices);
  }
  /// Converts a scalar or vector of an operand to the accumulator's type.
  Value extend(Value value, Type element) {
    if (getElementTypeOrSelf(value) == element)
      return value;
    Type type = element;
    if (auto vector = dyn_cast<VectorType>(value.getType()))
      type = vector.clone(element);
    return arith::ExtFOp::create(*this, type, value);
  }
  /// Emits `for (index = from; index < to; index += step) body(index)`.
  void loop(Value from, Value to, int64_t step,
            llvm::function_ref<void(Value)> body) {
    auto op = scf::ForOp::create(*this, from, to, constant(step));
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(op.getBody());
    body(op.getInductionVar());
  }
  void loop(Value to, llvm::function_ref<void(Value)> body) {
    loop(constant(0), to, 1, body);
  }
  /// Emits `if (condition) { onTrue(); } else { onFalse(); }`.
  void branch(Value condition, llvm::function_ref<void()> onTrue,
              llvm::function_ref<void()> onFalse) {
    auto op = scf::IfOp::create(*this, condition, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(*this);
    setInsertionPointToStart(op.thenBlock());
    onTrue();
    setInsertionPointToStart(op.elseBlock());
    onFalse();
  }
};

/// Panels as the routines see them: panel x depth x lane.
MemRefType getPanelsType(int64_t width, Type element) {
  return MemRefType::get({ShapedType::kDynamic, ShapedType::kDynamic, width},
                         element);
}

/// A part of a buffer that starts anywhere. Only the innermost stride is known,
/// and only if it is one.
MemRefType getViewType(int64_t rank, Type element, bool isContiguous) {
  SmallVector<int64_t> strides(rank, ShapedType::kDynamic);
  if (isContiguous)
    strides.back() = 1;
  auto layout = StridedLayoutAttr::get(element.getContext(),
                                       ShapedType::kDynamic, strides);
  return MemRefType::get(SmallVector<int64_t>(rank, ShapedType::kDynamic),
                         element, layout);
}

//===----------------------------------------------------------------------===//
// Packing
//===----------------------------------------------------------------------===//

/// What lies next to each other in memory.
enum class Contiguous { Lanes, Depth, Nothing };

/// All that the code of a packing routine depends on.
struct Packing {
  Contiguous contiguous;
  Type source, element; // of the operand, of the panels
  unsigned depthRank;   // number of reduction loops
  int64_t width;        // lanes of a panel
  int64_t vectorLength;

  /// The operand is a view depth... x lane, but lane x depth if depth is
  /// contiguous, so that what is contiguous comes last.
  unsigned getLaneDim() const {
    return contiguous == Contiguous::Depth ? 0 : depthRank;
  }
  unsigned getDepthDim() const {
    return contiguous == Contiguous::Depth ? 1 : 0;
  }
  MemRefType getViewType() const {
    return ::getViewType(depthRank + 1, source,
                         contiguous != Contiguous::Nothing);
  }
  /// The elements of a row or column that are moved together: a power of two
  /// that divides the width and fits a register.
  int64_t getUnit() const { return std::min(vectorLength, width & -width); }

  std::string getName() const {
    StringRef kind = contiguous == Contiguous::Lanes   ? "lanes"
                     : contiguous == Contiguous::Depth ? "depth"
                                                       : "strided";
    return llvm::formatv("pack_{0}{1}_{2}_{3}x{4}_by_{5}", kind, depthRank,
                         source, width, element, getUnit());
  }
};

/// Emits the body of `pack(view, panels, depthStart, depth)`: copies iterations
/// depthStart to depthStart + depth of all lanes into panels.
class PackingEmitter {
public:
  PackingEmitter(LoopBuilder &b, const Packing &packing, ValueRange arguments)
      : b(b), packing(packing), view(arguments[0]), panels(arguments[1]),
        depthStart(arguments[2]), depth(arguments[3]),
        laneCount(b.getDim(view, packing.getLaneDim())) {}

  void emit() {
    b.loop(b.ceilDiv(laneCount, packing.width), [&](Value panel) {
      switch (packing.contiguous) {
      case Contiguous::Lanes:
        return packVectors(panel);
      case Contiguous::Depth:
        return packTransposed(panel);
      case Contiguous::Nothing:
        return packScalars(panel);
      }
    });
  }

private:
  void packVectors(Value panel);
  void packTransposed(Value panel);
  void packScalars(Value panel);
  SmallVector<Value> transpose(SmallVector<Value> rows);

  /// Lanes beyond the last are computed but not stored, so any readable value
  /// will do: the last lane again.
  Value clampLane(Value lane) { return b.min(lane, b.add(laneCount, -1)); }

  /// Where `lane` and iteration `flat` of the reduction loops, in their
  /// lexicographic order, are in the view.
  SmallVector<Value> getIndices(Value lane, Value flat) {
    SmallVector<Value> indices(packing.depthRank + 1);
    indices[packing.getLaneDim()] = lane;
    unsigned first = packing.getDepthDim();
    for (unsigned dim = first + packing.depthRank - 1; dim > first; --dim) {
      Value size = b.getDim(view, dim);
      indices[dim] = arith::RemUIOp::create(b, flat, size);
      flat = arith::DivUIOp::create(b, flat, size);
    }
    indices[first] = flat;
    return indices;
  }

  void store(Value value, Value panel, Value k, Value lane) {
    vector::StoreOp::create(b, value, panels, ValueRange{panel, k, lane});
  }

  LoopBuilder &b;
  const Packing &packing;
  Value view, panels, depthStart, depth, laneCount;
};

/// Lanes are contiguous: a step of the panel is a copy.
void PackingEmitter::packVectors(Value panel) {
  int64_t unit = packing.getUnit();
  auto type = VectorType::get(unit, packing.source);
  Value firstLane = b.mul(panel, packing.width);
  Value validLanes = b.sub(laneCount, firstLane);

  auto copy = [&](bool isMasked) {
    SmallVector<Value> masks(packing.width / unit);
    for (auto [i, mask] : llvm::enumerate(masks))
      if (isMasked)
        mask = b.createMask(unit, b.sub(validLanes, b.constant(i * unit)));
    b.loop(depth, [&](Value k) {
      SmallVector<Value> indices = getIndices(firstLane, b.add(depthStart, k));
      for (auto [i, mask] : llvm::enumerate(masks)) {
        indices.back() = b.add(firstLane, i * unit);
        Value value = b.loadVector(type, view, indices, mask);
        store(b.extend(value, packing.element), panel, k, b.constant(i * unit));
      }
    });
  };
  b.branch(
      b.isAtLeast(validLanes, b.constant(packing.width)), [&] { copy(false); },
      [&] { copy(true); });
}

/// Depth is contiguous: squares are transposed in registers.
void PackingEmitter::packTransposed(Value panel) {
  int64_t unit = packing.getUnit();
  auto type = VectorType::get(unit, packing.source);
  Value wholeDepth =
      b.sub(depth, arith::RemUIOp::create(b, depth, b.constant(unit)));

  Value zero = b.constant(0), width = b.constant(packing.width);
  b.loop(zero, width, unit, [&](Value firstLane) {
    SmallVector<Value> lanes;
    Value panelStart = b.add(b.mul(panel, packing.width), firstLane);
    for (int64_t i = 0; i < unit; ++i)
      lanes.push_back(clampLane(b.add(panelStart, i)));
    auto transposeSquare = [&](Value k, Value mask) {
      Value flat = b.add(depthStart, k);
      SmallVector<Value> square;
      for (Value lane : lanes)
        square.push_back(
            b.extend(b.loadVector(type, view, getIndices(lane, flat), mask),
                     packing.element));
      for (auto [step, column] : llvm::enumerate(transpose(std::move(square))))
        store(column, panel, b.add(k, step), firstLane);
    };
    b.loop(zero, wholeDepth, unit,
           [&](Value k) { transposeSquare(k, Value()); });
    // At most once. The steps beyond `depth` are zeros that the kernel does not
    // read: a block's depth is a multiple of the unit.
    b.loop(wholeDepth, depth, unit, [&](Value k) {
      transposeSquare(k, b.createMask(unit, b.sub(depth, k)));
    });
  });
}

void PackingEmitter::packScalars(Value panel) {
  Value firstLane = b.mul(panel, packing.width);
  b.loop(depth, [&](Value k) {
    b.loop(b.constant(packing.width), [&](Value lane) {
      SmallVector<Value> indices =
          getIndices(clampLane(b.add(firstLane, lane)), b.add(depthStart, k));
      Value value = memref::LoadOp::create(b, view, indices);
      memref::StoreOp::create(b, b.extend(value, packing.element), panels,
                              ValueRange{panel, k, lane});
    });
  });
}

/// Transposes a square of vectors by perfect shuffles. Seen as one array, each
/// round rotates the bits of an element's position by one; after log2(n) rounds
/// row and column bits have changed places.
SmallVector<Value> PackingEmitter::transpose(SmallVector<Value> rows) {
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

/// The register tile.
struct TileShape {
  int64_t rows, vectors;
  VectorType vector;

  Type getElementType() const { return vector.getElementType(); }
  int64_t getColumns() const { return vectors * vector.getNumElements(); }
  MemRefType getResultType() const {
    return getViewType(2, getElementType(), /*isContiguous=*/true);
  }
  std::string getName() const {
    return llvm::formatv("multiply_panels_{0}x{1}x{2}x{3}", rows, vectors,
                         vector.getNumElements(), getElementType());
  }
};

/// Emits the body of `multiply(rows, columns, result, depth)`, which adds the
/// products of panels to a view of the result, rows x columns.
class KernelEmitter {
public:
  KernelEmitter(LoopBuilder &b, const TileShape &shape, ValueRange arguments)
      : b(b), shape(shape), rows(arguments[0]), columns(arguments[1]),
        result(arguments[2]), depth(arguments[3]) {}

  void emit();

private:
  // A register tile of the result.
  struct Tile {
    Value rowPanel, columnPanel;
    Value rowStart, columnStart; // in the result
    Value rowCount, columnCount; // valid, at most the tile's
    Value isFull;
  };
  SmallVector<Value> loadTile(const Tile &tile);
  SmallVector<Value> accumulate(const Tile &tile, ValueRange init);
  void storeTile(const Tile &tile, ValueRange vectors);
  SmallVector<Value> getIndices(const Tile &tile, Value row, int64_t vector) {
    return {b.add(tile.rowStart, row),
            b.add(tile.columnStart, vector * shape.vector.getNumElements())};
  }
  SmallVector<Value> getColumnMasks(const Tile &tile);

  LoopBuilder &b;
  const TileShape &shape;
  Value rows, columns, result, depth;
};

void KernelEmitter::emit() {
  Value rowCount = b.getDim(result, 0), columnCount = b.getDim(result, 1);
  b.loop(b.ceilDiv(columnCount, shape.getColumns()), [&](Value columnPanel) {
    b.loop(b.ceilDiv(rowCount, shape.rows), [&](Value rowPanel) {
      Tile tile;
      tile.rowPanel = rowPanel;
      tile.columnPanel = columnPanel;
      tile.rowStart = b.mul(rowPanel, shape.rows);
      tile.columnStart = b.mul(columnPanel, shape.getColumns());
      tile.rowCount = b.sub(rowCount, tile.rowStart);
      tile.columnCount = b.sub(columnCount, tile.columnStart);
      tile.isFull = arith::AndIOp::create(
          b, b.isAtLeast(tile.rowCount, b.constant(shape.rows)),
          b.isAtLeast(tile.columnCount, b.constant(shape.getColumns())));
      storeTile(tile, accumulate(tile, loadTile(tile)));
    });
  });
}

SmallVector<Value> KernelEmitter::getColumnMasks(const Tile &tile) {
  SmallVector<Value> masks;
  int64_t length = shape.vector.getNumElements();
  for (int64_t vector = 0; vector < shape.vectors; ++vector)
    masks.push_back(b.createMask(
        length, b.sub(tile.columnCount, b.constant(vector * length))));
  return masks;
}

SmallVector<Value> KernelEmitter::loadTile(const Tile &tile) {
  SmallVector<Type> types(shape.rows * shape.vectors, shape.vector);
  auto load = scf::IfOp::create(b, types, tile.isFull,
                                /*addThenBlock=*/true, /*addElseBlock=*/true);
  OpBuilder::InsertionGuard guard(b);

  b.setInsertionPointToStart(load.thenBlock());
  SmallVector<Value> values;
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      values.push_back(b.loadVector(shape.vector, result,
                                    getIndices(tile, b.constant(row), vector)));
  scf::YieldOp::create(b, values);

  b.setInsertionPointToStart(load.elseBlock());
  values.clear();
  SmallVector<Value> masks = getColumnMasks(tile);
  Value lastRow = b.add(tile.rowCount, -1);
  for (int64_t row = 0; row < shape.rows; ++row)
    for (int64_t vector = 0; vector < shape.vectors; ++vector)
      values.push_back(b.loadVector(
          shape.vector, result,
          getIndices(tile, b.min(b.constant(row), lastRow), vector),
          masks[vector]));
  scf::YieldOp::create(b, values);
  return SmallVector<Value>(load.getResults());
}

void KernelEmitter::storeTile(const Tile &tile, ValueRange values) {
  auto storeFull = [&] {
    for (auto [i, value] : llvm::enumerate(values))
      vector::StoreOp::create(
          b, value, result,
          getIndices(tile, b.constant(i / shape.vectors), i % shape.vectors));
  };
  auto storePartial = [&] {
    SmallVector<Value> masks = getColumnMasks(tile);
    for (int64_t row = 0; row < shape.rows; ++row) {
      auto valid =
          scf::IfOp::create(b, b.isAtLeast(tile.rowCount, b.constant(row + 1)));
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(valid.thenBlock());
      for (int64_t vector = 0; vector < shape.vectors; ++vector)
        vector::MaskedStoreOp::create(
            b, result, getIndices(tile, b.constant(row), vector), masks[vector],
            values[row * shape.vectors + vector]);
    }
  };
  b.branch(tile.isFull, storeFull, storePartial);
}

/// Emits the innermost loop: the accumulators stay in registers for the whole
/// depth of the block.
SmallVector<Value> KernelEmitter::accumulate(const Tile &tile,
                                             ValueRange init) {
  auto kernel =
      scf::ForOp::create(b, b.constant(0), depth, b.constant(1), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(kernel.getBody());
  Value k = kernel.getInductionVar();
  SmallVector<Value> columnVectors;
  for (int64_t vector = 0; vector < shape.vectors; ++vector) {
    Value column = b.constant(vector * shape.vector.getNumElements());
    columnVectors.push_back(b.loadVector(
        shape.vector, columns, ValueRange{tile.columnPanel, k, column}));
  }
  SmallVector<Value> sums;
  for (int64_t row = 0; row < shape.rows; ++row) {
    Value scalar = memref::LoadOp::create(
        b, rows, ValueRange{tile.rowPanel, k, b.constant(row)});
    Value spread = vector::BroadcastOp::create(b, shape.vector, scalar);
    for (auto [vector, columnVector] : llvm::enumerate(columnVectors))
      sums.push_back(vector::FMAOp::create(
          b, spread, columnVector,
          kernel.getRegionIterArg(row * shape.vectors + vector)));
  }
  scf::YieldOp::create(b, sums);
  return SmallVector<Value>(kernel.getResults());
}

//===----------------------------------------------------------------------===//
// Routines
//===----------------------------------------------------------------------===//

/// The functions of a module that its contractions share.
class Routines {
public:
  explicit Routines(ModuleOp module) : symbols(module) {}

  func::FuncOp getPacking(const Packing &packing) {
    Type index = IndexType::get(packing.element.getContext());
    return getOrCreate<PackingEmitter>(
        packing, {packing.getViewType(),
                  getPanelsType(packing.width, packing.element), index, index});
  }
  func::FuncOp getKernel(const TileShape &shape) {
    Type element = shape.getElementType();
    return getOrCreate<KernelEmitter>(
        shape, {getPanelsType(shape.rows, element),
                getPanelsType(shape.getColumns(), element),
                shape.getResultType(), IndexType::get(element.getContext())});
  }

private:
  /// The name says all that the code depends on.
  template <typename Emitter, typename Spec>
  func::FuncOp getOrCreate(const Spec &spec, ArrayRef<Type> arguments) {
    func::FuncOp &function = functions[spec.getName()];
    if (!function) {
      function = create(spec.getName(), arguments);
      LoopBuilder b(function.getLoc(), function.getContext());
      b.setInsertionPointToStart(function.addEntryBlock());
      Emitter(b, spec, function.getArguments()).emit();
      func::ReturnOp::create(b);
    }
    return function;
  }

  func::FuncOp create(StringRef name, ArrayRef<Type> arguments) {
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

  SymbolTable symbols;
  llvm::StringMap<func::FuncOp> functions;
};

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// Emits the loops of one contraction over its blocks.
class Emitter {
public:
  Emitter(LoopBuilder &b, Routines &routines, const Contraction &contraction,
          const Blocking &blocking, ArrayRef<Value> sizes)
      : b(b), routines(routines), contraction(contraction), blocking(blocking),
        sizes(sizes), blockStarts(sizes.size()), blockSizes(sizes),
        element(contraction.getElementType()) {}

  void emit();

private:
  // One operand's part of a block.
  struct Operand {
    func::FuncOp packing;
    Value view, storage;
    Value panels; // the storage as the routines see it
  };

  void emitBlock();
  void cutBlock(unsigned loop, Value start, int64_t size);
  Value createView(const Access &access,
                   ArrayRef<std::optional<unsigned>> loops, MemRefType type);
  Operand createOperand(const Access &access, std::optional<unsigned> laneLoop,
                        int64_t blockLanes, int64_t width);
  Contiguous getContiguous(const Access &access,
                           std::optional<unsigned> laneLoop) const;

  LoopBuilder &b;
  Routines &routines;
  const Contraction &contraction;
  const Blocking &blocking;
  ArrayRef<Value> sizes; // of the contraction's loops
  // The block: a start, none if zero, and a size for each loop.
  SmallVector<Value> blockStarts, blockSizes;
  Type element; // of accumulators and panels
};

void Emitter::emit() {
  SmallVector<Value> from, to, step;
  auto addLoop = [&](unsigned loop, int64_t by) {
    from.push_back(b.constant(0));
    to.push_back(sizes[loop]);
    step.push_back(b.constant(by));
  };
  for (unsigned outer : contraction.outerLoops)
    addLoop(outer, 1);
  addLoop(contraction.columnLoop, blocking.blockColumns);
  if (contraction.rowLoop)
    addLoop(*contraction.rowLoop, blocking.blockRows);

  auto parallel = scf::ParallelOp::create(b, from, to, step);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(parallel.getBody());
  SmallVector<Value> indices(parallel.getInductionVars());
  if (contraction.rowLoop)
    cutBlock(*contraction.rowLoop, indices.pop_back_val(), blocking.blockRows);
  cutBlock(contraction.columnLoop, indices.pop_back_val(),
           blocking.blockColumns);
  for (auto [outer, index] : llvm::zip_equal(contraction.outerLoops, indices))
    blockStarts[outer] = index;
  emitBlock();
}

void Emitter::cutBlock(unsigned loop, Value start, int64_t size) {
  blockStarts[loop] = start;
  blockSizes[loop] = b.min(b.sub(sizes[loop], start), b.constant(size));
}

/// Emits the work of one thread. The panels are on the heap: a stack buffer in
/// a loop would need a scope, which scf and its lowerings drop, and malloc
/// returns the same warm memory each time.
void Emitter::emitBlock() {
  Operand rows = createOperand(contraction.rows, contraction.rowLoop,
                               blocking.blockRows, blocking.tileRows);
  Operand columns = createOperand(contraction.columns, contraction.columnLoop,
                                  blocking.blockColumns, blocking.tileColumns);
  TileShape shape{blocking.tileRows,
                  blocking.tileColumns / blocking.vectorLength,
                  VectorType::get(blocking.vectorLength, element)};
  func::FuncOp kernel = routines.getKernel(shape);
  Value result = createView(contraction.result,
                            {contraction.rowLoop, contraction.columnLoop},
                            shape.getResultType());

  Value depthSize = b.constant(1);
  for (unsigned depthLoop : contraction.depthLoops)
    depthSize = b.mul(depthSize, sizes[depthLoop]);
  // Ascending, and the accumulators pass through the result in between: the
  // same chain of roundings as in one piece.
  b.loop(b.constant(0), depthSize, blocking.blockDepth, [&](Value depthStart) {
    Value depth =
        b.min(b.sub(depthSize, depthStart), b.constant(blocking.blockDepth));
    for (const Operand &operand : {rows, columns})
      func::CallOp::create(
          b, operand.packing,
          ValueRange{operand.view, operand.panels, depthStart, depth});
    func::CallOp::create(
        b, kernel, ValueRange{rows.panels, columns.panels, result, depth});
  });
  memref::DeallocOp::create(b, rows.storage);
  memref::DeallocOp::create(b, columns.storage);
}

Contiguous Emitter::getContiguous(const Access &access,
                                  std::optional<unsigned> laneLoop) const {
  if (laneLoop && access.isContiguousAlong(*laneLoop))
    return Contiguous::Lanes;
  if (contraction.depthLoops.size() == 1 &&
      access.isContiguousAlong(contraction.depthLoops.front()))
    return Contiguous::Depth;
  return Contiguous::Nothing;
}

Emitter::Operand Emitter::createOperand(const Access &access,
                                        std::optional<unsigned> laneLoop,
                                        int64_t blockLanes, int64_t width) {
  Packing packing;
  packing.contiguous = getContiguous(access, laneLoop);
  packing.source = access.getType().getElementType();
  packing.element = element;
  packing.depthRank = contraction.depthLoops.size();
  packing.width = width;
  packing.vectorLength = blocking.vectorLength;
  SmallVector<std::optional<unsigned>> loops(contraction.depthLoops.begin(),
                                             contraction.depthLoops.end());
  loops.insert(loops.begin() + packing.getLaneDim(), laneLoop);

  int64_t panels = llvm::divideCeil(blockLanes, width);
  auto type = MemRefType::get({panels, blocking.blockDepth, width}, element);
  Operand operand;
  operand.packing = routines.getPacking(packing);
  operand.view = createView(access, loops, packing.getViewType());
  operand.storage = memref::AllocOp::create(b, type, b.getI64IntegerAttr(64));
  operand.panels =
      memref::CastOp::create(b, getPanelsType(width, element), operand.storage);
  return operand;
}

/// The block's part of a buffer, with one dimension for each of `loops`. A loop
/// that the buffer does not depend on has stride zero, no loop is one
/// iteration.
Value Emitter::createView(const Access &access,
                          ArrayRef<std::optional<unsigned>> loops,
                          MemRefType type) {
  auto buffer = memref::ExtractStridedMetadataOp::create(b, access.buffer);
  SmallVector<OpFoldResult> bufferStrides = buffer.getConstifiedMixedStrides();
  auto getValue = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  };
  Value offset = getValue(buffer.getConstifiedMixedOffset());
  Value zero = b.constant(0);
  SmallVector<Value> loopStrides(sizes.size(), zero);
  for (auto [dim, stride] : llvm::enumerate(bufferStrides)) {
    unsigned loop = access.map.getDimPosition(dim);
    loopStrides[loop] = getValue(stride);
    if (blockStarts[loop])
      offset = b.add(offset, b.mul(blockStarts[loop], loopStrides[loop]));
  }
  SmallVector<OpFoldResult> viewSizes, viewStrides;
  for (std::optional<unsigned> loop : loops) {
    viewSizes.push_back(loop ? blockSizes[*loop] : b.constant(1));
    viewStrides.push_back(loop ? loopStrides[*loop] : zero);
  }
  if (!ShapedType::isDynamic(type.getStridesAndOffset().first.back()))
    viewStrides.back() = b.getIndexAttr(1);
  return memref::ReinterpretCastOp::create(b, type, buffer.getBaseBuffer(),
                                           OpFoldResult(offset), viewSizes,
                                           viewStrides);
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct LowerContractions
    : public grow::impl::CPULowerContractionsPassBase<LowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    Routines routines(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (linalg::GenericOp op : ops) {
      FailureOr<Contraction> contraction = matchContraction(rewriter, op);
      if (succeeded(contraction))
        lower(rewriter, op, *contraction, routines);
    }
  }

  void lower(RewriterBase &rewriter, linalg::GenericOp op,
             const Contraction &contraction, Routines &routines) {
    LoopBuilder b(op.getLoc(), op);
    SmallVector<Value> sizes;
    for (const Range &range :
         cast<linalg::LinalgOp>(*op).createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    Blocking blocking = chooseBlocking(op, contraction);
    Emitter(b, routines, contraction, blocking, sizes).emit();
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
