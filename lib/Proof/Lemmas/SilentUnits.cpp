//===- SilentUnits.cpp - Units of an MLP that add nothing -----------------===//
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
struct SilentUnits : public OpRewritePattern<MLPOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MLPOp op,
                                PatternRewriter &rewriter) const override {
    Slices silent = findSilentUnits(op);
    if (silent.empty() || silent.size() == op.getWidth())
      return rewriter.notifyMatchFailure(
          op, [&](Diagnostic &diag) { explain(op, diag); });
    dropEverywhere(rewriter, op, Axis::MLP, silent);
    return success();
  }

private:
  static void explain(MLPOp op, Diagnostic &diag) {
    Slices added =
        findNewSlices(op.getUp(), 1) | findNewSlices(op.getDown(), 0);
    if (!added.empty())
      diag << "units " << added << " are new, but rows " << added
           << " of 'down' are not zero, nor columns of 'up'"
           << (op.getGate() ? " or 'gate'" : "") << " with their biases";
  }
};
} // namespace

void grow::proof::addSilentUnits(LemmaSet &set) {
  set.add<SilentUnits>(
      {"silent-units",
       "mlp(x, up, gate, down) = mlp(x, up \\ U, gate \\ U, down \\ U)\n"
       "  where for each unit of U the row of down is zero, or the column (and "
       "bias) of up or of gate:\n"
       "  each activation is zero at zero",
       Exactness::Bits},
      /*benefit=*/5);
}
