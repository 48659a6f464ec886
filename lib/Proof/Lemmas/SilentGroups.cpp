//===- SilentGroups.cpp - Groups of heads that add nothing ----------------===//
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
struct SilentGroups : public OpRewritePattern<AttentionOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AttentionOp op,
                                PatternRewriter &rewriter) const override {
    Slices silent = findSilentGroups(op);
    if (silent.empty() || silent.size() == op.getGroups())
      return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
        Slices added =
            findNewSlices(op.getWo(), 0) | findNewSlices(op.getWv(), 1);
        if (!added.empty())
          diag << "groups of heads " << added << " are new, but rows of 'o' "
               << "are not zero there, nor is 'v' with its bias";
      });
    dropSlopes(rewriter, op, silent, /*areGroups=*/true);
    dropEverywhere(rewriter, op, Axis::Groups, silent);
    return success();
  }
};
} // namespace

void grow::proof::addSilentGroups(LemmaSet &set) {
  set.add<SilentGroups>({"silent-groups",
                         "attention(x, q, k, v, o) = attention(x, q \\ G, k \\ "
                         "G, v \\ G, o \\ G)\n"
                         "  where for each group of G the rows of o are zero, "
                         "or v (and its bias)",
                         Exactness::Bits},
                        /*benefit=*/5);
}
