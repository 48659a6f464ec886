//===- Contraction.cpp - What the CPU passes call a contraction -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "grow/Transforms/CPU/Passes.h"
#include "grow/Transforms/CPU/Processor.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Host.h"

using namespace mlir;
using namespace grow;

unsigned grow::getVectorBits(HasFeature hasFeature) {
  if (hasFeature("avx512f") && hasFeature("avx512vl"))
    return 512;
  return hasFeature("avx2") && hasFeature("fma") ? 256 : 128;
}

unsigned grow::getHostVectorBits() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return getVectorBits([&](StringRef name) { return features.lookup(name); });
}

bool grow::hasHostBF16Dot() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  return features.lookup("avx512bf16") && features.lookup("avx512vl");
}

static Value skipExtension(Value value) {
  auto extension = value.getDefiningOp<arith::ExtFOp>();
  return extension ? extension.getIn() : value;
}

/// The body is `fma(extf? x, extf? y, accumulator)` in either order of x and y.
static bool hasContractionBody(linalg::GenericOp op) {
  Block &body = *op.getBlock();
  auto step = body.getTerminator()->getOperand(0).getDefiningOp<math::FmaOp>();
  if (!step || step.getC() != body.getArgument(2))
    return false;
  Value x = skipExtension(step.getA()), y = skipExtension(step.getB());
  return (x == body.getArgument(0) && y == body.getArgument(1)) ||
         (x == body.getArgument(1) && y == body.getArgument(0));
}

/// Chooses the row loop among those that only the row operand and the result
/// have: a dynamic one (batch, sequence) before the largest static one.
static std::optional<unsigned>
chooseRowLoop(linalg::LinalgOp op, AffineMap columns, AffineMap result) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  auto weight = [&](unsigned loop) {
    return ShapedType::isDynamic(sizes[loop])
               ? std::numeric_limits<int64_t>::max()
               : sizes[loop];
  };
  std::optional<unsigned> best;
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind != utils::IteratorType::parallel ||
        columns.isFunctionOfDim(loop) || !result.isFunctionOfDim(loop))
      continue;
    if (!best || weight(loop) >= weight(*best))
      best = loop;
  }
  return best;
}

static bool isMapOfPanels(AffineMap map, unsigned column, int64_t &width) {
  if (map.getNumResults() < 2)
    return false;
  auto lane = dyn_cast<AffineBinaryOpExpr>(map.getResults().back());
  if (!lane || lane.getKind() != AffineExprKind::Mod ||
      lane.getLHS() != getAffineDimExpr(column, map.getContext()))
    return false;
  auto constant = dyn_cast<AffineConstantExpr>(lane.getRHS());
  if (!constant)
    return false;
  width = constant.getValue();
  AffineExpr panel = lane.getLHS().floorDiv(width);
  return llvm::all_of(map.getResults().drop_back(),
                      [&](AffineExpr expr) {
                        return isa<AffineDimExpr>(expr) || expr == panel;
                      }) &&
         llvm::is_contained(map.getResults(), panel);
}

std::optional<ContractionLoops>
grow::matchContractionLoops(linalg::LinalgOp linalgOp) {
  auto op = dyn_cast<linalg::GenericOp>(*linalgOp);
  if (!op || op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1 ||
      op.getNumReductionLoops() == 0 || !hasContractionBody(op))
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap result = maps[2];
  if (!result.isProjectedPermutation() || result.getNumResults() == 0 ||
      !isa<Float32Type, Float64Type>(
          getElementTypeOrSelf(op.getDpsInitOperand(0)->get())))
    return std::nullopt;

  ContractionLoops loops;
  loops.column = result.getDimPosition(result.getNumResults() - 1);
  bool isFirst = maps[0].isFunctionOfDim(loops.column);
  if (isFirst == maps[1].isFunctionOfDim(loops.column))
    return std::nullopt;
  loops.columnOperand = isFirst ? 0 : 1;
  loops.rowOperand = isFirst ? 1 : 0;
  AffineMap columns = maps[loops.columnOperand];
  if (int64_t width; isMapOfPanels(columns, loops.column, width))
    loops.panelWidth = width;
  else if (!columns.isProjectedPermutation())
    return std::nullopt;
  if (!maps[loops.rowOperand].isProjectedPermutation())
    return std::nullopt;

  loops.row = chooseRowLoop(op, columns, result);
  for (auto [loop, kind] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (kind == utils::IteratorType::reduction) {
      // One of them may be summed alone: that is no product of matrices.
      if (!maps[0].isFunctionOfDim(loop) || !maps[1].isFunctionOfDim(loop))
        return std::nullopt;
      loops.depth.push_back(loop);
    } else if (loop != loops.column && loops.row != loop)
      loops.outer.push_back(loop);
  }
  return loops;
}

bool grow::isContraction(linalg::LinalgOp op) {
  return matchContractionLoops(op).has_value();
}

/// The register tile for accumulators of so many bits.
static RegisterTile getTile(unsigned elementBits, unsigned vectorBits) {
  unsigned bits = vectorBits ? vectorBits : getHostVectorBits();
  int64_t length = bits / elementBits;
  // At least as many accumulators as hide the latency of a fused multiply-add
  // on two units; one row of columns and a broadcast entry fit besides.
  if (bits >= 512)
    return {/*rows=*/8, /*vectors=*/2, length};
  // AVX2 has 16 registers. What has fused multiply-adds and no more than 128
  // bits (NEON) has 32: a wider tile loads less for each of them. With a sixth
  // row LLVM spills.
  if (bits >= 256)
    return {/*rows=*/6, /*vectors=*/2, length};
  return {/*rows=*/5, /*vectors=*/4, length};
}

RegisterTile grow::getRegisterTile(Type element, unsigned vectorBits) {
  return getTile(element.getIntOrFloatBitWidth(), vectorBits);
}

RegisterTile grow::getDotTile(unsigned vectorBits) {
  constexpr unsigned kFloatBits = 32;
  RegisterTile tile = getTile(kFloatBits, vectorBits);
  // The panels are the same. 32 registers, whatever the width.
  constexpr int64_t kAccumulators = 24;
  tile.rows = kAccumulators / tile.vectors;
  return tile;
}

int64_t grow::getPanelWidth(unsigned vectorBits) {
  constexpr unsigned kFloatBits = 32;
  return getTile(kFloatBits, vectorBits).getColumns();
}

LogicalResult grow::checkVectorBits(Operation *op, unsigned vectorBits) {
  // Code is written out for each lane of some vectors.
  constexpr unsigned kWidest = 16384;
  if (vectorBits == 0 || (vectorBits >= 128 && vectorBits <= kWidest &&
                          llvm::isPowerOf2_32(vectorBits)))
    return success();
  return emitError(op->getLoc()) << "'vector-bits' is " << vectorBits
                                 << ": expected a power of two from 128 to "
                                 << kWidest << ", or 0 for this machine's";
}

LogicalResult
grow::checkPositive(Operation *op,
                    ArrayRef<std::pair<StringRef, int64_t>> options) {
  for (auto [name, value] : options)
    if (value <= 0)
      return emitError(op->getLoc())
             << "'" << name << "' is " << value << ": expected at least 1";
  return success();
}
