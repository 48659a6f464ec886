//===- LowerPacks.cpp - Packing of panels to loops ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/bit.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERPACKSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

/// Lowers `pack` with one inner tile to a loop over all outer dimensions of the
/// result but the last: each iteration makes one panel, depth x lane.
class PackEmitter {
public:
  PackEmitter(ImplicitLocOpBuilder &b, linalg::PackOp op)
      : b(b), op(op), source(op.getSource()), type(op.getSourceType()),
        width(op.getStaticInnerTiles().front()),
        laneDim(op.getInnerDimsPos().front()),
        order(op.getOuterDimsPerm().empty()
                  ? llvm::to_vector(llvm::seq(type.getRank()))
                  : SmallVector<int64_t>(op.getOuterDimsPerm())),
        depthDim(order.back()) {
    // Without a padding value there is nothing to pad.
    padding = op.getPaddingValue();
    if (!padding)
      padding =
          arith::ConstantOp::create(b, b.getZeroAttr(type.getElementType()));
  }

  static bool supports(linalg::PackOp op) {
    // An outer dimension besides the panels is what a panel is long in.
    return op.getStaticInnerTiles().size() == 1 &&
           ShapedType::isStatic(op.getStaticInnerTiles().front()) &&
           op.getSourceType().getRank() >= 2 &&
           op.getSourceType().getElementType().isIntOrFloat() &&
           PackEmitter::getDepthDim(op) != op.getInnerDimsPos().front();
  }

  Value emit() {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), op.getDest());
    SmallVector<OpFoldResult> outer(sizes.begin(), sizes.end() - 2);
    auto loop = scf::ForallOp::create(b, outer, op.getDest(), std::nullopt);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(loop.getTerminator());
    setBlock(loop.getInductionVars());
    // The part of the result that this iteration writes.
    SmallVector<OpFoldResult> offsets =
        getAsOpFoldResult(ValueRange(loop.getInductionVars()));
    offsets.append(2, b.getIndexAttr(0));
    SmallVector<OpFoldResult> extents(outer.size(), b.getIndexAttr(1));
    extents.append({sizes[sizes.size() - 2], b.getIndexAttr(width)});
    SmallVector<OpFoldResult> ones(offsets.size(), b.getIndexAttr(1));
    Type element = type.getElementType();
    auto panelType = RankedTensorType::get(
        {getStatic(extents[outer.size()]), width}, element);
    Value panel = tensor::ExtractSliceOp::create(
        b, panelType, loop.getRegionIterArgs().front(), offsets, extents, ones);
    panel = isDepthContiguous() ? emitTransposed(panel) : emitRows(panel);
    b.setInsertionPointToEnd(loop.getTerminator().getBody());
    tensor::ParallelInsertSliceOp::create(
        b, panel, loop.getRegionIterArgs().front(), offsets, extents, ones);
    return loop.getResult(0);
  }

