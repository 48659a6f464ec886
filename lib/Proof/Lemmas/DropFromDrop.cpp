//===- DropFromDrop.cpp - Leaving out slices of two axes in either order --===//
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
struct DropFromDrop : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getInput().getDefiningOp<DropOp>();
    if (!inner)
      return failure();
    if (inner.getAxis() == op.getAxis()) {
      Slices first = getDroppedSlices(inner);
      rewriter.replaceOp(op, drop(rewriter, inner.getInput(),
                                  static_cast<int64_t>(op.getAxis()),
                                  first | getDroppedSlices(op).spread(first)));
      return success();
    }
    // Only an extension along this axis makes use of the other order.
    Value term = inner.getInput();
    while (auto next = term.getDefiningOp<DropOp>())
      term = next.getInput();
    auto extension = term.getDefiningOp<ExtendOp>();
    if (!extension || extension.getAxis() != op.getAxis())
      return rewriter.notifyMatchFailure(op, "no block along this axis");
    Value narrow = drop(rewriter, inner.getInput(), op);
    rewriter.replaceOp(op, drop(rewriter, narrow, inner));
    return success();
  }
};
} // namespace

void grow::proof::addDropFromDrop(LemmaSet &set) {
  set.add<DropFromDrop>({"drop-from-drop",
                         "(x \\ I) \\ J = x \\ (I, J)\n"
                         "  along one axis;\n"
                         "(extend(x) \\ I) \\ J = (extend(x) \\ J) \\ I\n"
                         "  along two, where x is extended along the second",
                         Exactness::Bits},
                        /*benefit=*/10);
}
