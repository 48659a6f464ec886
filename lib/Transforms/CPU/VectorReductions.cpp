//===- VectorReductions.cpp - Reductions of rows by vectors ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorReductions.h"

#include "Transpose.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

/// Lanes of a vector, hence rows of a tile that is transposed in registers.
static constexpr int64_t kLanes = 8;
/// Columns that are read together: a cache line of each row, since rows of a
/// power of two bytes fall into few sets of the cache and do not stay.
static constexpr int64_t kColumns = 16;
/// Vectors of rows that advance together, to hide the latency of an addition.
static constexpr int64_t kVectors = 2;
/// Rows whose maxima are taken together.
static constexpr int64_t kMaximumRows = 4;

void grow::emitParallelLoops(ImplicitLocOpBuilder &b, Operation *op,
                             ValueRange sizes, ArrayRef<int64_t> steps,
                             function_ref<void(ValueRange)> body) {
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(b, value);
  };
  OpBuilder::InsertionGuard guard(b);
  if (!op->getParentOfType<scf::ParallelOp>() &&
      !op->getParentOfType<scf::ForallOp>()) {
    SmallVector<Value> from(sizes.size(), constant(0));
    auto loops = scf::ParallelOp::create(b, from, sizes,
                                         llvm::map_to_vector(steps, constant));
    b.setInsertionPointToStart(loops.getBody());
    return body(loops.getInductionVars());
  }
  SmallVector<Value> indices;
  for (auto [size, step] : llvm::zip_equal(sizes, steps)) {
    auto loop = scf::ForOp::create(b, constant(0), size, constant(step));
    b.setInsertionPointToStart(loop.getBody());
    indices.push_back(loop.getInductionVar());
  }
  body(indices);
}

