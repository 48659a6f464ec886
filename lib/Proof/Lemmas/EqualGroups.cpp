//===- EqualGroups.cpp - Groups of heads with equal keys and values -------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct EqualGroups : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasCopies(op.getWk(), 1))
      return failure();
    int64_t groups = op.getGroups(), heads = op.getHeadsPerGroup();
    int64_t copies = countCopies(op);
    if (copies == 1)
      return rewriter.notifyMatchFailure(
          op, "no neighbouring groups have equal keys and values");
    Slices repeated;
    for (int64_t first = 0; first < groups; first += copies)
      repeated.append(first + 1, first + copies);
    auto regroup = [&](Value term, int64_t axis) -> Value {
      return RegroupOp::create(rewriter, term.getLoc(), term, axis,
                               groups / copies, heads * copies);
    };
    Value q = regroup(op.getWq(), 1), o = regroup(op.getWo(), 0);
    Value bq = op.getBq() ? regroup(op.getBq(), 0) : Value();
    SmallVector<AxisOperand> shared = getShared(op);
    SmallVector<Value> narrow;
    for (const AxisOperand &param : shared)
      narrow.push_back(drop(rewriter, param.get(), param.axis, repeated));
    rewriter.modifyOpInPlace(op, [&] {
      op.getWqMutable().assign(q);
      op.getWoMutable().assign(o);
      if (bq)
        op.getBqMutable().assign(bq);
      for (auto [value, param] : llvm::zip_equal(narrow, shared))
        param.operand->set(value);
    });
    return success();
  }

private:
  /// Keys and values, with the axis of groups.
  static SmallVector<AxisOperand> getShared(AttentionOp op) {
    SmallVector<AxisOperand> shared = getOperandsWith(op, Axis::Groups);
    llvm::erase_if(shared, [](const AxisOperand &param) {
      return param.role->findAxis(Axis::Queries).has_value();
    });
    return shared;
  }

  /// How many groups in a row are equal, everywhere.
  static int64_t countCopies(AttentionOp op) {
    SmallVector<int64_t> first = findFirstEqual(getShared(op));
    int64_t groups = op.getGroups(), copies = 1;
    while (copies < groups && first[copies] == 0)
      ++copies;
    if (groups % copies != 0)
      return 1;
    for (int64_t group : llvm::seq(groups))
      if (first[group] != first[group - group % copies])
        return 1;
    return copies;
  }
};
} // namespace

void grow::proof::addEqualGroups(LemmaSet &set) {
  set.add<EqualGroups>(
      {"equal-groups",
       "attention(x, regroup(q), copy(k), copy(v), regroup(o)) = attention(x, "
       "q, k, v, o)\n"
       "  where each m groups in a row have equal keys and values (and biases)",
       Exactness::Bits},
      /*benefit=*/1);
}
