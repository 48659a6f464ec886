//===- UnknownRows.cpp - Rows of tokens and positions that the source does not
// know ===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Terms.h"
#include "Lemmas.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// Rows at the end of a table that an extension appended.
Slices findAppendedRows(Value table) {
  Slices added = findNewSlices(table, 0);
  int64_t rows = getSize(table, 0);
  if (added.empty() || added.size() == rows ||
      added.getRanges().back().end != rows)
    return {};
  Slices last;
  last.append(added.getRanges().back().begin, rows);
  return last;
}

struct UnknownRows
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    if (!isa<EmbeddingOp, PositionEmbeddingOp>(op.getOperation()))
      return failure();
    OpOperand *table = op.getParamOperand(0);
    Slices rows = findAppendedRows(table->get());
    auto position = dyn_cast<PositionEmbeddingOp>(op.getOperation());
    bool leavesNothing =
        position && static_cast<int64_t>(position.getOffset()) >=
                        getSize(table->get(), 0) - rows.size();
    if (rows.empty() || leavesNothing)
      return failure();
    Value known = drop(rewriter, table->get(), 0, rows);
    rewriter.modifyOpInPlace(op, [&] { table->set(known); });
    return success();
  }
};
} // namespace

void grow::proof::addUnknownRows(LemmaSet &set) {
  set.add<UnknownRows>(
      {"unknown-rows",
       "embedding(ids, [T; U]) = embedding(ids, T)\n"
       "position_embedding(x, [T; U]) = position_embedding(x, T)\n"
       "  where the right side is defined: for tokens and positions of T",
       Exactness::Bits, /*narrowsDomain=*/true},
      /*benefit=*/5);
}
