//===- CancellingUnits.cpp - Units of an MLP that cancel each other -------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct CancellingUnits : public OpRewritePattern<MLPOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MLPOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasCopies(op.getDown(), 0) || isZero(op.getDown()))
      return failure();
    Slices cancelling = findCancelling(op);
    if (cancelling.empty())
      return rewriter.notifyMatchFailure(
          op, "units with equal inputs do not add up to zero");
    if (cancelling.size() == op.getWidth()) {
      Value none = FillOp::create(
          rewriter, op.getDown().getLoc(), op.getDown().getType(),
          ZeroAttr::get(getContext()), Value(), DenseI64ArrayAttr());
      rewriter.modifyOpInPlace(op, [&] { op.getDownMutable().assign(none); });
      return success();
    }
    dropEverywhere(rewriter, op, Axis::MLP, cancelling);
    return success();
  }

private:
  static Slices findCancelling(MLPOp op) {
    SmallVector<int64_t> units;
    for (const EqualUnits &kind : findEqualUnits(op, Exactness::Bits))
      if (kind.sum && kind.sum->isZero())
        llvm::append_range(units, kind.units);
    return Slices::get(units);
  }
};
} // namespace

void grow::proof::addCancellingUnits(LemmaSet &set) {
  set.add<CancellingUnits>(
      {"cancelling-units",
       "mlp(x, up, gate, down) = mlp(x, up \\ U, gate \\ U, down \\ U)\n"
       "  where the units U have equal columns of up and gate (and biases),\n"
       "  and their rows of down add up to zero; down = 0 if these are all",
       Exactness::Reals},
      /*benefit=*/4);
}
