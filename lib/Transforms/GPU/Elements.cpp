//===- Elements.cpp - Elements of structured ops --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Elements.h"

#include "../Utils/LoopBuilder.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace grow;

/// Of an op with one.
static unsigned getReductionLoop(linalg::GenericOp op) {
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  return reductions.front();
}

namespace {

class Emitter {
public:
  /// `coordinates`: those of the parallel loops, in order.
  Emitter(LoopBuilder &b, linalg::GenericOp op, ArrayRef<Value> coordinates)
      : b(b), op(op), loops(op.getNumLoops()) {
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    for (auto [loop, coordinate] : llvm::zip_equal(parallel, coordinates))
      loops[loop] = coordinate;
  }

  void emit(ArrayRef<Value> sizes) {
    SmallVector<unsigned> reductions;
    op.getReductionDims(reductions);
    store(reduce(reductions, sizes, loadInits()));
  }

  /// So many elements along the last parallel loop, of an op without reduction.
  void emitNeighbours(int64_t count) {
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    Value &coordinate = loops[parallel.back()];
    SmallVector<Value> places = getNeighbours(coordinate, count);
    SmallVector<IRMapping> inputs;
    for (Value place : places) {
      coordinate = place;
      inputs.push_back(loadInputs(loadInits()));
    }
    SmallVector<SmallVector<Value>> results;
    for (auto [place, mapping] : llvm::zip_equal(places, inputs)) {
      coordinate = place;
      results.push_back(emitBody(mapping));
    }
    for (auto [place, values] : llvm::zip_equal(places, results)) {
      coordinate = place;
      store(values);
    }
  }

  /// Of the only reduction loop, of this size, the iterations `first` to
  /// `first` + `count`, then those `step` later, and so on.
  Value reduceRuns(Value size, Value first, int64_t step, int64_t count,
                   Value init) {
    return b
        .loop(first, size, step, init,
              [&](Value from, ValueRange so) -> SmallVector<Value> {
                return {reduceRun(size, from, count, so.front())};
              })
        .front();
  }

  /// Where the operand's entry lies.
  SmallVector<Value> index(OpOperand &operand) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    SmallVector<OpFoldResult> operands;
    for (Value loop : loops)
      operands.push_back(loop ? OpFoldResult(loop)
                              : OpFoldResult(b.getIndexAttr(0)));
    SmallVector<Value> result;
    for (AffineExpr expr : map.getResults()) {
      if (auto dim = dyn_cast<AffineDimExpr>(expr)) {
        result.push_back(loops[dim.getPosition()]);
        continue;
      }
      OpFoldResult value = affine::makeComposedFoldedAffineApply(
          b, b.getLoc(), AffineMap::get(map.getNumDims(), 0, expr), operands);
      result.push_back(getValueOrCreateConstantIndexOp(b, b.getLoc(), value));
    }
    return result;
  }

private:
  /// The loops over `rest`, the outermost first; returns what is left in the
  /// accumulators.
  SmallVector<Value> reduce(ArrayRef<unsigned> rest, ArrayRef<Value> sizes,
                            ArrayRef<Value> accumulators) {
    if (rest.empty()) {
      IRMapping mapping = loadInputs(accumulators);
      return emitBody(mapping);
    }
    return b.loop(b.constant(0), sizes[rest.front()], 1, accumulators,
                  [&](Value index, ValueRange so) {
                    loops[rest.front()] = index;
                    return reduce(rest.drop_front(), sizes,
                                  llvm::to_vector(so));
                  });
  }

  /// So many neighbouring iterations, as far as there are.
  Value reduceRun(Value size, Value first, int64_t count, Value init) {
    std::optional<int64_t> known = getConstantIntValue(size);
    if (count == 1 || (known && *known % count == 0))
      return reduceNeighbours(first, count, init);
    Value areMissing = b.isBelow(size, b.add(first, count));
    return b
        .choose(
            init.getType(), areMissing,
            [&]() -> SmallVector<Value> {
              return {reduceRuns(size, first, 1, 1, init)};
            },
            [&]() -> SmallVector<Value> {
              return {reduceNeighbours(first, count, init)};
            })
        .front();
  }

  /// All loads come first.
  Value reduceNeighbours(Value first, int64_t count, Value accumulator) {
    Value &coordinate = loops[getReductionLoop(op)];
    SmallVector<Value> places = getNeighbours(first, count);
    SmallVector<IRMapping> inputs;
    for (Value place : places) {
      coordinate = place;
      inputs.push_back(loadInputs(Value()));
    }
    BlockArgument argument = op.getRegionOutputArgs().front();
    for (auto [place, mapping] : llvm::zip_equal(places, inputs)) {
      coordinate = place;
      mapping.map(argument, accumulator);
      accumulator = emitBody(mapping).front();
    }
    return accumulator;
  }

