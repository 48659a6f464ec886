//===- DropFromRegroup.cpp - Leaving out heads of axes that are read anew -===//
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
/// Which slices of the input, along the first or the second axis, hold the
/// entries that are left out.
class Origin {
public:
  Origin(DropOp op, RegroupOp regroup)
      : first(static_cast<int64_t>(regroup.getAxis())),
        isOuter(static_cast<int64_t>(op.getAxis()) == first),
        inner(getSize(regroup.getResult(), first + 1)),
        oldOuter(getSize(regroup.getInput(), first)),
        oldInner(getSize(regroup.getInput(), first + 1)),
        dropped(getDroppedSlices(op)) {}

  /// Slices of the given old axis of which every entry is left out.
  Slices findWholeSlices(bool alongOuter) const {
    Slices slices;
    for (int64_t slice : llvm::seq(alongOuter ? oldOuter : oldInner))
      if (llvm::all_of(
              llvm::seq(alongOuter ? oldInner : oldOuter), [&](int64_t at) {
                return alongOuter ? isDropped(slice, at) : isDropped(at, slice);
              }))
        slices.append(slice, slice + 1);
    return slices;
  }
  int64_t countDropped() const {
    int64_t outer = oldOuter * oldInner / inner;
    return dropped.size() * (isOuter ? inner : outer);
  }

  int64_t first;
  bool isOuter;

private:
  bool isDropped(int64_t outer, int64_t innerAt) const {
    int64_t at = outer * oldInner + innerAt;
    return dropped.contains(isOuter ? at / inner : at % inner);
  }

  int64_t inner;

public:
  int64_t oldOuter, oldInner;

private:
  Slices dropped;
};

struct DropFromRegroup : public OpRewritePattern<DropOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(DropOp op,
                                PatternRewriter &rewriter) const override {
    auto regroup = op.getInput().getDefiningOp<RegroupOp>();
    if (!regroup)
      return failure();
    auto axis = static_cast<int64_t>(op.getAxis());
    auto first = static_cast<int64_t>(regroup.getAxis());
    if (axis != first && axis != first + 1)
      return replace(op, regroup, drop(rewriter, regroup.getInput(), op),
                     rewriter);
    Origin origin(op, regroup);
    Slices outer = origin.findWholeSlices(/*alongOuter=*/true);
    Slices inner = origin.findWholeSlices(/*alongOuter=*/false);
    int64_t covered = outer.size() * origin.oldInner +
                      inner.size() * (origin.oldOuter - outer.size());
    if (covered != origin.countDropped())
      return rewriter.notifyMatchFailure(op, "no whole slices of the input");
    Value narrow = drop(rewriter, regroup.getInput(), first, outer);
    return replace(op, regroup, drop(rewriter, narrow, first + 1, inner),
                   rewriter);
  }

private:
  static LogicalResult replace(DropOp op, RegroupOp regroup, Value narrow,
                               PatternRewriter &rewriter) {
    auto first = static_cast<int64_t>(regroup.getAxis());
    rewriter.replaceOpWithNewOp<RegroupOp>(op, narrow, first,
                                           getSize(op.getResult(), first),
                                           getSize(op.getResult(), first + 1));
    return success();
  }
};
} // namespace

void grow::proof::addDropFromRegroup(LemmaSet &set) {
  set.add<DropFromRegroup>({"drop-from-regroup",
                            "regroup(x) \\ I = regroup(x \\ J)\n"
                            "  where J are whole slices of x, along either "
                            "axis, and hold the same entries as I",
                            Exactness::Bits},
                           /*benefit=*/10);
}