namespace {

/// The innermost parallel loop is that of rows, the only other one that an
/// operand may have innermost is that of the reduction.
struct Loops {
  unsigned row, column;
};

std::optional<Loops> getLoops(linalg::LinalgOp op) {
  SmallVector<unsigned> parallel, reduction;
  op.getParallelDims(parallel);
  op.getReductionDims(reduction);
  if (parallel.empty() || reduction.size() != 1)
    return std::nullopt;
  return Loops{parallel.back(), reduction.front()};
}

/// Whether entries along `loop` are neighbours in memory.
bool isContiguous(OpOperand &operand, AffineMap map, unsigned loop) {
  auto type = cast<MemRefType>(operand.get().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return map.getResults().back() == getAffineDimExpr(loop, map.getContext()) &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

bool isVectorizableOperand(linalg::LinalgOp op, OpOperand &operand,
                           Loops loops) {
  if (op.isScalar(&operand))
    return operand.get().getType().isF32();
  AffineMap map = op.getMatchingIndexingMap(&operand);
  if (!getElementTypeOrSelf(operand.get().getType()).isF32() ||
      !map.isProjectedPermutation())
    return false;
  bool isTile =
      map.isFunctionOfDim(loops.row) && map.isFunctionOfDim(loops.column);
  return !isTile || isContiguous(operand, map, loops.column);
}

bool isVectorizableBody(linalg::LinalgOp op) {
  auto isElement = [](Type type) { return type.isF32() || type.isInteger(1); };
  return llvm::all_of(
      op.getBlock()->without_terminator(), [&](Operation &inner) {
        return inner.getNumRegions() == 0 &&
               (inner.hasTrait<OpTrait::ConstantLike>() ||
                OpTrait::hasElementwiseMappableTraits(&inner)) &&
               llvm::all_of(inner.getResultTypes(), isElement) &&
               llvm::all_of(inner.getOperandTypes(), isElement);
      });
}

/// Whether the op is the maximum of each row and nothing else.
bool isMaximum(linalg::LinalgOp op, Loops loops) {
  Block *body = op.getBlock();
  if (op.getNumDpsInputs() != 1 || op.getNumDpsInits() != 1 ||
      op.isScalar(op.getDpsInputOperand(0)) ||
      !llvm::hasSingleElement(body->without_terminator()))
    return false;
  AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
  auto maximum = dyn_cast<arith::MaximumFOp>(body->front());
  return maximum && map.isFunctionOfDim(loops.row) &&
         map.isFunctionOfDim(loops.column) &&
         maximum.getLhs() != maximum.getRhs() &&
         llvm::all_of(maximum->getOperands(), llvm::IsaPred<BlockArgument>) &&
         body->getTerminator()->getOperand(0) == maximum.getResult();
}

/// Emits the loops of one reduction on buffers.
class Emitter {
public:
  Emitter(ImplicitLocOpBuilder &b, linalg::LinalgOp op)
      : b(b), op(op), loops(*getLoops(op)),
        vectorType(VectorType::get(kLanes, b.getF32Type())) {
    op.getParallelDims(parallelLoops);
    for (const Range &range : op.createLoopRanges(b, op.getLoc()))
      sizes.push_back(
          getValueOrCreateConstantIndexOp(b, op.getLoc(), range.size));
    indices.resize(sizes.size());
  }

  void emit();

private:
  void emitRows(Value first);
  void emitMaxima(Value first);
  void emitSums(ArrayRef<Value> rows);
  SmallVector<Value> getRows(Value first, int64_t count, bool clamp);
  SmallVector<Value> emitStep(ArrayRef<Value> inputs, ValueRange accumulators);
  SmallVector<Value> readColumns(OpOperand &input, ArrayRef<Value> rows,
                                 Value first, int64_t columns);
  SmallVector<Value> advance(ArrayRef<Value> rows, Value first, int64_t columns,
                             ArrayRef<Value> fixed,
                             SmallVector<Value> accumulators);

  /// The operand's index at a row and a column.
  SmallVector<Value> getIndices(OpOperand &operand, Value row, Value column);
  Value load(OpOperand &operand, Value row, Value column);
  Value loadVector(OpOperand &operand, Value row, Value column);
  Value gather(OpOperand &operand, ArrayRef<Value> rows, Value column);
  bool isFunctionOf(OpOperand &operand, unsigned loop) {
    return !op.isScalar(&operand) &&
           op.getMatchingIndexingMap(&operand).isFunctionOfDim(loop);
  }
  Value splat(Value scalar) {
    return vector::BroadcastOp::create(b, vectorType.clone(scalar.getType()),
                                       scalar);
  }
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  /// The last multiple of `columns` that is at most the length of a row.
  Value getMainEnd(int64_t columns) {
    Value length = sizes[loops.column];
    Value rest = arith::RemUIOp::create(b, length, constant(columns));
    return arith::SubIOp::create(b, length, rest);
  }

  ImplicitLocOpBuilder &b;
  linalg::LinalgOp op;
  Loops loops;
  VectorType vectorType;
  SmallVector<unsigned> parallelLoops;
  SmallVector<Value> sizes;
  /// Of the parallel loops around the rows.
  SmallVector<Value> indices;
};

void Emitter::emit() {
  SmallVector<Value> to;
  SmallVector<int64_t> steps;
  bool maximum = isMaximum(op, loops);
  for (unsigned loop : parallelLoops) {
    to.push_back(sizes[loop]);
    steps.push_back(1);
  }
  steps.back() = maximum ? kMaximumRows : kVectors * kLanes;
  grow::emitParallelLoops(b, op, to, steps, [&](ValueRange inductions) {
    for (auto [loop, index] : llvm::zip_equal(parallelLoops, inductions))
      indices[loop] = index;
    if (maximum)
      emitMaxima(inductions.back());
    else
      emitRows(inductions.back());
  });
}

/// Rows from `first`. Beyond the end the last one is repeated: it is computed
/// more than once, with one result.
SmallVector<Value> Emitter::getRows(Value first, int64_t count, bool clamp) {
  Value last = arith::SubIOp::create(b, sizes[loops.row], constant(1));
  SmallVector<Value> rows;
  for (int64_t i = 0; i < count; ++i) {
    Value row = arith::AddIOp::create(b, first, constant(i));
    if (clamp)
      row = arith::MinUIOp::create(b, row, last);
    rows.push_back(row);
  }
  return rows;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

SmallVector<Value> Emitter::getIndices(OpOperand &operand, Value row,
                                       Value column) {
  SmallVector<Value> result;
  for (AffineExpr expr : op.getMatchingIndexingMap(&operand).getResults()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    result.push_back(loop == loops.row      ? row
                     : loop == loops.column ? column
                                            : indices[loop]);
  }
  return result;
}

Value Emitter::load(OpOperand &operand, Value row, Value column) {
  if (op.isScalar(&operand))
    return operand.get();
  return memref::LoadOp::create(b, operand.get(),
                                getIndices(operand, row, column));
}

Value Emitter::loadVector(OpOperand &operand, Value row, Value column) {
  return vector::LoadOp::create(b, vectorType, operand.get(),
                                getIndices(operand, row, column));
}

/// One entry of each row.
Value Emitter::gather(OpOperand &operand, ArrayRef<Value> rows, Value column) {
  if (!isFunctionOf(operand, loops.row))
    return splat(load(operand, rows.front(), column));
  SmallVector<Value> entries;
  for (Value row : rows)
    entries.push_back(load(operand, row, column));
  return vector::FromElementsOp::create(b, vectorType, entries);
}

//===----------------------------------------------------------------------===//
// Sums
//===----------------------------------------------------------------------===//

/// As many rows as advance together; at the end of the rows, one vector of them
/// at a time.
void Emitter::emitRows(Value first) {
  Value end = arith::AddIOp::create(b, first, constant(kVectors * kLanes));
  Value isFull = arith::CmpIOp::create(b, arith::CmpIPredicate::ule, end,
                                       sizes[loops.row]);
  auto branch = scf::IfOp::create(b, isFull, /*withElseRegion=*/true);
  b.setInsertionPointToStart(branch.thenBlock());
  emitSums(getRows(first, kVectors * kLanes, /*clamp=*/false));
  b.setInsertionPointToStart(branch.elseBlock());
  auto rest = scf::ForOp::create(b, first, sizes[loops.row], constant(kLanes));
  b.setInsertionPointToStart(rest.getBody());
  emitSums(getRows(rest.getInductionVar(), kLanes, /*clamp=*/true));
}

/// Runs the body once for each lane.
SmallVector<Value> Emitter::emitStep(ArrayRef<Value> inputs,
                                     ValueRange accumulators) {
  IRMapping map;
  Block *body = op.getBlock();
  map.map(body->getArguments().take_front(inputs.size()), inputs);
  map.map(op.getRegionOutputArgs(), accumulators);
  auto lookup = [&](Value value) {
    return map.contains(value) ? map.lookup(value) : splat(value);
  };
  for (Operation &inner : body->without_terminator()) {
    if (inner.hasTrait<OpTrait::ConstantLike>()) {
      map.map(inner.getResult(0), splat(b.clone(inner)->getResult(0)));
      continue;
    }
    for (Value operand : inner.getOperands())
      map.map(operand, lookup(operand));
    Operation *clone = b.clone(inner, map);
    for (Value result : clone->getResults())
      result.setType(vectorType.clone(result.getType()));
  }
  return llvm::map_to_vector(body->getTerminator()->getOperands(), lookup);
}

/// Some columns of an input, each as a vector over the rows.
SmallVector<Value> Emitter::readColumns(OpOperand &input, ArrayRef<Value> rows,
                                        Value first, int64_t columns) {
  auto getColumn = [&](int64_t column) -> Value {
    return arith::AddIOp::create(b, first, constant(column));
  };
  SmallVector<Value> result;
  if (columns != kColumns || !isFunctionOf(input, loops.row)) {
    for (int64_t column = 0; column < columns; ++column)
      result.push_back(gather(input, rows, getColumn(column)));
    return result;
  }
  SmallVector<SmallVector<Value>> tiles(kColumns / kLanes);
  for (Value row : rows)
    for (auto [i, tile] : llvm::enumerate(tiles))
      tile.push_back(loadVector(input, row, getColumn(i * kLanes)));
  for (ArrayRef<Value> tile : tiles)
    result.append(grow::transpose(b, tile));
  return result;
}

/// Goes on with `columns` columns from `first` in one vector of rows. `fixed`
/// are the inputs that are the same in all columns, null for others.
SmallVector<Value> Emitter::advance(ArrayRef<Value> rows, Value first,
                                    int64_t columns, ArrayRef<Value> fixed,
                                    SmallVector<Value> accumulators) {
  SmallVector<SmallVector<Value>> entries;
  for (auto [input, value] : llvm::zip_equal(op.getDpsInputOperands(), fixed))
    entries.push_back(value ? SmallVector<Value>(columns, value)
                            : readColumns(*input, rows, first, columns));
  for (int64_t column = 0; column < columns; ++column) {
    SmallVector<Value> inputs;
    for (ArrayRef<Value> input : entries)
      inputs.push_back(input[column]);
    accumulators = emitStep(inputs, accumulators);
  }
  return accumulators;
}

/// Reduces the given rows, a multiple of the lanes.
void Emitter::emitSums(ArrayRef<Value> rows) {
  unsigned vectors = rows.size() / kLanes, inits = op.getNumDpsInits();
  Value zero = constant(0);
  auto getVector = [&](unsigned i) { return rows.slice(i * kLanes, kLanes); };
  // What is the same in all columns is read once.
  SmallVector<SmallVector<Value>> fixed(vectors);
  SmallVector<Value> accumulators;
  for (unsigned i = 0; i < vectors; ++i) {
    for (OpOperand *input : op.getDpsInputOperands())
      fixed[i].push_back(isFunctionOf(*input, loops.column)
                             ? Value()
                             : gather(*input, getVector(i), zero));
    for (OpOperand &init : op.getDpsInitsMutable())
      accumulators.push_back(gather(init, getVector(i), zero));
  }
  auto emitLoop = [&](Value from, Value to, int64_t columns) {
    auto loop =
        scf::ForOp::create(b, from, to, constant(columns), accumulators);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> results;
    for (unsigned i = 0; i < vectors; ++i)
      results.append(
          advance(getVector(i), loop.getInductionVar(), columns, fixed[i],
                  SmallVector<Value>(
                      loop.getRegionIterArgs().slice(i * inits, inits))));
    scf::YieldOp::create(b, results);
    accumulators = SmallVector<Value>(loop.getResults());
  };
  Value mainEnd = getMainEnd(kColumns);
  emitLoop(zero, mainEnd, kColumns);
  emitLoop(mainEnd, sizes[loops.column], 1);
  for (auto [i, row] : llvm::enumerate(rows))
    for (unsigned j = 0; j < inits; ++j) {
      OpOperand &init = *op.getDpsInitOperand(j);
      Value result = vector::ExtractOp::create(
          b, accumulators[i / kLanes * inits + j], i % kLanes);
      memref::StoreOp::create(b, result, init.get(),
                              getIndices(init, row, zero));
    }
}

//===----------------------------------------------------------------------===//
// Maxima
//===----------------------------------------------------------------------===//

/// The maximum of numbers is the same in any order; NaN wins in all, and 0 is
/// more than -0.
void Emitter::emitMaxima(Value first) {
  SmallVector<Value> rows = getRows(first, kMaximumRows, /*clamp=*/true);
  OpOperand &input = *op.getDpsInputOperand(0);
  OpOperand &init = *op.getDpsInitOperand(0);
  Value zero = constant(0), mainEnd = getMainEnd(kLanes);
  auto emitLoop = [&](Value to, Value from, int64_t step,
                      SmallVector<Value> maxima) {
    auto loop = scf::ForOp::create(b, from, to, constant(step), maxima);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next;
    for (auto [row, so_far] : llvm::zip_equal(rows, loop.getRegionIterArgs())) {
      Value column = loop.getInductionVar();
      Value entries =
          step == 1 ? load(input, row, column) : loadVector(input, row, column);
      next.push_back(arith::MaximumFOp::create(b, so_far, entries));
    }
    scf::YieldOp::create(b, next);
    return SmallVector<Value>(loop.getResults());
  };
  SmallVector<Value> maxima;
  for (Value row : rows)
    maxima.push_back(splat(load(init, row, zero)));
  maxima = emitLoop(mainEnd, zero, kLanes, maxima);
  for (Value &maximum : maxima)
    maximum = vector::ReductionOp::create(b, vector::CombiningKind::MAXIMUMF,
                                          maximum);
  maxima = emitLoop(sizes[loops.column], mainEnd, 1, maxima);
  for (auto [row, maximum] : llvm::zip_equal(rows, maxima))
    memref::StoreOp::create(b, maximum, init.get(),
                            getIndices(init, row, zero));
}

} // namespace

bool grow::isRowReduction(linalg::LinalgOp op) {
  std::optional<Loops> loops = getLoops(op);
  if (!loops || !isVectorizableBody(op))
    return false;
  bool hasTile = false;
  for (OpOperand &operand : op->getOpOperands()) {
    if (!isVectorizableOperand(op, operand, *loops))
      return false;
    if (op.isScalar(&operand))
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    hasTile |=
        map.isFunctionOfDim(loops->row) && map.isFunctionOfDim(loops->column);
  }
  return hasTile;
}

void grow::emitRowReduction(ImplicitLocOpBuilder &b, linalg::LinalgOp op) {
  Emitter(b, op).emit();
}
