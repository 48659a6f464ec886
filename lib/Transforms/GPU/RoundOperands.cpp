//===- RoundOperands.cpp - Both operands of a product in one type ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_GPUROUNDOPERANDSPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// `tensor` with its entries rounded to `type`.
static Value round(OpBuilder &b, Location loc, Value tensor, Type type) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, tensor);
  Value empty = tensor::EmptyOp::create(b, loc, sizes, type);
  AffineMap identity = b.getMultiDimIdentityMap(sizes.size());
  SmallVector<utils::IteratorType> loops(sizes.size(),
                                         utils::IteratorType::parallel);
  return linalg::GenericOp::create(
             b, loc, empty.getType(), tensor, empty, {identity, identity},
             loops,
             [&](OpBuilder &b, Location loc, ValueRange in) {
               Value rounded = arith::TruncFOp::create(b, loc, type, in[0]);
               linalg::YieldOp::create(b, loc, rounded);
             })
      .getResult(0);
}

namespace {

struct RoundOperand : public OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 2 ||
        !linalg::isaContractionOpInterface(op))
      return failure();
    for (unsigned wide : {0, 1}) {
      Type narrow = getElementTypeOrSelf(op.getDpsInputs()[1 - wide]);
      auto type = dyn_cast<RankedTensorType>(op.getDpsInputs()[wide].getType());
      if (!isa<BFloat16Type, Float16Type>(narrow) || !type ||
          !type.getElementType().isF32())
        continue;
      auto generic = dyn_cast<linalg::GenericOp>(*op);
      if (!generic)
        generic = *linalg::generalizeNamedOp(rewriter, op);
      rewriter.setInsertionPoint(generic);
      roundOperand(generic, wide, narrow, rewriter);
      return success();
    }
    return failure();
  }

private:
  static void roundOperand(linalg::GenericOp op, unsigned number, Type type,
                           PatternRewriter &rewriter) {
    Value operand = op.getInputs()[number];
    Value rounded = round(rewriter, op.getLoc(), operand, type);
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputsMutable()[number].set(rounded);
      BlockArgument argument = op.getBody()->getArgument(number);
      Type before = argument.getType();
      argument.setType(type);
      rewriter.setInsertionPointToStart(op.getBody());
      auto wide =
          arith::ExtFOp::create(rewriter, op.getLoc(), before, argument);
      rewriter.replaceAllUsesExcept(argument, wide, wide);
    });
  }
};

struct RoundOperands
    : public grow::impl::GPURoundOperandsPassBase<RoundOperands> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<RoundOperand>(&getContext());
    int64_t before = grow::countOps<linalg::LinalgOp>(getOperation());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
    int64_t roundings =
        grow::countOps<linalg::LinalgOp>(getOperation()) - before;
    grow::reportCount(getOperation(), getName(), roundings, "operands",
                      "rounded to 16 bits");
  }
};

} // namespace
