//===- BlockResults.cpp - Compute large results block by block ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_BLOCKRESULTSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

static uint64_t getByteSize(RankedTensorType type) {
  return type.getNumElements() *
         llvm::divideCeil(type.getElementTypeBitWidth(), 8);
}

static bool isLarge(RankedTensorType type, uint64_t bytes) {
  return type && type.hasStaticShape() && type.getRank() != 0 &&
         type.getElementType().isIntOrFloat() && getByteSize(type) > bytes;
}

namespace {
/// Rebuilds tensors as a block of their rows, the slices along axis 0, back to
/// the function's arguments. Knows the ops that derivations are made of, and
/// fails at any other, and where a row depends on more than a block.
class RowSlicer {
public:
  RowSlicer(RewriterBase &rewriter, Location loc)
      : rewriter(rewriter), loc(loc) {}

  FailureOr<Value> slice(Value tensor, Value begin, Value count) {
    if (isa<BlockArgument>(tensor))
      return extract(tensor, begin, count);
    Operation *op = tensor.getDefiningOp();
    if (auto empty = dyn_cast<tensor::EmptyOp>(op))
      return sliceEmpty(empty, count);
    if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
      return sliceInsertion(insert, begin, count);
    if (auto extraction = dyn_cast<tensor::ExtractSliceOp>(op))
      return sliceExtraction(extraction, begin, count);
    if (auto reshape = dyn_cast<tensor::CollapseShapeOp>(op))
      return sliceCollapsed(reshape, begin, count);
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return sliceLinalg(linalgOp, cast<OpResult>(tensor), begin, count);
    return failure();
  }

private:
  Value extract(Value tensor, Value begin, Value count) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(rewriter, loc, tensor);
    SmallVector<OpFoldResult> offsets(sizes.size(), rewriter.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    offsets[0] = begin;
    sizes[0] = count;
    return tensor::ExtractSliceOp::create(rewriter, loc, tensor, offsets, sizes,
                                          strides);
  }

  Value sliceEmpty(tensor::EmptyOp empty, Value count) {
    SmallVector<OpFoldResult> sizes = empty.getMixedSizes();
    sizes[0] = count;
    return tensor::EmptyOp::create(rewriter, loc, sizes,
                                   empty.getType().getElementType());
  }

  /// `value` or, where that lies outside, the nearest bound.
  Value clamp(Value value, Value low, Value high) {
    value = arith::MaxSIOp::create(rewriter, loc, value, low);
    return arith::MinSIOp::create(rewriter, loc, value, high);
  }

