//===- LowerReductions.cpp - Interleaved reductions in order --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorReductions.h"
#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERREDUCTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Emits the loops of one reduction on buffers.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, linalg::LinalgOp op, int64_t interleave)
      : b(b), op(op), interleave(interleave) {
    for (const Range &range : op.createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    op.getParallelDims(parallelLoops);
    op.getReductionDims(reductionLoops);
  }

  void emit();

private:
  using LoopIndices = SmallVector<Value>;

  void emitNeighbours(LoopIndices first);
  void emitElements(LoopIndices first, int64_t count);
  SmallVector<Value> emitReduction(ArrayRef<unsigned> loops,
                                   MutableArrayRef<LoopIndices> elements,
                                   ValueRange accumulators);
  SmallVector<Value> emitStep(const LoopIndices &indices,
                              ValueRange accumulators);
  SmallVector<Value> getBufferIndices(OpOperand &operand,
                                      const LoopIndices &indices);
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }

  ImplicitLocOpBuilder &b;
  linalg::LinalgOp op;
  int64_t interleave;
  SmallVector<Value> sizes;
  SmallVector<unsigned> parallelLoops, reductionLoops;
};

/// The innermost parallel loop advances by `interleave` elements while it can.
void Emitter::emit() {
  LoopIndices indices(sizes.size());
  if (parallelLoops.empty())
    return emitElements(indices, 1);

  SmallVector<Value> to;
  for (unsigned loop : parallelLoops)
    to.push_back(sizes[loop]);
  SmallVector<int64_t> steps(parallelLoops.size(), 1);
  steps.back() = interleave;
  grow::emitParallelLoops(b, op, to, steps, [&](ValueRange inductions) {
    for (auto [loop, index] : llvm::zip_equal(parallelLoops, inductions))
      indices[loop] = index;
    emitNeighbours(indices);
  });
}

/// Reduces the elements from `first` on, one by one at the end of the loop.
void Emitter::emitNeighbours(LoopIndices first) {
  LoopIndices indices = first;
  unsigned inner = parallelLoops.back();
  Value end = arith::AddIOp::create(b, indices[inner], constant(interleave));
  Value isFull =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sle, end, sizes[inner]);
  auto branch = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  emitElements(indices, interleave);
  b.setInsertionPointToStart(branch.elseBlock());
  auto rest = scf::ForOp::create(b, indices[inner], sizes[inner], constant(1));
  b.setInsertionPointToStart(rest.getBody());
  indices[inner] = rest.getInductionVar();
  emitElements(indices, 1);
}

/// Reduces `count` neighbours of the element at `first`.
void Emitter::emitElements(LoopIndices first, int64_t count) {
  SmallVector<LoopIndices> elements(count, first);
  SmallVector<Value> accumulators;
  for (auto [i, indices] : llvm::enumerate(elements)) {
    if (i > 0)
      indices[parallelLoops.back()] =
          arith::AddIOp::create(b, first[parallelLoops.back()], constant(i));
    for (OpOperand &init : op.getDpsInitsMutable())
      accumulators.push_back(memref::LoadOp::create(
          b, init.get(), getBufferIndices(init, indices)));
  }
  SmallVector<Value> results =
      emitReduction(reductionLoops, elements, accumulators);
  auto *result = results.begin();
  for (const LoopIndices &indices : elements)
    for (OpOperand &init : op.getDpsInitsMutable())
      memref::StoreOp::create(b, *result++, init.get(),
                              getBufferIndices(init, indices));
}

