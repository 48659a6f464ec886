//===- SilentValues.cpp - Channels of values that add nothing -------------===//
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
struct SilentValues : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Slices silent = findSilentValues(op);
    if (silent.empty() || silent.size() == op.getValueWidth())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        Slices added =
            findNewSlices(op.getWo(), 2) | findNewSlices(op.getWv(), 2);
        if (!added.empty())
          diag
              << "channels " << added << " of values are new, but rows of "
              << "'o' are not zero there, nor are columns of 'v' with its bias";
      });
    dropEverywhere(rewriter, op, Axis::Value, silent);
    return success();
  }
};
} // namespace

void grow::proof::addSilentValues(LemmaSet &set) {
  set.add<SilentValues>(
      {"silent-values",
       "attention(x, q, k, v, o) = attention(x, q, k, v \\ V, o \\ V)\n"
       "  where the rows V of o are zero in each head, or the columns V of v "
       "(and its bias)",
       Exactness::Bits},
      /*benefit=*/5);
}