  Value add(Value a, Value b) {
    return arith::AddIOp::create(rewriter, loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return arith::SubIOp::create(rewriter, loc, a, b);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(rewriter, loc, value);
  }

  /// Inserts the rows that the block shares with the inserted tensor, which may
  /// be none.
  FailureOr<Value> sliceInsertion(tensor::InsertSliceOp op, Value begin,
                                  Value count) {
    RankedTensorType type = op.getSourceType();
    if (type.getRank() != op.getType().getRank() || !op.hasUnitStride() ||
        type.isDynamicDim(0) || op.isDynamicOffset(0))
      return failure();
    FailureOr<Value> dest = slice(op.getDest(), begin, count);
    if (failed(dest))
      return failure();
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
    SmallVector<OpFoldResult> sizes = op.getMixedSizes();
    Value from = begin, size = count;
    if (type.getDimSize(0) != op.getType().getDimSize(0)) {
      Value first = index(op.getStaticOffset(0));
      Value last = index(op.getStaticOffset(0) + type.getDimSize(0));
      Value low = clamp(begin, first, last);
      size = subtract(clamp(add(begin, count), first, last), low);
      from = subtract(low, first);
      offsets[0] = clamp(subtract(low, begin), index(0), count);
    }
    sizes[0] = size;
    FailureOr<Value> source = slice(op.getSource(), from, size);
    if (failed(source))
      return failure();
    return tensor::InsertSliceOp::create(rewriter, loc, *source, *dest, offsets,
                                         sizes, op.getMixedStrides())
        .getResult();
  }

  FailureOr<Value> sliceExtraction(tensor::ExtractSliceOp op, Value begin,
                                   Value count) {
    if (op.getType().getRank() != op.getSourceType().getRank() ||
        !op.hasUnitStride())
      return failure();
    SmallVector<OpFoldResult> offsets = op.getMixedOffsets();
    SmallVector<OpFoldResult> sizes = op.getMixedSizes();
    Value offset = getValueOrCreateConstantIndexOp(rewriter, loc, offsets[0]);
    FailureOr<Value> source = slice(op.getSource(), add(begin, offset), count);
    if (failed(source))
      return failure();
    offsets[0] = rewriter.getIndexAttr(0);
    sizes[0] = count;
    return tensor::ExtractSliceOp::create(rewriter, loc, *source, offsets,
                                          sizes, op.getMixedStrides())
        .getResult();
  }

  /// Rows must stay rows.
  FailureOr<Value> sliceCollapsed(tensor::CollapseShapeOp op, Value begin,
                                  Value count) {
    SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
    if (groups.empty() || groups.front().size() != 1)
      return failure();
    FailureOr<Value> source = slice(op.getSrc(), begin, count);
    if (failed(source))
      return failure();
    return tensor::CollapseShapeOp::create(rewriter, loc, *source, groups)
        .getResult();
  }

  /// A smaller op of the same kind, on blocks of its operands.
  FailureOr<Value> sliceLinalg(linalg::LinalgOp op, OpResult result,
                               Value begin, Value count) {
    if (op.getNumLoops() != op.getNumParallelLoops())
      return failure();
    auto whole =
        extract(result, begin, count).getDefiningOp<tensor::ExtractSliceOp>();
    FailureOr<TilingResult> tiled =
        tensor::replaceExtractSliceWithTiledProducer(rewriter, whole, result);
    rewriter.eraseOp(whole);
    if (failed(tiled))
      return failure();
    for (Operation *generated : tiled->generatedSlices)
      if (failed(sliceOperand(cast<tensor::ExtractSliceOp>(generated))))
        return failure();
    return tiled->tiledValues.front();
  }

  /// Replaces a slice of a whole operand by a slice that is built as such.
  LogicalResult sliceOperand(tensor::ExtractSliceOp op) {
    if (isa<BlockArgument>(op.getSource()))
      return success();
    ArrayRef<int64_t> sizes = op.getStaticSizes().drop_front();
    if (op.getType().getRank() != op.getSourceType().getRank() ||
        sizes != op.getSourceType().getShape().drop_front())
      return failure();
    OpBuilder::InsertionGuard guard(rewriter);
    rewriter.setInsertionPoint(op);
    Value begin =
        getValueOrCreateConstantIndexOp(rewriter, loc, op.getMixedOffsets()[0]);
    Value count =
        getValueOrCreateConstantIndexOp(rewriter, loc, op.getMixedSizes()[0]);
    FailureOr<Value> block = slice(op.getSource(), begin, count);
    if (failed(block))
      return failure();
    rewriter.replaceOp(op, *block);
    return success();
  }

  RewriterBase &rewriter;
  Location loc;
};

struct BlockResultsPass
    : public grow::impl::BlockResultsPassBase<BlockResultsPass> {
  using BlockResultsPassBase::BlockResultsPassBase;

  void runOnOperation() override {
    int64_t inBlocks = 0;
    for (auto function :
         llvm::make_early_inc_range(getOperation().getOps<func::FuncOp>()))
      if (function.getNumResults() == 1 && llvm::hasSingleElement(function) &&
          isLarge(dyn_cast<RankedTensorType>(function.getResultTypes()[0]),
                  bytes))
        inBlocks += computeInBlocks(function);
    reportCount(getOperation(), getName(), inBlocks, "functions",
                "computed by blocks of rows");
  }

private:
  /// Works on a copy, so that a function that cannot is left as it was.
  static bool computeInBlocks(func::FuncOp function) {
    IRRewriter rewriter(function);
    auto copy = cast<func::FuncOp>(rewriter.clone(*function));
    bool rebuilt = succeeded(rebuild(rewriter, copy));
    (rebuilt ? function : copy).erase();
    return rebuilt;
  }

  static LogicalResult rebuild(IRRewriter &rewriter, func::FuncOp function) {
    Location loc = function.getLoc();
    Block &block = function.getBody().front();
    Operation *terminator = block.getTerminator();
    Value begin = block.addArgument(rewriter.getIndexType(), loc);
    Value count = block.addArgument(rewriter.getIndexType(), loc);
    rewriter.setInsertionPoint(terminator);
    FailureOr<Value> result =
        RowSlicer(rewriter, loc).slice(terminator->getOperand(0), begin, count);
    if (failed(result))
      return failure();
    terminator->setOperand(0, *result);
    function.setType(
        rewriter.getFunctionType(block.getArgumentTypes(), result->getType()));
    // What made the whole tensor is not needed any more.
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
      if (isOpTriviallyDead(&op))
        rewriter.eraseOp(&op);
    return success();
  }
};
} // namespace
