//===- PackColumns.cpp - Weights in panels --------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "../Utils/Contraction.h"
#include "RegisterTile.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace grow {
#define GEN_PASS_DEF_CPUPACKCOLUMNSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

/// The column operand of a contraction, and where it is cut from.
struct Columns {
  Value source;               // outside of all loops
  tensor::ExtractSliceOp cut; // in the loop; none if all is used
  AffineMap map;
  ContractionLoops loops;

  unsigned getDim(unsigned loop) const {
    return *map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
  }
  unsigned getColumnDim() const { return getDim(loops.column); }
};

/// Whether `value` is what the caller passed, or a view of it.
bool isGiven(Value value) {
  while (Operation *op = value.getDefiningOp()) {
    if (!isa<tensor::ExtractSliceOp, tensor::ExpandShapeOp,
             tensor::CollapseShapeOp, linalg::TransposeOp>(op))
      return false;
    value = op->getOperand(0);
  }
  return isa<func::FuncOp>(
      cast<BlockArgument>(value).getOwner()->getParentOp());
}

bool isOutsideLoops(Value value) {
  return isa<func::FuncOp>(value.getParentBlock()->getParentOp());
}

/// Whether a block starts at a whole panel, whatever the iteration.
bool isMultiple(OpFoldResult offset, int64_t width) {
  if (std::optional<int64_t> constant = getConstantIntValue(offset))
    return *constant % width == 0;
  auto index = dyn_cast<BlockArgument>(cast<Value>(offset));
  if (!index)
    return false;
  auto loop = dyn_cast<scf::ForallOp>(index.getOwner()->getParentOp());
  if (!loop || index.getArgNumber() >= loop.getRank())
    return false;
  auto isWhole = [&](OpFoldResult value) {
    std::optional<int64_t> constant = getConstantIntValue(value);
    return constant && *constant % width == 0;
  };
  return isWhole(loop.getMixedLowerBound()[index.getArgNumber()]) &&
         isWhole(loop.getMixedStep()[index.getArgNumber()]);
}

std::optional<Columns> findColumns(linalg::GenericOp op, int64_t width) {
  std::optional<ContractionLoops> loops = matchContractionLoops(op);
  if (!loops || loops->panelWidth)
    return std::nullopt;
  OpOperand &operand = op->getOpOperand(loops->columnOperand);
  Columns columns{
      operand.get(), {}, op.getMatchingIndexingMap(&operand), *loops};
  if (!isOutsideLoops(columns.source)) {
    columns.cut = columns.source.getDefiningOp<tensor::ExtractSliceOp>();
    if (!columns.cut || !isOutsideLoops(columns.cut.getSource()) ||
        columns.cut.getSourceType().getRank() !=
            columns.cut.getType().getRank() ||
        !columns.cut.hasUnitStride() ||
        !isMultiple(columns.cut.getMixedOffsets()[columns.getColumnDim()],
                    width))
      return std::nullopt;
    columns.source = columns.cut.getSource();
  }
  return columns;
}

/// What is computed here and lies in rows already is read in place.
bool needsPanels(const Columns &columns) {
  bool hasRows = columns.getColumnDim() + 1 == columns.map.getNumResults();
  return !hasRows || isGiven(columns.source);
}

class Packer {
public:
  Packer(IRRewriter &rewriter, const Columns &columns, int64_t width)
      : rewriter(rewriter), columns(columns), width(width) {
    // Outer loops, panels, depth, lanes.
    for (unsigned dim = 0; dim < columns.map.getNumResults(); ++dim)
      if (llvm::is_contained(columns.loops.outer,
                             columns.map.getDimPosition(dim)))
        order.push_back(dim);
    order.push_back(columns.getColumnDim());
    for (unsigned loop : columns.loops.depth)
      order.push_back(columns.getDim(loop));
  }

