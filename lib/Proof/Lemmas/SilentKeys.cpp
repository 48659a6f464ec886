//===- SilentKeys.cpp - Channels of keys that add nothing to scores -------===//
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
struct SilentKeys : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Slices queries = findZeroOutputs(op.getWq(), op.getBq(), 3);
    Slices keys = findZeroOutputs(op.getWk(), op.getBk(), 2);
    // A norm over channels sees those of either side.
    Slices silent = op.getQGain()
                        ? getWholePairs(op, queries & keys)
                        : getWholePairs(op, queries) | getWholePairs(op, keys);
    if (silent.empty() || silent.size() == op.getKeyWidth())
      return rewriter.notifyMatchFailure(
          op, [&](Diagnostic &diag) { explain(op, diag); });
    dropPairs(rewriter, op, silent);
    dropEverywhere(rewriter, op, Axis::Key, silent);
    return success();
  }

private:
  static void explain(AttentionOp op, Diagnostic &diag) {
    Slices added = findNewSlices(op.getWq(), 3) | findNewSlices(op.getWk(), 2);
    if (added.empty())
      return;
    diag << "channels " << added << " of keys are new, but ";
    if (op.getQGain())
      diag << "not both 'q' and 'k' are zero there, which the norm sees";
    else
      diag << "neither 'q' nor 'k' is zero there with its bias, in whole "
              "rotary pairs";
  }
};
} // namespace

void grow::proof::addSilentKeys(LemmaSet &set) {
  set.add<SilentKeys>(
      {"silent-keys",
       "attention(x, q, k, v, o) = attention(x, q \\ K, k \\ K, v, o)\n"
       "  where q or k is zero in the channels K (with its bias), whole rotary "
       "pairs;\n"
       "  both q and k if a norm sees them all",
       Exactness::Bits},
      /*benefit=*/5);
}
