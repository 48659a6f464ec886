//===- LowerContractions.cpp - Contractions to calls of routines ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "../Utils/Contraction.h"
#include "ContractionRoutines.h"
#include "RegisterTile.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/X86Vector/X86VectorDialect.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERCONTRACTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

/// A buffer and how the loops of a structured op index it.
struct Access {
  Value buffer;
  AffineMap map;

  MemRefType getType() const { return cast<MemRefType>(buffer.getType()); }

  /// Neighbouring iterations of `loop` touch neighbouring elements.
  bool isContiguousAlong(unsigned loop) const {
    return map.getNumResults() > 0 && getType().isLastDimUnitStride() &&
           map.getResults().back() == getAffineDimExpr(loop, map.getContext());
  }
};

/// Replaces one contraction by loops over its outer loops around a call.
class CallEmitter {
public:
  CallEmitter(LoopBuilder &b, ContractionRoutines &routines,
              linalg::GenericOp op, const ContractionLoops &loops,
              const CPULowerContractionsPassOptions &options)
      : b(b), routines(routines), loops(loops),
        rows(getAccess(op, loops.rowOperand)),
        columns(getAccess(op, loops.columnOperand)), result(getAccess(op, 2)) {
    for (const Range &range :
         cast<linalg::LinalgOp>(*op).createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    kernel.element = result.getType().getElementType();
    kernel.rowElement = rows.getType().getElementType();
    kernel.rowsContiguous = rows.isContiguousAlong(getDepth());
    kernel.columnElement = columns.getType().getElementType();
    kernel.source = getSource();
    kernel.usesPairs = options.bf16Dot && kernel.element.isF32() &&
                       kernel.rowElement.isBF16() &&
                       kernel.columnElement.isBF16();
    kernel.tile = kernel.usesPairs
                      ? getDotTile(options.vectorBits)
                      : getRegisterTile(kernel.element, options.vectorBits);
    kernel.blockRows = options.blockRows;
    kernel.blockDepth = options.blockDepth;
  }

  /// Whether a routine can do it: others are left to the generic lowering.
  static bool supports(linalg::GenericOp op, const ContractionLoops &loops,
                       unsigned vectorBits) {
    Access result = getAccess(op, 2),
           columns = getAccess(op, loops.columnOperand);
    if (loops.depth.size() != 1 || !result.isContiguousAlong(loops.column))
      return false;
    int64_t width =
        getRegisterTile(result.getType().getElementType(), vectorBits)
            .getColumns();
    return !loops.panelWidth ||
           (*loops.panelWidth == width && arePanels(columns, loops, width));
  }

  /// Whether steps of a panel follow one another without a gap.
  static bool arePanels(const Access &columns, const ContractionLoops &loops,
                        int64_t width) {
    SmallVector<int64_t> strides;
    int64_t offset;
    unsigned depth = *columns.map.getResultPosition(
        getAffineDimExpr(loops.depth.front(), columns.map.getContext()));
    return succeeded(columns.getType().getStridesAndOffset(strides, offset)) &&
           strides.back() == 1 && strides[depth] == width;
  }

  void emit(Value accumulate) {
    starts.assign(sizes.size(), Value());
    emitOuterLoops(loops.outer, accumulate);
  }

private:
  static Access getAccess(linalg::GenericOp op, unsigned operand) {
    return {op->getOperand(operand), op.getIndexingMapsArray()[operand]};
  }

  unsigned getDepth() const { return loops.depth.front(); }

  ColumnSource getSource() const {
    if (loops.panelWidth)
      return ColumnSource::Panels;
    if (!columns.isContiguousAlong(loops.column))
      return ColumnSource::Matrix;
    return ColumnSource::Rows;
  }

  void emitOuterLoops(ArrayRef<unsigned> outer, Value accumulate) {
    if (!outer.empty()) {
      b.loop(sizes[outer.front()], [&](Value index) {
        starts[outer.front()] = index;
        emitOuterLoops(outer.drop_front(), accumulate);
      });
      return;
    }
    func::CallOp::create(
        b, routines.getMultiply(kernel),
        ValueRange{
            createMatrix(rows, loops.row, getDepth(), kernel.getRowsType()),
            createColumns(),
            createMatrix(result, loops.row, loops.column,
                         kernel.getResultType()),
            accumulate});
  }

  Value getValue(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), value);
  }

  /// A buffer seen as a matrix: one of the loops along each axis. No loop is
  /// one iteration, and a loop that the buffer does not depend on has stride 0.
  Value createMatrix(const Access &access, std::optional<unsigned> first,
                     unsigned second, MemRefType type) {
    auto buffer = memref::ExtractStridedMetadataOp::create(b, access.buffer);
    Value zero = b.constant(0);
    Value offset = getValue(buffer.getConstifiedMixedOffset());
    SmallVector<Value> strides(sizes.size(), zero);
    for (auto [dim, stride] :
         llvm::enumerate(buffer.getConstifiedMixedStrides())) {
      unsigned loop = access.map.getDimPosition(dim);
      strides[loop] = getValue(stride);
      if (starts[loop])
        offset = b.add(offset, b.mul(starts[loop], strides[loop]));
    }
    SmallVector<OpFoldResult> viewSizes{first ? sizes[*first] : b.constant(1),
                                        sizes[second]};
    SmallVector<OpFoldResult> viewStrides{first ? strides[*first] : zero,
                                          strides[second]};
    return reinterpret(buffer, type, offset, viewSizes, viewStrides);
  }

  Value reinterpret(memref::ExtractStridedMetadataOp buffer, MemRefType type,
                    Value offset, ArrayRef<OpFoldResult> viewSizes,
                    SmallVector<OpFoldResult> viewStrides) {
    if (!ShapedType::isDynamic(type.getStridesAndOffset().first.back()))
      viewStrides.back() = b.getIndexAttr(1);
    return memref::ReinterpretCastOp::create(b, type, buffer.getBaseBuffer(),
                                             OpFoldResult(offset), viewSizes,
                                             viewStrides);
  }

  Value createColumns() {
    if (kernel.source != ColumnSource::Panels)
      return createMatrix(columns, getDepth(), loops.column,
                          kernel.getColumnsType());
    return createPackedPanels();
  }

  Value createPackedPanels() {
    auto buffer = memref::ExtractStridedMetadataOp::create(b, columns.buffer);
    Value offset = getValue(buffer.getConstifiedMixedOffset());
    SmallVector<OpFoldResult> bufferStrides =
        buffer.getConstifiedMixedStrides();
    SmallVector<OpFoldResult> viewSizes(3), viewStrides(3);
    viewSizes[2] = viewStrides[1] = b.getIndexAttr(kernel.getWidth());
    for (auto [dim, expr] :
         llvm::enumerate(columns.map.getResults().drop_back())) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      unsigned viewDim = !loop ? 0 : loop.getPosition() == getDepth() ? 1 : 2;
      if (viewDim == 2) {
        offset = b.add(offset, b.mul(starts[loop.getPosition()],
                                     getValue(bufferStrides[dim])));
        continue;
      }
      viewSizes[viewDim] = b.getDim(columns.buffer, dim);
      if (viewDim == 0)
        viewStrides[viewDim] = getValue(bufferStrides[dim]);
    }
    return reinterpret(buffer, kernel.getColumnsType(), offset, viewSizes,
                       viewStrides);
  }

  LoopBuilder &b;
  ContractionRoutines &routines;
  const ContractionLoops &loops;
  Access rows, columns, result;
  SmallVector<Value> sizes;  // of the contraction's loops
  SmallVector<Value> starts; // of outer loops
  ContractionKernel kernel;
};

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

