//===- WarpgroupProduct.cpp - Products by warpgroups ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One thread has the device copy blocks of both operands to workgroup memory
// (`cp.async.bulk.tensor`), several stages ahead. Two barriers belong to each
// stage: it is full when the bytes of both copies have come, and empty when
// every warp is done with it. Each warpgroup multiplies its 64 rows
// (`wgmma.mma_async`), with one stage in flight behind the one that it starts.
//
// A line of 64 entries, 128 bytes, is what copies can swizzle: 16-byte chunk c
// of line l lies at chunk c xor (l mod 8). Blocks whose lines go along the
// depth need one copy. Columns that lie as depth x columns are copied 64 at a
// time. Descriptors of `wgmma` (PTX ISA, "Matrix Descriptor Format") say how
// far groups of 8 lines are apart ("stride") and, across lines, groups of 64
// entries ("leading").
//
//===----------------------------------------------------------------------===//

#include "WarpgroupProduct.h"

#include "Fragments.h"
#include "TensorCores.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace grow;

namespace {

constexpr int64_t kLine = 64; // entries
constexpr int64_t kLineBytes = kLine * kEntryBytes;
constexpr int64_t kLinesInGroup = 8;
constexpr int64_t kDepth = kLine; // of a stage
constexpr int64_t kWarpgroupRows = 64;
constexpr int64_t kWarpgroup = 128; // threads
constexpr int64_t kLargestRank = 5; // of a tensor map

} // namespace