  void pack(linalg::GenericOp op) {
    Value packed = createPack();
    rewriter.setInsertionPoint(op);
    if (columns.cut)
      packed = createCut(packed);
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    maps[columns.loops.columnOperand] = getPanelMap();
    rewriter.modifyOpInPlace(op, [&] {
      op->setOperand(columns.loops.columnOperand, packed);
      op.setIndexingMapsAttr(rewriter.getAffineMapArrayAttr(maps));
    });
    if (columns.cut && columns.cut->use_empty())
      rewriter.eraseOp(columns.cut);
  }

private:
  Value createPack() {
    Location loc = columns.source.getLoc();
    rewriter.setInsertionPointAfterValue(columns.source);
    auto type = cast<RankedTensorType>(columns.source.getType());
    SmallVector<int64_t> innerDims{columns.getColumnDim()};
    SmallVector<OpFoldResult> innerTiles{rewriter.getIndexAttr(width)};
    Value init = linalg::PackOp::createDestinationTensor(
        rewriter, loc, columns.source, innerTiles, innerDims, order);
    Value zero = arith::ConstantOp::create(
        rewriter, loc, rewriter.getZeroAttr(type.getElementType()));
    return linalg::PackOp::create(rewriter, loc, columns.source, init,
                                  innerDims, innerTiles, zero, order)
        .getResult();
  }

  Value createCut(Value packed) {
    tensor::ExtractSliceOp cut = columns.cut;
    Location loc = cut.getLoc();
    SmallVector<OpFoldResult> oldOffsets = cut.getMixedOffsets(),
                              oldSizes = cut.getMixedSizes();
    SmallVector<OpFoldResult> offsets, sizes;
    AffineExpr symbol = rewriter.getAffineSymbolExpr(0);
    for (int64_t dim : order) {
      offsets.push_back(oldOffsets[dim]);
      sizes.push_back(oldSizes[dim]);
      if (dim != columns.getColumnDim())
        continue;
      offsets.back() = affine::makeComposedFoldedAffineApply(
          rewriter, loc, symbol.floorDiv(width), offsets.back());
      sizes.back() = affine::makeComposedFoldedAffineApply(
          rewriter, loc, symbol.ceilDiv(width), sizes.back());
    }
    offsets.push_back(rewriter.getIndexAttr(0));
    sizes.push_back(rewriter.getIndexAttr(width));
    SmallVector<OpFoldResult> strides(offsets.size(), rewriter.getIndexAttr(1));
    return tensor::ExtractSliceOp::create(rewriter, loc, packed, offsets, sizes,
                                          strides);
  }

  AffineMap getPanelMap() {
    AffineExpr column = rewriter.getAffineDimExpr(columns.loops.column);
    SmallVector<AffineExpr> results;
    for (int64_t dim : order)
      results.push_back(dim == columns.getColumnDim()
                            ? column.floorDiv(width)
                            : columns.map.getResult(dim));
    results.push_back(column % width);
    return AffineMap::get(columns.map.getNumDims(), 0, results,
                          rewriter.getContext());
  }

  IRRewriter &rewriter;
  const Columns &columns;
  int64_t width;
  SmallVector<int64_t> order; // of the source's dimensions
};

struct PackColumns : public grow::impl::CPUPackColumnsPassBase<PackColumns> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(checkVectorBits(getOperation(), vectorBits)))
      return signalPassFailure();
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    int64_t packed = 0;
    for (linalg::GenericOp op : ops) {
      if (!isContraction(op) || !op.hasPureTensorSemantics())
        continue;
      int64_t width =
          getRegisterTile(getElementTypeOrSelf(op->getResult(0)), vectorBits)
              .getColumns();
      std::optional<Columns> columns = findColumns(op, width);
      if (!columns || !needsPanels(*columns))
        continue;
      Packer(rewriter, *columns, width).pack(op);
      ++packed;
    }
    reportCount(getOperation(), getName(), packed, "contractions",
                "given packed columns");
  }
};

} // namespace
