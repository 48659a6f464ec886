//===- TensorCores.cpp - Products on tensor cores -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What a lane holds and addresses follows from the fragments of `ldmatrix` and
// `mma.sync.m16n8k16` (PTX ISA, "Warp Level Matrix Instructions"):
//
//   rows:    four 8 x 8 matrices, of which lane l addresses row l mod 16 and
//            depth 8 * (l / 16);
//   columns: four more, for 16 columns; from depth x columns transposed on the
//            way;
//   sums:    of 16 x 8, the lane has columns 2 * (l mod 4) and the next one, of
//            rows l / 4 and l / 4 + 8.
//
//===----------------------------------------------------------------------===//

#include "TensorCores.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

namespace {

constexpr int64_t kCopyBytes = 16; // of cp.async
constexpr int64_t kEntryBytes = 2; // of bf16 and f16
constexpr int64_t kChunk = kCopyBytes / kEntryBytes;
constexpr int64_t kMmaRows = 16, kMmaColumns = 8, kMmaDepth = 16;
constexpr int64_t kSums = 4; // of a product of 16 x 8, in a lane

} // namespace

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
  if (stages < 2)
    return llvm::formatv("there are {0} stages: expected at least 2", stages);
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

/// What is copied of an operand at a time.
struct BlockShape {
  int64_t rows, columns;

  /// In workgroup memory. Rows are longer there than needed, so that those
  /// which are read together lie in different banks.
  int64_t getBytes(const TensorCoreTile &tile) const {
    return tile.stages * rows * (columns + kChunk) * kEntryBytes;
  }
};

BlockShape getRowBlock(const TensorCoreTile &tile) {
  return {tile.rows, tile.depth};
}

BlockShape getColumnBlock(const MatrixProduct &product,
                          const TensorCoreTile &tile) {
  if (product.columnsTransposed)
    return {tile.columns, tile.depth};
  return {tile.depth, tile.columns};
}

/// Blocks of an operand in workgroup memory, one for each stage.
class StagedOperand {
public:
  /// `matrix` is read in blocks of `shape`, which lie in `memory` from a byte
  /// on.
  StagedOperand(LoopBuilder &b, Value memory, int64_t firstByte, Value matrix,
                BlockShape shape, const TensorCoreTile &tile)
      : b(b), matrix(matrix), rows(shape.rows), columns(shape.columns),
        threads(tile.getThreads()) {
    auto type =
        MemRefType::get({tile.stages, rows, columns + kChunk}, getElement(),
                        MemRefLayoutAttrInterface(),
                        cast<MemRefType>(memory.getType()).getMemorySpace());
    buffer = memref::ViewOp::create(b, type, memory, b.constant(firstByte),
                                    ValueRange());
  }

  /// Has the threads copy the block that starts at `firstRow` and
  /// `firstColumn`, zeros where the matrix has ended. Adds the tokens of copies
  /// that go on meanwhile.
  void copy(Value thread, Value stage, Value firstRow, Value firstColumn,
            bool isAligned, SmallVectorImpl<Value> &tokens);

  /// A fragment of four 8 x 8 matrices.
  Value load(Value stage, Value row, Value column, bool transpose) {
    auto type = VectorType::get({4, 2}, getElement());
    return nvgpu::LdMatrixOp::create(b, type, buffer,
                                     ValueRange{stage, row, column}, transpose,
                                     /*numTiles=*/4);
  }

private:
  Type getElement() const {
    return cast<MemRefType>(matrix.getType()).getElementType();
  }
  Value copyAsync(Value stage, Value row, Value column, Value matrixRow,
                  Value matrixColumn);
  void copyEntries(Value stage, Value row, Value column, Value matrixRow,
                   Value matrixColumn);

  LoopBuilder &b;
  Value matrix, buffer;
  int64_t rows, columns, threads;
};