std::string WarpgroupTile::check() const {
  if (threads <= 0 || threads % kWarpgroup != 0 || getRows() > 256)
    return llvm::formatv("there are {0} threads: expected 1 to 4 warpgroups, "
                         "{1} threads each",
                         threads, kWarpgroup);
  if (columns != 64 && columns != 128 && columns != 256)
    return llvm::formatv("a warpgroup computes {0} columns: expected 64, 128 "
                         "or 256",
                         columns);
  if (stages < 2 || stages > kMostStages)
    return llvm::formatv("there are {0} stages for warpgroups: expected 2 to "
                         "{1}",
                         stages, kMostStages);
  return "";
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

static bool isInside(Value value, gpu::LaunchOp launch) {
  return launch.getBody().isAncestor(value.getParentRegion());
}

/// Whether a slice has all of an axis of its source.
static bool isWhole(memref::SubViewOp slice, int64_t axis) {
  if (!isConstantIntValue(slice.getMixedOffsets()[axis], 0))
    return false;
  OpFoldResult size = slice.getMixedSizes()[axis];
  int64_t known = slice.getSourceType().getDimSize(axis);
  if (ShapedType::isStatic(known))
    return isConstantIntValue(size, known);
  auto value = dyn_cast<Value>(size);
  auto dim = value ? value.getDefiningOp<memref::DimOp>() : memref::DimOp();
  return dim && dim.getSource() == slice.getSource() &&
         dim.getConstantIndex() == axis;
}

/// Whether copies of blocks find nothing behind the last step of the depth that
/// belongs to others: they stop there, or there is none that is not whole.
/// Nothing if types do not tell.
static std::optional<bool> hasOwnDepth(memref::SubViewOp slice, int64_t axis) {
  std::optional<int64_t> size =
      getConstantIntValue(slice.getMixedSizes()[axis]);
  if (isWhole(slice, axis) || (size && *size % kDepth == 0))
    return true;
  if (size && !slice.getSourceType().isDynamicDim(axis))
    return false;
  return std::nullopt;
}

/// The same at run time.
static Value emitHasOwnDepth(LoopBuilder &b, memref::SubViewOp slice,
                             int64_t axis) {
  auto get = [&](OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  };
  Value offset = get(slice.getMixedOffsets()[axis]);
  Value size = get(slice.getMixedSizes()[axis]);
  Value zero = b.constant(0);
  Value isWhole =
      arith::AndIOp::create(b, b.isEqual(offset, zero),
                            b.isEqual(size, b.getDim(slice.getSource(), axis)));
  return arith::OrIOp::create(b, isWhole, b.isEqual(b.rem(size, kDepth), zero));
}

/// Makes a part of a slice a part of what is sliced.
static void addSlice(memref::SubViewOp slice, MappedOperand &operand) {
  SmallVector<int64_t> kept;
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  SmallVector<SmallVector<OpFoldResult>> offsets;
  for (auto [axis, offset] : llvm::enumerate(slice.getMixedOffsets())) {
    offsets.push_back({offset});
    if (dropped.test(axis))
      continue;
    llvm::append_range(offsets.back(), operand.offsets[kept.size()]);
    kept.push_back(axis);
  }
  for (int64_t &axis : operand.axes)
    axis = kept[axis];
  operand.offsets = std::move(offsets);
  operand.buffer = slice.getSource();
}

/// Follows an operand's slices out of the launch.
static std::optional<MappedOperand> mapOperand(Value matrix, int64_t depthAxis,
                                               gpu::LaunchOp launch) {
  MappedOperand operand{matrix, {}, {0, 1}, {}};
  operand.offsets.resize(2);
  while (isInside(operand.buffer, launch)) {
    if (auto cast = operand.buffer.getDefiningOp<memref::CastOp>()) {
      operand.buffer = cast.getSource();
      continue;
    }
    auto slice = operand.buffer.getDefiningOp<memref::SubViewOp>();
    if (!slice || !slice.hasUnitStride())
      return std::nullopt;
    addSlice(slice, operand);
    int64_t axis = operand.axes[depthAxis];
    std::optional<bool> ownDepth = hasOwnDepth(slice, axis);
    if (!ownDepth)
      operand.depths.push_back({slice, axis});
    else if (!*ownDepth)
      return std::nullopt;
  }
  auto type = dyn_cast<MemRefType>(operand.buffer.getType());
  if (!type || type.getRank() > kLargestRank || type.getMemorySpace() ||
      !type.isLastDimUnitStride() || operand.axes[1] != type.getRank() - 1)
    return std::nullopt;
  return operand;
}

std::optional<MappedProduct> grow::mapProduct(const MatrixProduct &product,
                                              gpu::LaunchOp launch,
                                              WarpgroupTile tile) {
  std::optional<MappedOperand> rows =
      mapOperand(product.rows, /*depthAxis=*/1, launch);
  std::optional<MappedOperand> columns =
      mapOperand(product.columns, product.columnsTransposed, launch);
  if (!rows || !columns)
    return std::nullopt;
  std::optional<int64_t> most =
      getUpperBound(product.columns, !product.columnsTransposed);
  while (most && *most <= tile.columns / 2 && tile.columns > kLine)
    tile.columns /= 2;
  return MappedProduct{product, *rows, *columns, tile};
}

int64_t MappedProduct::getBytes() const {
  int64_t barriers = llvm::alignTo(2 * tile.stages * sizeof(int64_t), 16);
  return tile.stages * (tile.getRows() + tile.columns) * kLineBytes + barriers;
}

Value grow::emitAreMapped(LoopBuilder &b, const MappedProduct &product) {
  Value rows = emitIsAligned(b, product.rows.buffer);
  Value columns = emitIsAligned(b, product.columns.buffer);
  if (!rows || !columns)
    return nullptr;
  Value areMapped = arith::AndIOp::create(b, rows, columns);
  for (const MappedOperand *operand : {&product.rows, &product.columns})
    for (auto [slice, axis] : operand->depths)
      areMapped =
          arith::AndIOp::create(b, areMapped, emitHasOwnDepth(b, slice, axis));
  return areMapped;
}

Value TensorMaps::get(Value buffer, MemRefType block) {
  Value &map = maps[{buffer, block}];
  if (map)
    return map;
  LoopBuilder host(launch.getLoc(), launch);
  auto type = nvgpu::TensorMapDescriptorType::get(
      host.getContext(), block, nvgpu::TensorMapSwizzleKind::SWIZZLE_128B,
      nvgpu::TensorMapL2PromoKind::L2PROMO_128B,
      nvgpu::TensorMapOOBKind::OOB_ZERO,
      nvgpu::TensorMapInterleaveKind::INTERLEAVE_NONE);
  SmallVector<Value> sizes;
  for (int64_t size : block.getShape())
    sizes.push_back(host.constant(size));
  auto unranked = UnrankedMemRefType::get(block.getElementType(), Attribute());
  Value described = memref::CastOp::create(host, unranked, buffer);
  map = nvgpu::TmaCreateDescriptorOp::create(host, type, described, sizes);
  return map;
}

namespace {

//===----------------------------------------------------------------------===//
// Workgroup memory
//===----------------------------------------------------------------------===//

/// Blocks of an operand in workgroup memory, one for each stage. Each consists
/// of `boxes` copies of `lines` lines.
class SwizzledOperand {
public:
  SwizzledOperand(LoopBuilder &b, TensorMaps &maps, Value memory,
                  int64_t firstByte, const MappedOperand &operand,
                  int64_t lines, int64_t boxes)
      : b(b), memory(memory), operand(operand), lines(lines), boxes(boxes),
        firstByte(firstByte) {
    auto buffer = cast<MemRefType>(operand.buffer.getType());
    SmallVector<int64_t> shape(buffer.getRank(), 1);
    shape[operand.axes[0]] = lines;
    shape[operand.axes[1]] = kLine;
    box = MemRefType::get(shape, buffer.getElementType(),
                          MemRefLayoutAttrInterface(),
                          cast<MemRefType>(memory.getType()).getMemorySpace());
    map = maps.get(operand.buffer, box);
  }

  /// Starts the copies of the block that starts at a row and a column.
  void copy(Value stage, Value row, Value column, Value barriers,
            Value barrier) {
    for (int64_t i = 0; i < boxes; ++i) {
      Value byte = b.add(getFirstByte(stage), i * getBoxBytes());
      Value to = memref::ViewOp::create(b, box, memory, byte, ValueRange());
      nvgpu::TmaAsyncLoadOp::create(
          b, to, barriers, map, getCoordinates(row, b.add(column, i * kLine)),
          barrier, /*multicastMask=*/Value(), /*predicate=*/Value());
    }
  }

  /// What describes the block to `wgmma`, as 64 bits.
  Value describe(Value stage) {
    Value begin = memref::ExtractAlignedPointerAsIndexOp::create(b, memory);
    Value address = toInteger(b.add(begin, getFirstByte(stage)));
    // 14 bits of units of 16 bytes.
    constexpr int64_t kAddress = 0x3fff0;
    uint64_t layout = uint64_t(1) << 62 | // swizzled over 128 bytes
                      uint64_t(kLinesInGroup * kLineBytes / 16) << 32 |
                      uint64_t(boxes > 1 ? getBoxBytes() / 16 : 1) << 16;
    Value masked = arith::AndIOp::create(b, address, getInteger(kAddress));
    Value units = arith::ShRUIOp::create(b, masked, getInteger(4));
    return arith::OrIOp::create(b, units, getInteger(layout));
  }

  /// The description of what lies `bytes` further on.
  Value advance(Value description, int64_t bytes) {
    return arith::AddIOp::create(b, description, getInteger(bytes / 16));
  }
  Value advance(Value description, Value bytes) {
    return arith::AddIOp::create(b, description, toInteger(b.div(bytes, 16)));
  }

  /// Of a stage.
  int64_t getBytes() const { return boxes * getBoxBytes(); }

private:
  int64_t getBoxBytes() const { return lines * kLineBytes; }
  Value getFirstByte(Value stage) {
    return b.add(b.mul(stage, getBytes()), firstByte);
  }
  Value getInteger(uint64_t value) {
    return arith::ConstantIntOp::create(b, static_cast<int64_t>(value), 64);
  }
  Value toInteger(Value index) {
    return arith::IndexCastUIOp::create(b, b.getI64Type(), index);
  }

  /// Of the buffer, the innermost first.
  SmallVector<Value> getCoordinates(Value row, Value column) {
    SmallVector<Value> coordinates;
    for (auto [axis, terms] : llvm::enumerate(operand.offsets)) {
      Value sum = axis == size_t(operand.axes[0])   ? row
                  : axis == size_t(operand.axes[1]) ? column
                                                    : b.constant(0);
      for (OpFoldResult term : terms)
        sum = b.add(sum, getValueOrCreateConstantIndexOp(b, b.getLoc(), term));
      coordinates.push_back(sum);
    }
    std::reverse(coordinates.begin(), coordinates.end());
    return coordinates;
  }

  LoopBuilder &b;
  Value memory;
  const MappedOperand &operand;
  int64_t lines, boxes, firstByte;
  MemRefType box;
  Value map;
};

/// Barriers that count threads and bytes (`mbarrier`), two for each stage.
class StageBarriers {
public:
  StageBarriers(LoopBuilder &b, Value memory, int64_t firstByte, int64_t stages)
      : b(b), stages(stages) {
    Attribute space = cast<MemRefType>(memory.getType()).getMemorySpace();
    auto words = MemRefType::get({2 * stages}, b.getI64Type(),
                                 MemRefLayoutAttrInterface(), space);
    Value view = memref::ViewOp::create(b, words, memory, b.constant(firstByte),
                                        ValueRange());
    auto group =
        nvgpu::MBarrierGroupType::get(b.getContext(), space, 2 * stages);
    // As nvgpu.mbarrier.create becomes, but in memory of the launch's choice.
    barriers = UnrealizedConversionCastOp::create(b, group, view).getResult(0);
  }

  /// By one thread: a stage is full by the word of that thread, and empty by
  /// those of `users`.
  void begin(int64_t users) {
    for (int64_t stage = 0; stage < stages; ++stage) {
      nvgpu::MBarrierInitOp::create(b, barriers, b.constant(1),
                                    b.constant(stage), Value());
      nvgpu::MBarrierInitOp::create(b, barriers, b.constant(users),
                                    b.constant(stages + stage), Value());
    }
  }
  /// By one thread: the memory may be used otherwise.
  void end() {
    auto pointer = LLVM::LLVMPointerType::get(
        b.getContext(), static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared));
    for (int64_t i = 0; i < 2 * stages; ++i) {
      Value address = nvgpu::MBarrierGetOp::create(b, b.getI64Type(), barriers,
                                                   b.constant(i));
      NVVM::MBarrierInvalOp::create(
          b, LLVM::IntToPtrOp::create(b, pointer, address));
    }
  }

  void expectBytes(Value stage, int64_t bytes) {
    nvgpu::MBarrierArriveExpectTxOp::create(b, barriers, b.constant(bytes),
                                            getFull(stage), Value());
  }
  void arriveEmpty(Value stage) {
    nvgpu::MBarrierArriveOp::create(b, barriers, getEmpty(stage));
  }
  /// Waits for the stage of a step of the depth.
  void waitFull(Value step) { wait(step, getFull(b.rem(step, stages))); }
  void waitEmpty(Value step) { wait(step, getEmpty(b.rem(step, stages))); }

  Value get() const { return barriers; }
  Value getFull(Value stage) { return stage; }
  Value getEmpty(Value stage) { return b.add(stage, stages); }

private:
  /// Phases of a barrier alternate: even ones are over when their parity, 0, is
  /// waited for.
  void wait(Value step, Value barrier) {
    Value parity = b.isEqual(b.rem(b.div(step, stages), 2), b.constant(1));
    constexpr int64_t kTicks = 10000000; // ns before it asks again
    nvgpu::MBarrierTryWaitParityOp::create(b, barriers, parity,
                                           b.constant(kTicks), barrier);
  }

  LoopBuilder &b;
  int64_t stages;
  Value barriers;
};

//===----------------------------------------------------------------------===//
// The product
//===----------------------------------------------------------------------===//

class WarpgroupEmitter {
public:
  WarpgroupEmitter(LoopBuilder &b, TensorMaps &maps, Value memory,
                   const MappedProduct &mapped, bool accumulate)
      : b(b), product(mapped.product), tile(mapped.tile),
        accumulate(accumulate),
        rows(b, maps, memory, 0, mapped.rows, tile.getRows(), 1),
        columns(b, maps, memory, tile.stages * rows.getBytes(), mapped.columns,
                product.columnsTransposed ? tile.columns : kDepth,
                product.columnsTransposed ? 1 : tile.columns / kLine),
        barriers(b, memory,
                 tile.stages * (rows.getBytes() + columns.getBytes()),
                 tile.stages) {
    SmallVector<Type> types(getSums(), b.getF32Type());
    sumsType = LLVM::LLVMStructType::getLiteral(b.getContext(), types);
    thread = gpu::ThreadIdOp::create(b, gpu::Dimension::x);
    lane = b.rem(thread, kLanes);
    isFirstThread = b.isEqual(thread, b.constant(0));
    isFirstLane = b.isEqual(lane, b.constant(0));
    warpgroupRow = b.mul(b.div(thread, kWarpgroup), kWarpgroupRows);
    warpRow =
        b.mul(b.div(thread, kLanes), kWarpgroupRows / (kWarpgroup / kLanes));
  }

  /// Emits loops over blocks of the result.
  void emit() {
    depth = b.getDim(product.rows, 1);
    steps = b.ceilDiv(depth, kDepth);
    b.loop(b.constant(0), b.getDim(product.result, 0), tile.getRows(),
           [&](Value row) {
             b.loop(b.constant(0), b.getDim(product.result, 1), tile.columns,
                    [&](Value column) { emitBlock(row, column); });
           });
  }

private:
  void emitBlock(Value row, Value column);
  void begin();
  void copy(Value step, Value row, Value column);
  void refill(Value step, Value row, Value column);
  Value multiply(Value stage, Value sums);
  Value multiply(Value row, Value column, Value sums);
  Value waitForSums(int64_t pending, Value sums);
  void store(Value row, Value column, Value sums);
  void storeSum(Value sum, Value row, Value column);

  Type getElement() const {
    return cast<MemRefType>(product.rows.getType()).getElementType();
  }
  /// Of a thread.
  int64_t getSums() const { return kWarpgroupRows * tile.columns / kWarpgroup; }

  LoopBuilder &b;
  const MatrixProduct &product;
  const WarpgroupTile &tile;
  bool accumulate;
  SwizzledOperand rows, columns;
  StageBarriers barriers;
  Type sumsType;
  Value thread, lane, isFirstThread, isFirstLane, warpgroupRow, warpRow;
  Value depth, steps;
};

void WarpgroupEmitter::emitBlock(Value row, Value column) {
  begin();
  b.when(isFirstThread, [&] {
    for (int64_t stage = 0; stage < tile.stages; ++stage) {
      Value step = b.constant(stage);
      b.when(b.isLess(step, steps), [&] { copy(step, row, column); });
    }
  });
  Value zero = LLVM::ZeroOp::create(b, sumsType);
  Value sums =
      b.loop(b.constant(0), steps, 1, zero,
             [&](Value step, ValueRange current) -> SmallVector<Value> {
               barriers.waitFull(step);
               // `wgmma` takes whole warps.
               Value all = arith::ConstantIntOp::create(b, -1, 32);
               NVVM::SyncWarpOp::create(b, all);
               Value next = multiply(b.rem(step, tile.stages), current.front());
               next = waitForSums(/*pending=*/1, next);
               refill(step, row, column);
               return {next};
             })[0];
  sums = waitForSums(/*pending=*/0, sums);
  gpu::BarrierOp::create(b);
  b.when(isFirstThread, [&] { barriers.end(); });
  store(row, column, sums);
}

/// Copies are another way to memory (a "proxy") than loads and stores: what all
/// threads did before is fenced off.
void WarpgroupEmitter::begin() {
  int64_t warps = tile.threads / kLanes;
  b.when(isFirstThread, [&] { barriers.begin(warps); });
  NVVM::FenceProxyOp::create(b, NVVM::ProxyKind::async,
                             NVVM::SharedSpaceAttr());
  gpu::BarrierOp::create(b);
}

/// Copies the blocks of both operands for a step of the depth.
void WarpgroupEmitter::copy(Value step, Value row, Value column) {
  Value stage = b.rem(step, tile.stages);
  Value first = b.mul(step, kDepth);
  barriers.expectBytes(stage, rows.getBytes() + columns.getBytes());
  Value barrier = barriers.getFull(stage);
  rows.copy(stage, row, first, barriers.get(), barrier);
  if (product.columnsTransposed)
    columns.copy(stage, column, first, barriers.get(), barrier);
  else
    columns.copy(stage, first, column, barriers.get(), barrier);
}

/// The step before `step` is done for this warp; when it is for all, its stage
/// takes another one.
void WarpgroupEmitter::refill(Value step, Value row, Value column) {
  Value before = b.sub(step, b.constant(1));
  Value next = b.add(before, tile.stages);
  Value isNeeded = arith::AndIOp::create(b, b.isLess(b.constant(0), step),
                                         b.isLess(next, steps));
  b.when(isNeeded, [&] {
    b.when(isFirstLane,
           [&] { barriers.arriveEmpty(b.rem(before, tile.stages)); });
    b.when(isFirstThread, [&] {
      barriers.waitEmpty(before);
      copy(next, row, column);
    });
  });
}

/// Starts the products of a stage.
Value WarpgroupEmitter::multiply(Value stage, Value sums) {
  Value row =
      rows.advance(rows.describe(stage), b.mul(warpgroupRow, kLineBytes));
  Value column = columns.describe(stage);
  int64_t lineStep = kMmaDepth * kEntryBytes;
  int64_t columnStep =
      product.columnsTransposed ? lineStep : kMmaDepth * kLineBytes;
  NVVM::WgmmaFenceAlignedOp::create(b);
  for (int64_t i = 0; i < kDepth / kMmaDepth; ++i)
    sums = multiply(rows.advance(row, i * lineStep),
                    columns.advance(column, i * columnStep), sums);
  NVVM::WgmmaGroupSyncAlignedOp::create(b);
  return sums;
}

Value WarpgroupEmitter::multiply(Value row, Value column, Value sums) {
  auto type =
      getElement().isBF16() ? NVVM::WGMMATypes::bf16 : NVVM::WGMMATypes::f16;
  auto shape = NVVM::MMAShapeAttr::get(b.getContext(), kWarpgroupRows,
                                       tile.columns, kMmaDepth);
  // Of the rows `row`, of the columns `col` means lines along the depth.
  auto layout =
      product.columnsTransposed ? NVVM::MMALayout::col : NVVM::MMALayout::row;
  return NVVM::WgmmaMmaAsyncOp::create(
      b, sumsType, sums, row, column, shape, type, type, NVVM::WGMMATypes::f32,
      NVVM::WGMMAScaleOut::one, NVVM::WGMMAScaleIn::one,
      NVVM::WGMMAScaleIn::one, NVVM::MMALayout::row, layout,
      NVVM::MMAIntOverflowAttr());
}

/// Waits until all but the last `pending` stages are multiplied. The sums go
/// through the instruction, so that nothing uses them before: nvvm.wgmma.wait
/// does not name them.
Value WarpgroupEmitter::waitForSums(int64_t pending, Value sums) {
  SmallVector<Value> registers;
  std::string outputs, inputs;
  for (int64_t i = 0; i < getSums(); ++i) {
    registers.push_back(LLVM::ExtractValueOp::create(b, sums, i));
    outputs += "=f,";
    inputs += std::to_string(i) + ",";
  }
  return LLVM::InlineAsmOp::create(
             b, sumsType, registers,
             llvm::formatv("wgmma.wait_group.sync.aligned {0};", pending).str(),
             outputs + inputs + "~{memory}", /*has_side_effects=*/true,
             /*is_align_stack=*/false, LLVM::TailCallKind::None,
             /*asm_dialect=*/LLVM::AsmDialectAttr(),
             /*operand_attrs=*/ArrayAttr())
      .getRes();
}

/// Of 16 rows of a warp, a lane has rows l / 4 and l / 4 + 8, and of 8 columns
/// 2 * (l mod 4) and the next one.
void WarpgroupEmitter::store(Value row, Value column, Value sums) {
  Value firstRow = b.add(row, b.add(warpRow, b.div(lane, 4)));
  Value firstColumn = b.add(column, b.mul(b.rem(lane, 4), 2));
  Value rowCount = b.getDim(product.result, 0);
  for (int64_t half = 0; half < 2; ++half) {
    Value sumRow = b.add(firstRow, half * 8);
    b.when(b.isLess(sumRow, rowCount), [&] {
      for (int64_t i = 0; i < getSums(); ++i)
        if (i / 2 % 2 == half)
          storeSum(LLVM::ExtractValueOp::create(b, sums, i), sumRow,
                   b.add(firstColumn, i / 4 * 8 + i % 2));
    });
  }
}

void WarpgroupEmitter::storeSum(Value sum, Value row, Value column) {
  b.when(b.isLess(column, b.getDim(product.result, 1)), [&] {
    if (accumulate)
      sum =
          arith::AddFOp::create(b, b.load(product.result, {row, column}), sum);
    b.store(sum, product.result, {row, column});
  });
}

} // namespace

void grow::emitWarpgroupProduct(LoopBuilder &b, TensorMaps &maps, Value memory,
                                const MappedProduct &product, bool accumulate) {
  WarpgroupEmitter emitter(b, maps, memory, product, accumulate);
  gpu::BarrierOp::create(b);
  emitter.emit();
  gpu::BarrierOp::create(b);
}
