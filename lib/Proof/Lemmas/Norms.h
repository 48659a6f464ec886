//===- Norms.h - What lemmas on norms share ---------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_LEMMAS_NORMS_H
#define GROW_LIB_PROOF_LEMMAS_NORMS_H

#include "grow/Proof/Terms.h"

namespace grow::proof {

inline bool hasUnitOffset(RMSNormOp op) { return op.getUnitOffset(); }
inline bool hasUnitOffset(LayerNormOp) { return false; }

inline mlir::Value getBias(RMSNormOp) { return {}; }
inline mlir::Value getBias(LayerNormOp op) { return op.getBias(); }

/// What a gain is scaled about: the number that is added to it, negated.
template <typename NormOp>
ExactAttr getAbout(NormOp op) {
  return hasUnitOffset(op) ? ExactAttr::get(op.getContext(), Exact(-1))
                           : ExactAttr();
}

/// Replaces the norm of a stream whose channels are those that `padded` pads
/// and others that the norm makes zero: by the norm of the former, `centered`
/// of which it centres, padded with zeros. Fails if the bias of the others is
/// not zero.
llvm::LogicalResult moveOutPadding(mlir::PatternRewriter &rewriter,
                                   LayerNormOp op, ExtendOp padded,
                                   int64_t centered);

} // namespace grow::proof

#endif // GROW_LIB_PROOF_LEMMAS_NORMS_H