void StagedOperand::copy(Value thread, Value stage, Value firstRow,
                         Value firstColumn, bool isAligned,
                         SmallVectorImpl<Value> &tokens) {
  int64_t chunksInRow = columns / kChunk;
  for (int64_t first = 0; first < rows * chunksInRow; first += threads) {
    Value chunk = b.add(thread, first);
    Value row = b.div(chunk, chunksInRow);
    Value column = b.mul(b.rem(chunk, chunksInRow), kChunk);
    Value matrixRow = b.add(firstRow, row);
    Value matrixColumn = b.add(firstColumn, column);
    if (isAligned)
      tokens.push_back(copyAsync(stage, row, column, matrixRow, matrixColumn));
    else
      copyEntries(stage, row, column, matrixRow, matrixColumn);
  }
}

Value StagedOperand::copyAsync(Value stage, Value row, Value column,
                               Value matrixRow, Value matrixColumn) {
  Value zero = b.constant(0);
  Value left = b.sub(b.getDim(matrix, 1), matrixColumn);
  Value isInside = arith::AndIOp::create(
      b, b.isLess(matrixRow, b.getDim(matrix, 0)), b.isLess(zero, left));
  Value count = b.select(isInside, b.min(left, b.constant(kChunk)), zero);
  // Where nothing is read, the address must still be one that there is.
  Value source = b.select(isInside, matrixRow, zero);
  Value sourceColumn = b.select(isInside, matrixColumn, zero);
  return nvgpu::DeviceAsyncCopyOp::create(
      b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), buffer,
      ValueRange{stage, row, column}, matrix, ValueRange{source, sourceColumn},
      b.getIndexAttr(kChunk), count, /*bypassL1=*/b.getUnitAttr());
}

void StagedOperand::copyEntries(Value stage, Value row, Value column,
                                Value matrixRow, Value matrixColumn) {
  Value isRow = b.isLess(matrixRow, b.getDim(matrix, 0));
  b.loop(b.constant(kChunk), [&](Value i) {
    Value source = b.add(matrixColumn, i);
    Value isInside =
        arith::AndIOp::create(b, isRow, b.isLess(source, b.getDim(matrix, 1)));
    Value entry = b.choose(
        getElement(), isInside,
        [&]() -> SmallVector<Value> {
          return {b.load(matrix, {matrixRow, source})};
        },
        [&]() -> SmallVector<Value> { return {b.getZero(getElement())}; })[0];
    b.store(entry, buffer, {stage, row, b.add(column, i)});
  });
}

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

class ProductEmitter {
public:
  ProductEmitter(LoopBuilder &b, Value memory, const MatrixProduct &product,
                 bool accumulate, const TensorCoreTile &tile)
      : b(b), product(product), accumulate(accumulate), tile(tile),
        rows(b, memory, 0, product.rows, getRowBlock(tile), tile),
        columns(b, memory, getRowBlock(tile).getBytes(tile), product.columns,
                getColumnBlock(product, tile), tile) {
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
  Value multiply(ValueRange row, ValueRange column, Value sums);
  void store(Value row, Value column, ValueRange sums);
  void storeSum(Value sum, Value row, Value column);
  SmallVector<Value> getRegisters(Value fragment);

  /// Waits until all but the last `pending` stages have come, for all threads.
  void waitFor(int64_t pending) {
    NVVM::CpAsyncWaitGroupOp::create(b, pending);
    gpu::BarrierOp::create(b);
  }
  Type getElement() const {
    return cast<MemRefType>(product.rows.getType()).getElementType();
  }
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
               waitFor(tile.stages - 2);
               copyStage(b.add(step, tile.stages - 1), row, column, isAligned);
               return multiply(b.rem(step, tile.stages), current);
             });
  // The next block's copies go where others may still be reading.
  waitFor(0);
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
    nvgpu::DeviceAsyncCreateGroupOp::create(
        b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), tokens);
}

ProductEmitter::Fragments ProductEmitter::multiply(Value stage,
                                                   ValueRange sums) {
  Fragments result(sums);
  for (int64_t step = 0; step < tile.depth; step += kMmaDepth) {
    Fragments rowFragments = loadRows(stage, step);
    Fragments columnFragments = loadColumns(stage, step);
    for (auto [i, rowFragment] : llvm::enumerate(rowFragments)) {
      SmallVector<Value> row = getRegisters(rowFragment);
      for (int64_t j = 0; j < getColumnFragments(); ++j) {
        // A fragment of the columns serves two products.
        SmallVector<Value> pair = getRegisters(columnFragments[j / 2]);
        Value &sum = result[i * getColumnFragments() + j];
        sum = multiply(row, ArrayRef(pair).slice(j % 2 * 2, 2), sum);
      }
    }
  }
  return result;
}

