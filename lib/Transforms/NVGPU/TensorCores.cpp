//===- TensorCores.cpp - Products on tensor cores -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorCores.h"

#include "Fragments.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

std::string TensorCoreTile::check() const {
  auto isMultiple = [](int64_t value, int64_t of) {
    return value > 0 && value % of == 0;
  };
  if (!isMultiple(warpRows, kMmaRows) || !isMultiple(warpColumns, kMmaRows))
    return llvm::formatv("a warp computes {0} x {1}: expected multiples of {2}",
                         warpRows, warpColumns, kMmaRows);
  if (!isMultiple(rows, warpRows) || !isMultiple(columns, warpColumns))
    return llvm::formatv("a block of {0} x {1} cannot be shared by warps that "
                         "compute {2} x {3}: expected multiples",
                         rows, columns, warpRows, warpColumns);
  if (!isMultiple(depth, kMmaDepth))
    return llvm::formatv("a block of the depth has {0} steps: expected a "
                         "multiple of {1}",
                         depth, kMmaDepth);
  if (std::max({rows, columns, depth}) > kLargestBlock)
    return llvm::formatv("a block of {0} x {1}, or of its depth {2}, is too "
                         "large: expected at most {3} of each",
                         rows, columns, depth, kLargestBlock);
  if (stages < 2 || stages > kMostStages)
    return llvm::formatv("there are {0} stages: expected 2 to {1}", stages,
                         kMostStages);
  int64_t threadEntries = getThreads() * kChunk;
  if (rows * depth % threadEntries || columns * depth % threadEntries)
    return llvm::formatv("{0} threads cannot share the copies of {1} x {2} and "
                         "{2} x {3} entries evenly",
                         getThreads(), rows, depth, columns);
  return "";
}

namespace {

//===----------------------------------------------------------------------===//
// Workgroup memory
//===----------------------------------------------------------------------===//

BlockShape getRowBlock(const MatrixProduct &product,
                       const TensorCoreTile &tile) {
  return BlockShape::getLines(tile.rows, tile.depth, product.getElement());
}

BlockShape getColumnBlock(const MatrixProduct &product,
                          const TensorCoreTile &tile) {
  if (product.columnsTransposed)
    return BlockShape::getLines(tile.columns, tile.depth, product.getElement());
  return BlockShape::getDepths(tile.depth, tile.columns);
}

int64_t getRowBytes(const MatrixProduct &product, const TensorCoreTile &tile) {
  return tile.stages *
         getRowBlock(product, tile).getBytes(product.getElement());
}

int64_t getColumnBytes(const MatrixProduct &product,
                       const TensorCoreTile &tile) {
  return tile.stages *
         getColumnBlock(product, tile).getBytes(product.getElement());
}

StagedOperand stage(LoopBuilder &b, Value memory, int64_t firstByte,
                    Value matrix, BlockShape block,
                    const TensorCoreTile &tile) {
  return StagedOperand(b, memory, firstByte, SourceMatrix(b, matrix), block,
                       tile.stages, tile.getThreads());
}

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

class ProductEmitter {
public:
  ProductEmitter(LoopBuilder &b, Value memory, const MatrixProduct &product,
                 bool accumulate, const TensorCoreTile &tile)
      : b(b), product(product), accumulate(accumulate), tile(tile),
        rows(stage(b, memory, 0, product.rows, getRowBlock(product, tile),
                   tile)),
        columns(stage(b, memory, getRowBytes(product, tile), product.columns,
                      getColumnBlock(product, tile), tile)) {
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
    lane = b.rem(thread, 32);
    Value warp = b.div(thread, 32);
    int64_t warpsInRow = tile.columns / tile.warpColumns;
    warpRow = b.mul(b.div(warp, warpsInRow), tile.warpRows);
    warpColumn = b.mul(b.rem(warp, warpsInRow), tile.warpColumns);
  }

  /// Emits loops over blocks of the result.
  void emit(bool isAligned) {
    Value depth = b.getDim(product.rows, 1);
    b.loop(b.constant(0), b.getDim(product.result, 0), tile.rows,
           [&](Value row) {
             b.loop(b.constant(0), b.getDim(product.result, 1), tile.columns,
                    [&](Value column) {
                      emitBlock(row, column, depth, isAligned);
                    });
           });
  }

private:
  using Fragments = SmallVector<Value>;