/// The op right before `op` that fills its result with zeros.
linalg::FillOp getZeroFill(linalg::GenericOp op) {
  auto fill = dyn_cast_or_null<linalg::FillOp>(op->getPrevNode());
  if (!fill || fill.getOutputs().front() != op.getOutputs().front())
    return nullptr;
  return matchPattern(fill.getInputs().front(), m_PosZeroFloat()) ? fill
                                                                  : nullptr;
}

struct LowerContractions
    : public grow::impl::CPULowerContractionsPassBase<LowerContractions> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(checkOptions()))
      return signalPassFailure();
    ContractionRoutines routines(getOperation());
    SmallVector<linalg::GenericOp> ops;
    getOperation()->walk([&](linalg::GenericOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    int64_t lowered = 0;
    for (linalg::GenericOp op : ops)
      lowered += lower(rewriter, op, routines);
    reportCount(getOperation(), getName(), lowered, "contractions",
                "lowered to calls of routines");
  }

  LogicalResult checkOptions() {
    if (failed(checkVectorBits(getOperation(), vectorBits)) ||
        failed(checkPositive(getOperation(),
                             {{blockRows.getArgStr(), blockRows},
                              {blockDepth.getArgStr(), blockDepth}})))
      return failure();
    constexpr unsigned kMostBits = 512;
    if (bf16Dot && vectorBits > kMostBits)
      return emitError(getOperation()->getLoc())
             << "'bf16-dot' with 'vector-bits' of " << vectorBits.getValue()
             << ": AVX512-BF16 has vectors of 128, 256 and 512";
    return success();
  }

  /// Whether it is a contraction that is lowered.
  bool lower(RewriterBase &rewriter, linalg::GenericOp op,
             ContractionRoutines &routines) {
    if (!op.hasPureBufferSemantics() ||
        !llvm::all_of(op->getOperandTypes(), llvm::IsaPred<MemRefType>))
      return false;
    std::optional<ContractionLoops> loops = matchContractionLoops(op);
    if (!loops || !CallEmitter::supports(op, *loops, vectorBits))
      return false;
    LoopBuilder b(op.getLoc(), op);
    linalg::FillOp fill = getZeroFill(op);
    Value accumulate = arith::ConstantIntOp::create(b, fill ? 0 : 1, 1);
    CPULowerContractionsPassOptions options{vectorBits, blockRows, blockDepth,
                                            bf16Dot};
    CallEmitter(b, routines, op, *loops, options).emit(accumulate);
    rewriter.eraseOp(op);
    if (fill)
      rewriter.eraseOp(fill);
    return true;
  }
};

} // namespace
