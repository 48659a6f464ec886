//===- Terms.h - What is known of terms, and narrower terms -----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// A term is a value of a model whose derivations stand in its function: a
// parameter (`grow.source`, `grow.fill` and the derivation ops on them) or a
// stream. What is known of a term follows from the ops that make it; nothing
// here looks at what expansions do.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_TERMS_H
#define GROW_PROOF_TERMS_H

#include "grow/IR/GrowOps.h"
#include "grow/Proof/Lemma.h"
#include "grow/Proof/Slices.h"
#include "mlir/IR/PatternMatch.h"
#include <vector>

namespace grow::proof {

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// The slices that an extension makes, as its result numbers them.
Slices getNewSlices(ExtendOp op);
/// The slices that are left out, as the input numbers them.
Slices getDroppedSlices(DropOp op);

/// The number of slices of a term along an axis.
int64_t getSize(mlir::Value term, int64_t axis);

/// The slices along `axis` in which every entry is zero, as far as is known.
Slices findZeroSlices(mlir::Value term, int64_t axis);
/// Slices along `axis` that are, entry for entry, the mean of all others.
Slices findMeanSlices(mlir::Value term, int64_t axis);
/// The slices along `axis` that the source does not have.
Slices findNewSlices(mlir::Value term, int64_t axis);

/// Whether all entries are zero.
bool isZero(mlir::Value term);

/// The outputs of a projection that are zero whatever it reads: columns `axis`
/// of `weight`, and the same of `bias`, which lacks the weight's first axis.
Slices findZeroOutputs(mlir::Value weight, mlir::Value bias, int64_t axis);

/// Units of an MLP that add nothing: their rows of `down` are zero, or what
/// they compute is, since each activation is zero at zero.
Slices findSilentUnits(MLPOp op);
/// Groups of heads, query heads of each group and channels of values that add
/// nothing: their rows of `o` are zero, or their values.
Slices findSilentGroups(AttentionOp op);
Slices findSilentQueries(AttentionOp op);
Slices findSilentValues(AttentionOp op);
/// Whether the mean along `axis` is zero, whatever the parameters are.
bool isCentered(mlir::Value term, int64_t axis);

/// A slice as a multiple of what another one is a multiple of, too.
struct Multiple {
  int64_t of;
  Exact factor;
};
/// For each slice along `axis` what it is a multiple of: slices with the same
/// `of` are equal up to their factors, in the given sense. Takes as long as
/// there are slices.
llvm::SmallVector<Multiple>
findMultiples(mlir::Value term, int64_t axis,
              Exactness exactness = Exactness::Bits);
/// Whether some slices along `axis` are copies of others.
bool hasCopies(mlir::Value term, int64_t axis);

//===----------------------------------------------------------------------===//
// Parameters of an op
//===----------------------------------------------------------------------===//

/// A parameter of an op that has a certain axis.
struct AxisOperand {
  mlir::OpOperand *operand;
  const ParamRole *role;
  int64_t axis;

  mlir::Value get() const { return operand->get(); }
};

/// The parameters of `op` with an axis that counts `axis`.
llvm::SmallVector<AxisOperand> getOperandsWith(ParameterizedOpInterface op,
                                               Axis axis);
/// For each slice the first that is equal to it, entry for entry and as far as
/// is known, in every one of `params`, along the axis of each: itself if none
/// before it is.
llvm::SmallVector<int64_t> findFirstEqual(llvm::ArrayRef<AxisOperand> params);

/// Units of an MLP that compute the same, and whose rows of `down` are
/// multiples of the same.
struct EqualUnits {
  llvm::SmallVector<int64_t, 1> units; // one or more, in increasing order
  Exact factor;                        // of the first unit's row
  std::optional<Exact> sum; // of all rows' factors, if it is such a number
};
/// All units of an MLP, in the order of the first of each kind; a unit that is
/// equal to no other is a kind of its own. Rows of `down` are multiples of each
/// other in the given sense.
std::vector<EqualUnits> findEqualUnits(MLPOp op, Exactness exactness);

/// The operand's term, if there is one.
inline mlir::Value getIfAny(mlir::MutableOperandRange operand) {
  return operand.empty() ? mlir::Value() : operand[0].get();
}

//===----------------------------------------------------------------------===//
// Building terms
//===----------------------------------------------------------------------===//

/// `term` without the slices `dropped` along `axis`.
mlir::Value drop(mlir::OpBuilder &builder, mlir::Value term, int64_t axis,
                 const Slices &dropped);
/// `term` with slices that `fill` makes; `inserted` as the result numbers them.
mlir::Value extend(mlir::OpBuilder &builder, mlir::Value term, int64_t axis,
                   const Slices &inserted, FillAttrInterface fill);
/// What `op` does to its input, done to `term`.
mlir::Value drop(mlir::OpBuilder &builder, mlir::Value term, DropOp op);
mlir::Value extend(mlir::OpBuilder &builder, mlir::Value term, ExtendOp op);
mlir::Value scale(mlir::OpBuilder &builder, mlir::Value term,
                  const Exact &factor, ExactAttr about = {});

/// Leaves out slices of every parameter of `op` along all axes that count
/// `axis`, in place.
void dropEverywhere(mlir::PatternRewriter &rewriter,
                    ParameterizedOpInterface op, Axis axis,
                    const Slices &dropped);

/// The channels of a stream are its last axis.
inline int64_t getChannelAxis(mlir::Value stream) {
  return llvm::cast<mlir::RankedTensorType>(stream.getType()).getRank() - 1;
}
/// The op that adds channels to a stream; null if none does.
ExtendOp getPadding(mlir::Value stream);
/// `type` with another number of channels.
mlir::RankedTensorType withChannels(mlir::Type type, int64_t channels);

/// A copy of `op` with other operands and another number of channels.
mlir::Value cloneWith(mlir::PatternRewriter &rewriter, mlir::Operation *op,
                      mlir::ValueRange operands, int64_t channels);

} // namespace grow::proof

#endif // GROW_PROOF_TERMS_H
