//===- DropFromExtend.cpp - Leaving out what was inserted -----------------===//
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
struct DropFromExtend : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto extension = op.getInput().getDefiningOp<ExtendOp>();
    if (!extension)
      return failure();
    if (extension.getAxis() != op.getAxis())
      return dropAcross(op, extension, rewriter);
    return dropAlong(op, extension, rewriter);
  }

private:
  static LogicalResult dropAlong(DropOp op, ExtendOp extension,
                                 PatternRewriter &rewriter) {
    auto axis = static_cast<int64_t>(op.getAxis());
    Slices dropped = getDroppedSlices(op), inserted = getNewSlices(extension);
    Slices old = (dropped - inserted).compress(inserted);
    Slices kept = inserted - dropped;
    FillAttrInterface fill = extension.getFill();
    bool isOneNumber = fill.isZero() || isa<ConstantAttr>(fill);
    bool isMean = isa<MeanAttr>(fill) && old.empty();
    if (!kept.empty() && !isOneNumber && !isMean)
      return rewriter.notifyMatchFailure(op, "part of a block stays");
    if (old.size() == getSize(extension.getInput(), axis)) {
      if (!isOneNumber || !op.getType().hasStaticShape())
        return rewriter.notifyMatchFailure(op, "nothing else stays");
      rewriter.replaceOpWithNewOp<FillOp>(op, op.getType(), fill, Value(),
                                          DenseI64ArrayAttr());
      return success();
    }
    Value narrow = drop(rewriter, extension.getInput(), axis, old);
    rewriter.replaceOp(
        op, extend(rewriter, narrow, axis, kept.compress(dropped), fill));
    return success();
  }

  static LogicalResult dropAcross(DropOp op, ExtendOp extension,
                                  PatternRewriter &rewriter) {
    FillAttrInterface fill = extension.getFill();
    if (fill.isRandom())
      return rewriter.notifyMatchFailure(
          op, "random entries are numbered by coordinate");
    Value narrow = drop(rewriter, extension.getInput(), op);
    rewriter.replaceOp(op, extend(rewriter, narrow,
                                  static_cast<int64_t>(extension.getAxis()),
                                  getNewSlices(extension), fill));
    return success();
  }
};
} // namespace

void grow::proof::addDropFromExtend(LemmaSet &set) {
  set.add<DropFromExtend>({"drop-from-extend",
                           "extend(x) \\ I = x\n"
                           "  where I are the inserted slices;\n"
                           "extend(x) \\ I = extend(x \\ J)\n"
                           "  where J are the others of I and what is inserted "
                           "does not depend on them",
                           Exactness::Bits},
                          /*benefit=*/10);
}