private:
  static int64_t getDepthDim(linalg::PackOp op) {
    ArrayRef<int64_t> order = op.getOuterDimsPerm();
    return order.empty() ? op.getSourceType().getRank() - 1 : order.back();
  }
  static int64_t getStatic(OpFoldResult size) {
    return getConstantIntValue(size).value_or(ShapedType::kDynamic);
  }
  bool isDepthContiguous() const { return depthDim == type.getRank() - 1; }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value getDim(int64_t dim) {
    return b.createOrFold<tensor::DimOp>(source, dim);
  }

  /// Where this iteration's panel starts in the source.
  void setBlock(ValueRange indices) {
    start.assign(type.getRank(), Value());
    for (auto [position, index] : llvm::enumerate(indices))
      start[order[position]] = index;
    start[laneDim] = arith::MulIOp::create(b, start[laneDim], constant(width));
    depth = getDim(depthDim);
    lanes = getDim(laneDim);
  }

  SmallVector<Value> getIndices(Value lane, Value k) {
    SmallVector<Value> indices = start;
    indices[laneDim] = lane;
    indices[depthDim] = k;
    return indices;
  }

  /// `count` elements from `indices` on along `dim`; zero beyond the last.
  Value read(ArrayRef<Value> indices, int64_t dim, int64_t count) {
    AffineMap map = AffineMap::get(type.getRank(), 0, b.getAffineDimExpr(dim),
                                   b.getContext());
    Value entries = vector::TransferReadOp::create(
        b, VectorType::get(count, type.getElementType()), source, indices,
        padding, map, ArrayRef<bool>{false});
    return arith::BitcastOp::create(b, getBits(count), entries);
  }

  /// Entries are moved as integers: LLVM would round vectors of 16-bit numbers
  /// that it takes apart.
  VectorType getBits(int64_t count) const {
    Type element = type.getElementType();
    return VectorType::get(count,
                           b.getIntegerType(element.getIntOrFloatBitWidth()));
  }

  /// The number of a lane of the panel in the source, at most the last one, and
  /// whether there is such a lane.
  std::pair<Value, Value> getLane(Value lane) {
    Value last = arith::SubIOp::create(b, lanes, constant(1));
    Value number = arith::AddIOp::create(b, start[laneDim], lane);
    Value inside =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sle, number, last);
    return {arith::MinSIOp::create(b, number, last), inside};
  }

  Value getPadding(int64_t count) {
    Value entries = vector::BroadcastOp::create(
        b, VectorType::get(count, type.getElementType()), padding);
    return arith::BitcastOp::create(b, getBits(count), entries);
  }

  /// Lanes or nothing are contiguous: a step of the panel at a time.
  Value emitRows(Value panel) {
    auto loop = scf::ForOp::create(b, constant(0), depth, constant(1), panel);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value row = read(getIndices(start[laneDim], k), laneDim, width);
    Value written = write(row, loop.getRegionIterArgs().front(), k, 0,
                          /*inBounds=*/true);
    scf::YieldOp::create(b, written);
    return loop.getResult(0);
  }

  Value write(Value row, Value panel, Value k, int64_t lane, bool inBounds) {
    auto entries = VectorType::get(cast<VectorType>(row.getType()).getShape(),
                                   type.getElementType());
    row = arith::BitcastOp::create(b, entries, row);
    return vector::TransferWriteOp::create(b, row, panel,
                                           ValueRange{k, constant(lane)},
                                           ArrayRef<bool>{inBounds})
        .getResult();
  }

  /// Depth is contiguous: squares are transposed in registers.
  Value emitTransposed(Value panel) {
    int64_t unit = std::min<int64_t>(8, width & -width);
    Value step = constant(unit);
    Value whole =
        arith::SubIOp::create(b, depth, arith::RemUIOp::create(b, depth, step));
    panel = loopOverSquares(panel, constant(0), whole, unit, /*isLast=*/false);
    return loopOverSquares(panel, whole, depth, unit, /*isLast=*/true);
  }

  Value loopOverSquares(Value panel, Value from, Value to, int64_t unit,
                        bool isLast) {
    auto loop = scf::ForOp::create(b, from, to, constant(unit), panel);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar(), result = loop.getRegionIterArgs().front();
    for (int64_t lane = 0; lane < width; lane += unit)
      result = writeSquare(result, k, lane, unit, isLast);
    scf::YieldOp::create(b, result);
    return loop.getResult(0);
  }

  /// Lanes beyond the last read the last one again and are padding. Steps
  /// beyond the last are written to the last one, before that is: a condition
  /// on each would make its type depend on both cases, and the time that
  /// bufferization takes to find it double with each.
  Value writeSquare(Value panel, Value k, int64_t lane, int64_t unit,
                    bool isLast) {
    SmallVector<Value> rows;
    Value beyond = getPadding(unit);
    for (int64_t i = 0; i < unit; ++i) {
      auto [number, inside] = getLane(constant(lane + i));
      Value row = read(getIndices(number, k), depthDim, unit);
      rows.push_back(arith::SelectOp::create(b, inside, row, beyond));
    }
    Value last = arith::SubIOp::create(b, depth, constant(1));
    SmallVector<Value> columns = transpose(b, rows);
    for (int64_t i = unit - 1; i >= 0; --i) {
      Value place = arith::AddIOp::create(b, k, constant(i));
      if (isLast)
        place = arith::MinSIOp::create(b, place, last);
      panel = write(columns[i], panel, place, lane, /*inBounds=*/true);
    }
    return panel;
  }

  ImplicitLocOpBuilder &b;
  linalg::PackOp op;
  Value source, padding;
  RankedTensorType type;
  int64_t width, laneDim;
  SmallVector<int64_t> order;
  int64_t depthDim;
  SmallVector<Value> start;
  Value depth, lanes;
};

struct LowerPacks : public grow::impl::CPULowerPacksPassBase<LowerPacks> {
  void runOnOperation() override {
    SmallVector<linalg::PackOp> ops;
    getOperation()->walk([&](linalg::PackOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    int64_t lowered = 0;
    for (linalg::PackOp op : ops) {
      if (!PackEmitter::supports(op))
        continue;
      ImplicitLocOpBuilder b(op.getLoc(), op);
      rewriter.replaceOp(op, PackEmitter(b, op).emit());
      ++lowered;
    }
    reportCount(getOperation(), getName(), lowered, "packs",
                "lowered to loops");
  }
};

} // namespace
