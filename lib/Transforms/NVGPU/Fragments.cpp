//===- Fragments.cpp - Operands of tensor cores ---------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fragments.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

using namespace mlir;
using namespace grow;

int64_t grow::getEntryBytes(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}
int64_t grow::getChunk(Type element) {
  return kCopyBytes / getEntryBytes(element);
}
int64_t grow::getMmaDepth(Type element) {
  return kMmaDepth * kEntryBytes / getEntryBytes(element);
}

//===----------------------------------------------------------------------===//
// Workgroup memory
//===----------------------------------------------------------------------===//

SourceMatrix::SourceMatrix(LoopBuilder &b, Value matrix)
    : SourceMatrix(matrix, b.getDim(matrix, 0), b.getDim(matrix, 1),
                   [](Value row) { return SmallVector<Value>{row}; }) {}

StagedOperand::StagedOperand(LoopBuilder &b, gpu::LaunchOp launch,
                             SourceMatrix source, BlockShape block,
                             int64_t stages, int64_t threads)
    : b(b), matrix(std::move(source)), block(block), threads(threads),
      chunk(getChunk(matrix.getElement())) {
  auto type = MemRefType::get(
      {stages, block.rows, block.columns + block.padding}, matrix.getElement(),
      MemRefLayoutAttrInterface(),
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup));
  buffer = launch.addWorkgroupAttribution(type, b.getLoc());
}

StagedOperand::StagedOperand(LoopBuilder &b, Value memory, int64_t firstByte,
                             SourceMatrix source, BlockShape block,
                             int64_t stages, int64_t threads)
    : b(b), matrix(std::move(source)), block(block), threads(threads),
      chunk(getChunk(matrix.getElement())) {
  auto type =
      MemRefType::get({stages, block.rows, block.columns + block.padding},
                      matrix.getElement(), MemRefLayoutAttrInterface(),
                      cast<MemRefType>(memory.getType()).getMemorySpace());
  buffer = memref::ViewOp::create(b, type, memory, b.constant(firstByte),
                                  ValueRange());
}

void StagedOperand::copy(Value thread, Value stage, Value firstRow,
                         Value firstColumn, bool isAligned,
                         SmallVectorImpl<Value> &tokens) {
  int64_t chunksInRow = block.columns / chunk;
  int64_t chunks = block.rows * chunksInRow;
  auto copyChunk = [&](Value index) {
    Value row = b.div(index, chunksInRow);
    Value column = b.mul(b.rem(index, chunksInRow), chunk);
    Value matrixRow = b.add(firstRow, row);
    Value matrixColumn = b.add(firstColumn, column);
    if (isAligned)
      tokens.push_back(copyAsync(stage, row, column, matrixRow, matrixColumn));
    else
      copyEntries(stage, row, column, matrixRow, matrixColumn);
  };
  if (!isAligned)
    return b.loop(thread, b.constant(chunks), threads, copyChunk);
  for (int64_t first = 0; first < chunks; first += threads)
    copyChunk(b.add(thread, first));
}

Value StagedOperand::copyAsync(Value stage, Value row, Value column,
                               Value matrixRow, Value matrixColumn) {
  Value zero = b.constant(0);
  Value isInside = b.isLess(matrixRow, matrix.rows);
  Value count = b.constant(chunk);
  // Blocks of whole rows have all columns that there are.
  if (getConstantIntValue(matrix.columns) != block.columns) {
    Value left = b.sub(matrix.columns, matrixColumn);
    isInside = arith::AndIOp::create(b, isInside, b.isLess(zero, left));
    count = b.min(left, count);
  }
  // Where nothing is read, the address must still be one that there is.
  SmallVector<Value> source =
      matrix.getIndices(b.select(isInside, matrixRow, zero));
  source.push_back(b.select(isInside, matrixColumn, zero));
  return nvgpu::DeviceAsyncCopyOp::create(
      b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), buffer,
      ValueRange{stage, row, column}, matrix.buffer, source,
      b.getIndexAttr(chunk), b.select(isInside, count, zero),
      /*bypassL1=*/b.getUnitAttr());
}

void StagedOperand::copyEntries(Value stage, Value row, Value column,
                                Value matrixRow, Value matrixColumn) {
  Value isRow = b.isLess(matrixRow, matrix.rows);
  Type element = matrix.getElement();
  b.loop(b.constant(chunk), [&](Value i) {
    Value source = b.add(matrixColumn, i);
    Value isInside =
        arith::AndIOp::create(b, isRow, b.isLess(source, matrix.columns));
    Value entry = b.choose(
        element, isInside,
        [&]() -> SmallVector<Value> {
          SmallVector<Value> indices = matrix.getIndices(matrixRow);
          indices.push_back(source);
          return {b.load(matrix.buffer, indices)};
        },
        [&]() -> SmallVector<Value> { return {b.getZero(element)}; })[0];
    b.store(entry, buffer, {stage, row, b.add(column, i)});
  });
}

void grow::commitCopies(LoopBuilder &b, ArrayRef<Value> tokens) {
  nvgpu::DeviceAsyncCreateGroupOp::create(
      b, nvgpu::DeviceAsyncTokenType::get(b.getContext()), tokens);
}