ProductEmitter::Fragments ProductEmitter::loadRows(Value stage, int64_t step) {
  Fragments fragments;
  Value row = b.add(warpRow, b.rem(lane, 16));
  Value column = b.add(b.mul(b.div(lane, 16), 8), step);
  for (int64_t first = 0; first < tile.warpRows; first += kMmaRows)
    fragments.push_back(rows.load(stage, b.add(row, first), column,
                                  /*transpose=*/false));
  return fragments;
}

ProductEmitter::Fragments ProductEmitter::loadColumns(Value stage,
                                                      int64_t step) {
  Fragments fragments;
  if (product.columnsTransposed) {
    Value row =
        b.add(warpColumn, b.add(b.mul(b.div(lane, 16), 8), b.rem(lane, 8)));
    Value column = b.add(b.mul(b.rem(b.div(lane, 8), 2), 8), step);
    for (int64_t first = 0; first < tile.warpColumns; first += 2 * kMmaColumns)
      fragments.push_back(columns.load(stage, b.add(row, first), column,
                                       /*transpose=*/false));
    return fragments;
  }
  Value row = b.add(b.rem(lane, 16), step);
  Value column = b.add(warpColumn, b.mul(b.div(lane, 16), 8));
  for (int64_t first = 0; first < tile.warpColumns; first += 2 * kMmaColumns)
    fragments.push_back(columns.load(stage, row, b.add(column, first),
                                     /*transpose=*/true));
  return fragments;
}

/// The registers of a fragment as `mma.sync` takes them.
SmallVector<Value> ProductEmitter::getRegisters(Value fragment) {
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i) {
    Value pair = vector::ExtractOp::create(b, fragment, ArrayRef<int64_t>{i});
    if (getElement().isBF16()) {
      auto word = VectorType::get(1, b.getI32Type());
      pair = vector::BitCastOp::create(b, word, pair);
      pair = vector::ExtractOp::create(b, pair, ArrayRef<int64_t>{0});
    }
    registers.push_back(pair);
  }
  return registers;
}

Value ProductEmitter::multiply(ValueRange row, ValueRange column, Value sums) {
  auto elements = vector::ToElementsOp::create(b, sums);
  Type f32 = b.getF32Type();
  auto results =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  auto kind =
      getElement().isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
  Value product =
      NVVM::MmaOp::create(b, results, row, column, elements.getResults(),
                          ArrayRef<int64_t>{kMmaRows, kMmaColumns, kMmaDepth},
                          /*b1Op=*/std::nullopt, /*intOverflow=*/std::nullopt,
                          std::array<NVVM::MMATypes, 2>{kind, kind},
                          std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                                         NVVM::MMALayout::col});
  SmallVector<Value> values;
  for (int64_t i = 0; i < kSums; ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, product, i));
  return vector::FromElementsOp::create(b, sums.getType(), values);
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

int64_t grow::getTensorCoreBytes(const MatrixProduct &product,
                                 const TensorCoreTile &tile) {
  return getRowBlock(tile).getBytes(tile) +
         getColumnBlock(product, tile).getBytes(tile);
}

Value grow::emitIsAligned(LoopBuilder &b, Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> strides = type.getStridesAndOffset().first;
  strides.pop_back();
  for (int64_t stride : strides)
    if (ShapedType::isStatic(stride) && stride % kChunk != 0)
      return nullptr;
  auto parts = memref::ExtractStridedMetadataOp::create(b, buffer);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
  Value first = b.add(address, b.mul(parts.getOffset(), kEntryBytes));
  Value zero = b.constant(0);
  Value isAligned = b.isEqual(b.rem(first, kCopyBytes), zero);
  for (auto [i, stride] : llvm::enumerate(strides))
    if (ShapedType::isDynamic(stride))
      isAligned = arith::AndIOp::create(
          b, isAligned, b.isEqual(b.rem(parts.getStrides()[i], kChunk), zero));
  return isAligned;
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
