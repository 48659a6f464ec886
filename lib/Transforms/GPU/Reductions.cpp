//===- Reductions.cpp - Rows reduced by several threads -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Reductions.h"

#include "../Utils/LoopBuilder.h"
#include "Elements.h"
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
      : b(op.getLoc(), builder), op(op), kind(kind), sizes(sizes),
        thread(workgroup.thread), teams(workgroup.threads / kLanes),
        partials(partials), lane(b.rem(thread, kLanes)) {}

  /// All threads take part in each iteration: there are barriers.
  void emit() {
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    SmallVector<Value> rowSizes = llvm::map_to_vector(
        parallel, [&](unsigned loop) { return sizes[loop]; });
    Value rows = b.product(rowSizes);
    Value team = b.div(thread, kLanes);
    b.loop(b.constant(0), rows, teams, [&](Value first) {
      Value row = b.add(first, team);
      Value isRow = b.isBelow(row, rows);
      SmallVector<Value> coordinates = b.delinearize(row, rowSizes);
      b.when(isRow, [&] { storePartial(coordinates); });
      gpu::BarrierOp::create(b);
      for (int64_t half = kLanes / 2; half > 0; half /= 2) {
        b.when(b.isBelow(lane, half), [&] { addPartial(half); });
        gpu::BarrierOp::create(b);
      }
      b.when(arith::AndIOp::create(b, isRow, b.isBelow(lane, 1)),
             [&] { storeResult(coordinates); });
      gpu::BarrierOp::create(b);
    });
  }

private:
  Value combine(Value x, Value y) {
    return arith::getReductionOp(kind, b, b.getLoc(), x, y);
  }

  void storePartial(ArrayRef<Value> coordinates) {
    Type type = cast<MemRefType>(partials.getType()).getElementType();
    Value neutral = arith::getIdentityValue(kind, type, b, b.getLoc());
    Value partial =
        emitPartOfElement(b, op, sizes, coordinates, b.mul(lane, kNeighbours),
                          kLanes * kNeighbours, kNeighbours, neutral);
    b.store(partial, partials, thread);
  }

  void addPartial(int64_t distance) {
    Value mine = b.load(partials, thread);
    Value other = b.load(partials, b.add(thread, distance));
    b.store(combine(mine, other), partials, thread);
  }

  void storeResult(ArrayRef<Value> coordinates) {
    Value result = op.getDpsInitOperand(0)->get();
    SmallVector<Value> place = emitPlaceOfElement(b, op, coordinates);
    Value sum = combine(b.load(result, place), b.load(partials, thread));
    b.store(sum, result, place);
  }

  LoopBuilder b;
  linalg::GenericOp op;
  arith::AtomicRMWKind kind;
  ArrayRef<Value> sizes;
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
