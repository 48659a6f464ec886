//===- Attention.h - What lemmas on attention share -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_LEMMAS_ATTENTION_H
#define GROW_LIB_PROOF_LEMMAS_ATTENTION_H

#include "grow/Proof/Terms.h"

namespace grow::proof {

/// The channels of keys among `channels` whose rotary partners are there, too.
Slices getWholePairs(AttentionOp op, const Slices &channels);

/// Leaves out the frequencies of `channels`, which are whole pairs.
void dropPairs(mlir::PatternRewriter &rewriter, AttentionOp op,
               const Slices &channels);

/// Leaves out the slopes of groups, or of query heads of each group.
void dropSlopes(mlir::PatternRewriter &rewriter, AttentionOp op,
                const Slices &heads, bool areGroups);

} // namespace grow::proof

#endif // GROW_LIB_PROOF_LEMMAS_ATTENTION_H
