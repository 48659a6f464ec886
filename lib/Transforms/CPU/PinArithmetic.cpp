//===- PinArithmetic.cpp - The value of every reduction -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPUPINARITHMETICPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Returns the product that `add` adds to `accumulator`, null if there is none
/// or something else needs it, too.
arith::MulFOp getAddedProduct(arith::AddFOp add, Value accumulator) {
  Value term;
  if (add.getLhs() == accumulator)
    term = add.getRhs();
  else if (add.getRhs() == accumulator)
    term = add.getLhs();
  else
    return nullptr;
  auto product = term.getDefiningOp<arith::MulFOp>();
  return product && product->hasOneUse() ? product : nullptr;
}

/// Rewrites each reduction step `acc + x * y` of `op` to `fma(x, y, acc)`.
/// Returns how many there are.
int64_t fuseReductionSteps(RewriterBase &rewriter, linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0)
    return 0;
  int64_t fused = 0;
  Operation *yield = op.getBlock()->getTerminator();
  for (auto [accumulator, result] :
       llvm::zip_equal(op.getRegionOutputArgs(), yield->getOperands())) {
    auto add = result.getDefiningOp<arith::AddFOp>();
    if (!add || !add->hasOneUse())
      continue;
    arith::MulFOp product = getAddedProduct(add, accumulator);
    if (!product)
      continue;
    rewriter.setInsertionPoint(add);
    rewriter.replaceOpWithNewOp<math::FmaOp>(add, product.getLhs(),
                                             product.getRhs(), accumulator);
    rewriter.eraseOp(product);
    ++fused;
  }
  return fused;
}

struct PinArithmetic
    : public grow::impl::CPUPinArithmeticPassBase<PinArithmetic> {
  void runOnOperation() override {
    auto exact = arith::FastMathFlagsAttr::get(&getContext(),
                                               arith::FastMathFlags::none);
    getOperation()->walk([&](arith::ArithFastMathInterface op) {
      arith::FastMathFlagsAttr flags = op.getFastMathFlagsAttr();
      if (flags && flags != exact)
        op->setAttr(op.getFastMathAttrName(), exact);
    });
    IRRewriter rewriter(&getContext());
    SmallVector<linalg::LinalgOp> named;
    getOperation()->walk([&](linalg::LinalgOp op) {
      if (!isa<linalg::GenericOp, linalg::FillOp>(op))
        named.push_back(op);
    });
    for (linalg::LinalgOp op : named) {
      rewriter.setInsertionPoint(op);
      (void)linalg::generalizeNamedOp(rewriter, op);
    }
    int64_t steps = 0;
    getOperation()->walk([&](linalg::GenericOp op) {
      steps += fuseReductionSteps(rewriter, op);
    });
    grow::reportCount(getOperation(), getName(), steps, "steps",
                      "of reductions fused");
  }
};

} // namespace
