//===- Contraction.cpp - What the passes call a contraction ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Contraction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace grow;

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