  void emitBlock(Value row, Value column, Value depth, bool isAligned);
  void copyStage(Value step, Value row, Value column, bool isAligned);
  Fragments multiply(Value stage, ValueRange sums);
  Fragments loadRows(Value stage, int64_t step);
  Fragments loadColumns(Value stage, int64_t step);
  void store(Value row, Value column, ValueRange sums);
  void storeSum(Value sum, Value row, Value column);

  int64_t getRowFragments() const { return tile.warpRows / kMmaRows; }
  int64_t getColumnFragments() const { return tile.warpColumns / kMmaColumns; }

  LoopBuilder &b;
  const MatrixProduct &product;
  bool accumulate;
  const TensorCoreTile &tile;
  StagedOperand rows, columns;
  Value thread, lane, warpRow, warpColumn;
};

/// While a stage is multiplied, the others but one are on their way; that one
/// has just been multiplied, and the next copy goes there.
void ProductEmitter::emitBlock(Value row, Value column, Value depth,
                               bool isAligned) {
  for (int64_t step = 0; step < tile.stages - 1; ++step) {
    copyStage(b.constant(step), row, column, isAligned);
  }
  Value zero = b.getZero(VectorType::get(kSums, b.getF32Type()));
  Fragments sums(getRowFragments() * getColumnFragments(), zero);
  sums =
      b.loop(b.constant(0), b.ceilDiv(depth, tile.depth), 1, sums,
             [&](Value step, ValueRange current) {
               waitForCopies(b, tile.stages - 2);
               copyStage(b.add(step, tile.stages - 1), row, column, isAligned);
               return multiply(b.rem(step, tile.stages), current);
             });
  // The next block's copies go where others may still be reading.
  waitForCopies(b, 0);
  store(row, column, sums);
}

/// Copies the blocks of both operands for a step of the depth.
void ProductEmitter::copyStage(Value step, Value row, Value column,
                               bool isAligned) {
  Value stage = b.rem(step, tile.stages);
  Value first = b.mul(step, tile.depth);
  SmallVector<Value> tokens;
  rows.copy(thread, stage, row, first, isAligned, tokens);
  if (product.columnsTransposed)
    columns.copy(thread, stage, column, first, isAligned, tokens);
  else
    columns.copy(thread, stage, first, column, isAligned, tokens);
  if (!tokens.empty())
    commitCopies(b, tokens);
}

ProductEmitter::Fragments ProductEmitter::multiply(Value stage,
                                                   ValueRange sums) {
  Fragments result(sums);
  for (int64_t step = 0; step < tile.depth;
       step += getMmaDepth(product.getElement())) {
    Fragments rowFragments = loadRows(stage, step);
    Fragments columnFragments = loadColumns(stage, step);
    for (auto [i, rowFragment] : llvm::enumerate(rowFragments)) {
      SmallVector<Value> row = getRegisters(b, rowFragment);
      for (int64_t j = 0; j < getColumnFragments(); ++j) {
        // A fragment of the columns serves two products.
        SmallVector<Value> pair = getRegisters(b, columnFragments[j / 2]);
        Value &sum = result[i * getColumnFragments() + j];
        sum = multiplyFragments(b, product.getElement(), row,
                                ArrayRef(pair).slice(j % 2 * 2, 2), sum);
      }
    }
  }
  return result;
}

ProductEmitter::Fragments ProductEmitter::loadRows(Value stage, int64_t step) {
  Fragments fragments;
  for (int64_t first = 0; first < tile.warpRows; first += kMmaRows)
    fragments.push_back(
        rows.loadRows(lane, stage, b.add(warpRow, first), b.constant(step)));
  return fragments;
}

ProductEmitter::Fragments ProductEmitter::loadColumns(Value stage,
                                                      int64_t step) {
  Fragments fragments;
  Value depth = b.constant(step);
  for (int64_t first = 0; first < tile.warpColumns; first += 2 * kMmaColumns) {
    Value column = b.add(warpColumn, first);
    fragments.push_back(
        product.columnsTransposed
            ? columns.loadTransposedColumns(lane, stage, column, depth)
            : columns.loadColumns(lane, stage, depth, column));
  }
  return fragments;
}

void ProductEmitter::store(Value row, Value column, ValueRange sums) {
  Value firstRow = b.add(row, b.add(warpRow, b.div(lane, 4)));
  Value firstColumn =
      b.add(column, b.add(warpColumn, b.mul(b.rem(lane, 4), 2)));
  for (auto [i, fragment] : llvm::enumerate(sums)) {
    Value fragmentRow = b.add(firstRow, i / getColumnFragments() * kMmaRows);
    Value fragmentColumn =
        b.add(firstColumn, i % getColumnFragments() * kMmaColumns);
    auto elements = vector::ToElementsOp::create(b, fragment);
    for (auto [j, sum] : llvm::enumerate(elements.getResults()))
      storeSum(sum, b.add(fragmentRow, j / 2 * 8),
               b.add(fragmentColumn, j % 2));
  }
}

void ProductEmitter::storeSum(Value sum, Value row, Value column) {
  Value isInside =
      arith::AndIOp::create(b, b.isLess(row, b.getDim(product.result, 0)),
                            b.isLess(column, b.getDim(product.result, 1)));
  b.when(isInside, [&] {
    if (accumulate)
      sum =
          arith::AddFOp::create(b, b.load(product.result, {row, column}), sum);
    b.store(sum, product.result, {row, column});
  });
}

} // namespace