SmallVector<Value> Emitter::emitReduction(ArrayRef<unsigned> loops,
                                          MutableArrayRef<LoopIndices> elements,
                                          ValueRange accumulators) {
  if (loops.empty()) {
    SmallVector<Value> results;
    size_t width = op.getNumDpsInits();
    for (auto [i, indices] : llvm::enumerate(elements))
      results.append(emitStep(indices, accumulators.slice(i * width, width)));
    return results;
  }
  auto loop = scf::ForOp::create(b, constant(0), sizes[loops.front()],
                                 constant(1), accumulators);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  for (LoopIndices &indices : elements)
    indices[loops.front()] = loop.getInductionVar();
  scf::YieldOp::create(
      b, emitReduction(loops.drop_front(), elements, loop.getRegionIterArgs()));
  return SmallVector<Value>(loop.getResults());
}

/// Emits the body of the op once.
SmallVector<Value> Emitter::emitStep(const LoopIndices &indices,
                                     ValueRange accumulators) {
  IRMapping map;
  Block *body = op.getBlock();
  for (OpOperand *input : op.getDpsInputOperands()) {
    Value value = input->get();
    if (!op.isScalar(input))
      value =
          memref::LoadOp::create(b, value, getBufferIndices(*input, indices));
    map.map(op.getMatchingBlockArgument(input), value);
  }
  map.map(op.getRegionOutputArgs(), accumulators);
  for (Operation &inner : body->without_terminator()) {
    if (auto index = dyn_cast<linalg::IndexOp>(inner)) {
      map.map(index.getResult(), indices[index.getDim()]);
      continue;
    }
    Operation *clone = b.clone(inner, map);
    clone->walk([&](linalg::IndexOp index) {
      index.replaceAllUsesWith(indices[index.getDim()]);
      index.erase();
    });
  }
  return llvm::map_to_vector(
      body->getTerminator()->getOperands(),
      [&](Value value) { return map.lookupOrDefault(value); });
}

SmallVector<Value> Emitter::getBufferIndices(OpOperand &operand,
                                             const LoopIndices &indices) {
  SmallVector<OpFoldResult> operands(indices.begin(), indices.end());
  // A loop that the map does not use may have no index yet.
  for (OpFoldResult &index : operands)
    if (!cast<Value>(index))
      index = b.getIndexAttr(0);
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<Value> result;
  for (unsigned i = 0, end = map.getNumResults(); i < end; ++i)
    result.push_back(getValueOrCreateConstantIndexOp(
        b, op.getLoc(),
        affine::makeComposedFoldedAffineApply(b, op.getLoc(),
                                              map.getSubMap({i}), operands)));
  return result;
}

/// The accumulators live in registers while the reduction loops run, so no
/// result may depend on those.
bool isReduction(linalg::LinalgOp op) {
  if (!op.hasPureBufferSemantics() || op.getNumReductionLoops() == 0)
    return false;
  SmallVector<unsigned> reductionLoops;
  op.getReductionDims(reductionLoops);
  return llvm::all_of(op.getDpsInitsMutable(), [&](OpOperand &init) {
    AffineMap map = op.getMatchingIndexingMap(&init);
    return llvm::none_of(reductionLoops, [&](unsigned loop) {
      return map.isFunctionOfDim(loop);
    });
  });
}

struct LowerReductions
    : public grow::impl::CPULowerReductionsPassBase<LowerReductions> {
  using Base::Base;

  void runOnOperation() override {
    // Code is written out for each of them.
    constexpr unsigned kMostInterleaved = 64;
    if (interleave < 1 || interleave > kMostInterleaved) {
      emitError(getOperation()->getLoc())
          << "'interleave' is " << interleave.getValue() << ": expected 1 to "
          << kMostInterleaved;
      return signalPassFailure();
    }
    SmallVector<linalg::LinalgOp> ops;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (isReduction(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (linalg::LinalgOp op : ops) {
      ImplicitLocOpBuilder b(op.getLoc(), op);
      if (grow::isRowReduction(op))
        grow::emitRowReduction(b, op);
      else
        Emitter(b, op, interleave).emit();
      rewriter.eraseOp(op);
    }
    grow::reportCount(getOperation(), getName(), ops.size(), "reductions",
                      "lowered to loops");
  }
};

} // namespace
