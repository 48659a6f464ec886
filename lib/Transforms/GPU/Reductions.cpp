//===- Reductions.cpp - Rows reduced by several threads -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reductions.h"

#include "Elements.h"
#include "IndexBuilder.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace grow;

/// Threads that share a row.
static constexpr int64_t kLanes = 32;

/// Neighbours that one of them reads at a time: 16 bytes of f32.
static constexpr int64_t kNeighbours = 4;

namespace {

/// How partial results are combined: as the op's body combines its last
/// argument with what it computes from the others.
std::optional<arith::AtomicRMWKind> matchReduction(linalg::GenericOp op) {
  if (op.getNumReductionLoops() != 1 || op.getNumDpsInits() != 1)
    return std::nullopt;
  BlockArgument accumulator = op.getRegionOutputArgs().front();
  if (!isa<Float32Type, Float64Type>(accumulator.getType()) ||
      !accumulator.hasOneUse())
    return std::nullopt;
  Operation *combiner = *accumulator.user_begin();
  if (op.getBody()->getTerminator()->getOperand(0).getDefiningOp() != combiner)
    return std::nullopt;
  using Kind = std::optional<arith::AtomicRMWKind>;
  return llvm::TypeSwitch<Operation *, Kind>(combiner)
      .Case([](arith::AddFOp) { return arith::AtomicRMWKind::addf; })
      .Case([](arith::MaximumFOp) { return arith::AtomicRMWKind::maximumf; })
      .Case([&](math::FmaOp fma) {
        return fma.getC() == accumulator ? Kind(arith::AtomicRMWKind::addf)
                                         : std::nullopt;
      })
      .Default(Kind());
}

class Emitter {
public:
  Emitter(OpBuilder &builder, linalg::GenericOp op, arith::AtomicRMWKind kind,
          ArrayRef<Value> sizes, const Workgroup &workgroup, Value partials)
      : builder(builder), op(op), kind(kind), sizes(sizes), loc(op.getLoc()),
        b(builder, loc), thread(workgroup.thread),
        teams(workgroup.threads / kLanes), partials(partials) {
    lane = b.remainder(thread, b.constant(kLanes));
  }

  /// All threads take part in each iteration: there are barriers.
  void emit() {
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    SmallVector<Value> rowSizes = llvm::map_to_vector(
        parallel, [&](unsigned loop) { return sizes[loop]; });
    Value rows = b.product(rowSizes);
    Value team = b.divide(thread, b.constant(kLanes));
    auto loop = scf::ForOp::create(builder, loc, b.constant(0), rows,
                                   b.constant(teams));
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value row = b.add(loop.getInductionVar(), team);
    Value isRow = b.isBelow(row, rows);
    SmallVector<Value> coordinates = b.delinearize(row, rowSizes);
    when(isRow, [&] { storePartial(coordinates); });
    gpu::BarrierOp::create(builder, loc);
    for (int64_t half = kLanes / 2; half > 0; half /= 2) {
      when(b.isBelow(lane, b.constant(half)), [&] { addPartial(half); });
      gpu::BarrierOp::create(builder, loc);
    }
    Value isFirst = b.isBelow(lane, b.constant(1));
    when(arith::AndIOp::create(builder, loc, isRow, isFirst),
         [&] { storeResult(coordinates); });
    gpu::BarrierOp::create(builder, loc);
  }

private:
  void when(Value condition, llvm::function_ref<void()> body) {
    auto branch = scf::IfOp::create(builder, loc, condition,
                                    /*withElseRegion=*/false);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(branch.thenBlock());
    body();
  }
  Value load(Value buffer, ValueRange place) {
    return memref::LoadOp::create(builder, loc, buffer, place);
  }
  void store(Value value, Value buffer, ValueRange place) {
    memref::StoreOp::create(builder, loc, value, buffer, place);
  }
  Value combine(Value x, Value y) {
    return arith::getReductionOp(kind, builder, loc, x, y);
  }

  void storePartial(ArrayRef<Value> coordinates) {
    Type type = cast<MemRefType>(partials.getType()).getElementType();
    Value neutral = arith::getIdentityValue(kind, type, builder, loc);
    Value partial = emitPartOfElement(builder, op, sizes, coordinates,
                                      b.multiply(lane, b.constant(kNeighbours)),
                                      b.constant(kLanes * kNeighbours),
                                      kNeighbours, neutral);
    store(partial, partials, thread);
  }

  void addPartial(int64_t distance) {
    Value mine = load(partials, thread);
    Value other = load(partials, b.add(thread, b.constant(distance)));
    store(combine(mine, other), partials, thread);
  }

  void storeResult(ArrayRef<Value> coordinates) {
    Value result = op.getDpsInitOperand(0)->get();
    SmallVector<Value> place = emitPlaceOfElement(builder, op, coordinates);
    store(combine(load(result, place), load(partials, thread)), result, place);
  }

  OpBuilder &builder;
  linalg::GenericOp op;
  arith::AtomicRMWKind kind;
  ArrayRef<Value> sizes;
  Location loc;
  IndexBuilder b;
  Value thread;
  /// Groups of threads with a row each.
  int64_t teams;
  /// What each thread has combined.
  Value partials;
  /// The thread's number in its team.
  Value lane;
};

} // namespace

bool grow::emitRowReductions(OpBuilder &builder, linalg::GenericOp op,
                             ArrayRef<Value> sizes,
                             const Workgroup &workgroup) {
  std::optional<arith::AtomicRMWKind> kind = matchReduction(op);
  if (!kind || workgroup.threads % kLanes != 0)
    return false;
  Type type = getElementTypeOrSelf(op.getDpsInitOperand(0)->get());
  Value partials;
  {
    OpBuilder::InsertionGuard guard(builder);
    partials = workgroup.share(type, workgroup.threads);
  }
  if (!partials)
    return false;
  Emitter(builder, op, *kind, sizes, workgroup, partials).emit();
  return true;
}
