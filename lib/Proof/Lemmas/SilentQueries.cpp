//===- SilentQueries.cpp - Query heads that add nothing -------------------===//
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
struct SilentQueries : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Slices silent = findSilentQueries(op);
    if (silent.empty() || silent.size() == op.getHeadsPerGroup())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        Slices added = findNewSlices(op.getWo(), 1);
        if (!added.empty())
          diag << "query heads " << added
               << " of each group are new, but rows of 'o' are not zero there";
      });
    dropSlopes(rewriter, op, silent, /*areGroups=*/false);
    dropEverywhere(rewriter, op, Axis::Queries, silent);
    return success();
  }
};
} // namespace

void grow::proof::addSilentQueries(LemmaSet &set) {
  set.add<SilentQueries>(
      {"silent-queries",
       "attention(x, q, k, v, o) = attention(x, q \\ H, k, v, o \\ H)\n"
       "  where in each group the rows of o of the heads H are zero",
       Exactness::Bits},
      /*benefit=*/5);
}