std::optional<int64_t> grow::getUpperBound(Value matrix, int64_t axis) {
  auto type = cast<MemRefType>(matrix.getType());
  if (!type.isDynamicDim(axis))
    return type.getDimSize(axis);
  auto slice = matrix.getDefiningOp<memref::SubViewOp>();
  if (!slice || slice.getType().getRank() != slice.getSourceType().getRank())
    return std::nullopt;
  auto size = dyn_cast<Value>(slice.getMixedSizes()[axis]);
  auto min =
      size ? size.getDefiningOp<affine::AffineMinOp>() : affine::AffineMinOp();
  std::optional<int64_t> bound;
  if (min)
    for (AffineExpr expr : min.getMap().getResults())
      if (auto constant = dyn_cast<AffineConstantExpr>(expr))
        bound =
            std::min(bound.value_or(constant.getValue()), constant.getValue());
  return bound;
}

TensorCoreTile grow::fitTile(TensorCoreTile tile,
                             const MatrixProduct &product) {
  auto halve = [&](int64_t TensorCoreTile::*size, int64_t TensorCoreTile::*warp,
                   int64_t axis) {
    std::optional<int64_t> most = getUpperBound(product.result, axis);
    while (most && *most <= tile.*size / 2) {
      TensorCoreTile half = tile;
      half.*size /= 2;
      half.*warp /= 2;
      if (!half.check().empty())
        return;
      tile = half;
    }
  };
  halve(&TensorCoreTile::rows, &TensorCoreTile::warpRows, 0);
  halve(&TensorCoreTile::columns, &TensorCoreTile::warpColumns, 1);
  tile.depth = tile.depth * kEntryBytes / getEntryBytes(product.getElement());
  return tile;
}

int64_t grow::getTensorCoreBytes(const MatrixProduct &product,
                                 const TensorCoreTile &tile) {
  return getRowBytes(product, tile) + getColumnBytes(product, tile);
}

void grow::emitTensorCoreProduct(LoopBuilder &b, Value memory,
                                 const MatrixProduct &product, bool accumulate,
                                 const TensorCoreTile &tile) {
  ProductEmitter emitter(b, memory, product, accumulate, tile);
  Value rowsAligned = emitIsAligned(b, product.rows);
  Value columnsAligned = emitIsAligned(b, product.columns);
  gpu::BarrierOp::create(b);
  if (!rowsAligned || !columnsAligned)
    emitter.emit(/*isAligned=*/false);
  else
    b.branch(
        arith::AndIOp::create(b, rowsAligned, columnsAligned),
        [&] { emitter.emit(/*isAligned=*/true); },
        [&] { emitter.emit(/*isAligned=*/false); });
  gpu::BarrierOp::create(b);
}

void grow::emitUnalignedTensorCoreProduct(LoopBuilder &b, Value memory,
                                          const MatrixProduct &product,
                                          bool accumulate,
                                          const TensorCoreTile &tile) {
  ProductEmitter emitter(b, memory, product, accumulate, tile);
  gpu::BarrierOp::create(b);
  emitter.emit(/*isAligned=*/false);
  gpu::BarrierOp::create(b);
}
