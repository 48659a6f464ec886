//===- Norms.cpp - What lemmas on norms share -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Norms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

LogicalResult grow::proof::moveOutPadding(PatternRewriter &rewriter,
                                          LayerNormOp op, ExtendOp padded,
                                          int64_t centered) {
  Slices added = getNewSlices(padded);
  if (op.getBias() && !(added - findZeroSlices(op.getBias(), 0)).empty())
    return rewriter.notifyMatchFailure(op, [&](Diagnostic &diag) {
      diag << "channels " << added - findZeroSlices(op.getBias(), 0)
           << " are new, and its 'bias' is not zero there";
    });
  SmallVector<Value> operands{padded.getInput(),
                              drop(rewriter, op.getGain(), 0, added)};
  if (op.getBias())
    operands.push_back(drop(rewriter, op.getBias(), 0, added));
  Value narrow = cloneWith(rewriter, op, operands, getSize(operands[1], 0));
  auto norm = narrow.getDefiningOp<LayerNormOp>();
  rewriter.modifyOpInPlace(norm, [&] { norm.setCentered(centered); });
  rewriter.replaceOp(op, extend(rewriter, narrow, getChannelAxis(narrow), added,
                                ZeroAttr::get(op.getContext())));
  return success();
}