  bool isRead(OpOperand &init) {
    return op.getNumReductionLoops() > 0 ||
           !op.getMatchingBlockArgument(&init).use_empty();
  }

  /// `first`, `first` + 1, ...
  SmallVector<Value> getNeighbours(Value first, int64_t count) {
    SmallVector<Value> places{first};
    for (int64_t i = 1; i < count; ++i)
      places.push_back(arith::AddIOp::create(b, first, b.constant(i),
                                             arith::IntegerOverflowFlags::nsw));
    return places;
  }

  /// What results hold so far; null where that is not read.
  SmallVector<Value> loadInits() {
    return llvm::map_to_vector(op.getDpsInitsMutable(), [&](OpOperand &init) {
      return isRead(init) ? load(init) : Value();
    });
  }

  /// What the arguments of the body are.
  IRMapping loadInputs(ArrayRef<Value> accumulators) {
    IRMapping mapping;
    for (OpOperand *input : op.getDpsInputOperands()) {
      BlockArgument argument = op.getMatchingBlockArgument(input);
      if (!argument.use_empty())
        mapping.map(argument, load(*input));
    }
    for (auto [init, value] :
         llvm::zip_equal(op.getDpsInitsMutable(), accumulators))
      if (value)
        mapping.map(op.getMatchingBlockArgument(&init), value);
    return mapping;
  }

  SmallVector<Value> emitBody(IRMapping &mapping) {
    for (Operation &inner : op.getBody()->without_terminator()) {
      if (auto index = dyn_cast<linalg::IndexOp>(inner))
        mapping.map(index.getResult(), loops[index.getDim()]);
      else
        b.clone(inner, mapping);
    }
    return llvm::map_to_vector(
        op.getBody()->getTerminator()->getOperands(),
        [&](Value value) { return mapping.lookupOrDefault(value); });
  }

  void store(ArrayRef<Value> values) {
    for (auto [init, value] : llvm::zip_equal(op.getDpsInitsMutable(), values))
      b.store(value, init.get(), index(init));
  }

  Value load(OpOperand &operand) {
    if (!isa<MemRefType>(operand.get().getType()))
      return operand.get();
    return b.load(operand.get(), index(operand));
  }

  LoopBuilder &b;
  linalg::GenericOp op;
  SmallVector<Value> loops;
};

} // namespace

void grow::emitElement(OpBuilder &builder, linalg::GenericOp op,
                       ArrayRef<Value> sizes, ArrayRef<Value> coordinates) {
  LoopBuilder b(op.getLoc(), builder);
  Emitter(b, op, coordinates).emit(sizes);
}

int64_t grow::getElementsAtATime(linalg::GenericOp op, int64_t most) {
  SmallVector<unsigned> parallel;
  op.getParallelDims(parallel);
  if (parallel.empty() || op.getNumReductionLoops() > 0)
    return 1;
  int64_t size = op.getStaticLoopRanges()[parallel.back()];
  return ShapedType::isStatic(size) && size < most ? 1 : most;
}

void grow::emitElements(OpBuilder &builder, linalg::GenericOp op,
                        ArrayRef<Value> sizes, ArrayRef<Value> coordinates,
                        int64_t count) {
  SmallVector<unsigned> parallel;
  op.getParallelDims(parallel);
  Value size = sizes[parallel.back()];
  LoopBuilder b(op.getLoc(), builder);
  auto emitAll = [&] { Emitter(b, op, coordinates).emitNeighbours(count); };
  std::optional<int64_t> known = getConstantIntValue(size);
  if (known && *known % count == 0)
    return emitAll();
  // At the end of a row there may be fewer.
  Value first = coordinates.back();
  Value areMissing = b.isBelow(size, b.add(first, count));
  b.branch(
      areMissing,
      [&] {
        b.loop(first, size, 1, [&](Value last) {
          SmallVector<Value> place(coordinates);
          place.back() = last;
          emitElement(b, op, sizes, place);
        });
      },
      emitAll);
}

Value grow::emitPartOfElement(OpBuilder &builder, linalg::GenericOp op,
                              ArrayRef<Value> sizes,
                              ArrayRef<Value> coordinates, Value first,
                              int64_t step, int64_t count, Value init) {
  LoopBuilder b(op.getLoc(), builder);
  return Emitter(b, op, coordinates)
      .reduceRuns(sizes[getReductionLoop(op)], first, step, count, init);
}

SmallVector<Value> grow::emitPlaceOfElement(OpBuilder &builder,
                                            linalg::GenericOp op,
                                            ArrayRef<Value> coordinates) {
  LoopBuilder b(op.getLoc(), builder);
  return Emitter(b, op, coordinates).index(*op.getDpsInitOperand(0));
}