void grow::waitForCopies(LoopBuilder &b, int64_t pending) {
  NVVM::CpAsyncWaitGroupOp::create(b, pending);
  gpu::BarrierOp::create(b);
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

/// Four 8 x 8 matrices.
Value StagedOperand::load(Value stage, Value row, Value column,
                          bool transpose) {
  int64_t entries = 4 / getEntryBytes(matrix.getElement());
  auto type = VectorType::get({4, entries}, matrix.getElement());
  return nvgpu::LdMatrixOp::create(b, type, buffer,
                                   ValueRange{stage, row, column}, transpose,
                                   /*numTiles=*/4);
}

Value StagedOperand::loadRows(Value lane, Value stage, Value row,
                              Value column) {
  return load(stage, b.add(row, b.rem(lane, 16)),
              b.add(column, b.mul(b.div(lane, 16), chunk)),
              /*transpose=*/false);
}

Value StagedOperand::loadColumns(Value lane, Value stage, Value row,
                                 Value column) {
  if (matrix.getElement().isF32())
    return loadColumnEntries(lane, stage, row, column);
  return load(stage, b.add(row, b.rem(lane, 16)),
              b.add(column, b.mul(b.div(lane, 16), 8)), /*transpose=*/true);
}

Value StagedOperand::loadColumnEntries(Value lane, Value stage, Value row,
                                       Value column) {
  Value laneRow = b.add(row, b.rem(lane, 4));
  Value laneColumn = b.add(column, b.div(lane, 4));
  SmallVector<Value> entries;
  for (int64_t columns : {0, 8})
    for (int64_t steps : {0, 4})
      entries.push_back(b.load(
          buffer, {stage, b.add(laneRow, steps), b.add(laneColumn, columns)}));
  auto type = VectorType::get({4, 1}, matrix.getElement());
  return vector::FromElementsOp::create(b, type, entries);
}

Value StagedOperand::loadTransposedColumns(Value lane, Value stage, Value row,
                                           Value column) {
  Value laneRow = b.add(b.mul(b.div(lane, 16), 8), b.rem(lane, 8));
  Value laneColumn = b.mul(b.rem(b.div(lane, 8), 2), chunk);
  return load(stage, b.add(row, laneRow), b.add(column, laneColumn),
              /*transpose=*/false);
}

/// What lies in a register, as `mma.sync` takes it.
static Value getRegister(LoopBuilder &b, Value entries) {
  Type element = getElementTypeOrSelf(entries);
  if (element.isF16())
    return entries;
  if (element.isBF16())
    entries = vector::BitCastOp::create(b, VectorType::get(1, b.getI32Type()),
                                        entries);
  Value entry = vector::ExtractOp::create(b, entries, ArrayRef<int64_t>{0});
  if (element.isBF16())
    return entry;
  return NVVM::ConvertFloatToTF32Op::create(
      b, b.getI32Type(), entry, NVVM::FPRoundingMode::RNA,
      NVVM::SaturationMode::NONE, /*relu=*/false);
}

SmallVector<Value> grow::getRegisters(LoopBuilder &b, Value fragment) {
  SmallVector<Value> registers;
  for (int64_t i = 0; i < 4; ++i)
    registers.push_back(getRegister(
        b, vector::ExtractOp::create(b, fragment, ArrayRef<int64_t>{i})));
  return registers;
}

static NVVM::MMATypes getMmaType(Type element) {
  if (element.isF32())
    return NVVM::MMATypes::tf32;
  return element.isBF16() ? NVVM::MMATypes::bf16 : NVVM::MMATypes::f16;
}

Value grow::multiplyFragments(LoopBuilder &b, Type element, ValueRange row,
                              ValueRange column, Value sums) {
  auto elements = vector::ToElementsOp::create(b, sums);
  Type f32 = b.getF32Type();
  auto results =
      LLVM::LLVMStructType::getLiteral(b.getContext(), {f32, f32, f32, f32});
  NVVM::MMATypes kind = getMmaType(element);
  std::array<int64_t, 3> shape = {kMmaRows, kMmaColumns, getMmaDepth(element)};
  Value product =
      NVVM::MmaOp::create(b, results, row, column, elements.getResults(), shape,
                          /*b1Op=*/std::nullopt, /*intOverflow=*/std::nullopt,
                          std::array<NVVM::MMATypes, 2>{kind, kind},
                          std::array<NVVM::MMALayout, 2>{NVVM::MMALayout::row,
                                                         NVVM::MMALayout::col});
  SmallVector<Value> values;
  for (int64_t i = 0; i < kSums; ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, product, i));
  return vector::FromElementsOp::create(b, sums.getType(), values);
}

//===----------------------------------------------------------------------===//
// Alignment
//===----------------------------------------------------------------------===//

Value grow::emitIsAligned(LoopBuilder &b, Value matrix) {
  auto type = cast<MemRefType>(matrix.getType());
  int64_t width = type.getShape().back();
  int64_t chunk = getChunk(type.getElementType());
  // Then rows of a contiguous buffer are aligned if the first one is.
  bool isWhole = type.getLayout().isIdentity() && ShapedType::isStatic(width) &&
                 width % chunk == 0;
  SmallVector<int64_t> strides = type.getStridesAndOffset().first;
  strides.pop_back();
  for (int64_t stride : strides)
    if (ShapedType::isStatic(stride) && stride % chunk != 0)
      return nullptr;
  auto buffer = memref::ExtractStridedMetadataOp::create(b, matrix);
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, matrix);
  Value first = b.add(
      address, b.mul(buffer.getOffset(), getEntryBytes(type.getElementType())));
  Value zero = b.constant(0);
  Value isAligned = b.isEqual(b.rem(first, kCopyBytes), zero);
  for (auto [axis, stride] : llvm::enumerate(strides))
    if (ShapedType::isDynamic(stride) && !isWhole) {
      Value rest = b.rem(buffer.getStrides()[axis], chunk);
      isAligned = arith::AndIOp::create(b, isAligned, b.isEqual(rest, zero));
    }
  return isAligned;
}
