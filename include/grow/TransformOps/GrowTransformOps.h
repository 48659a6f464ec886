//===- GrowTransformOps.h - Ops of transform scripts ------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Extends the transform dialect by `transform.grow.*`: ops that find the parts
// of a model and ops that grow them.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_GROWTRANSFORMOPS_H
#define GROW_TRANSFORMOPS_GROWTRANSFORMOPS_H

#include "grow/IR/GrowAttrs.h"
#include "mlir/Dialect/Transform/IR/TransformDialect.h"
#include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.h"
#include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace grow {

/// Makes the ops known to the transform dialect, and expansions applicable.
void registerTransformDialectExtension(mlir::DialectRegistry &registry);

namespace transform_ops {
namespace detail {

/// What sets the transform ops of expansions apart.
struct ExpansionTraits {
  /// The op that a schedule would have.
  llvm::StringRef name;
  /// Its argument that may be a parameter; empty without one.
  llvm::StringRef amount;
  /// Whether it has a clause `layers`.
  bool selectsLayers;
};

llvm::LogicalResult verifyExpansion(mlir::Operation *op,
                                    const ExpansionTraits &expansion);
mlir::DiagnosedSilenceableFailure
applyExpansion(mlir::Operation *op, const ExpansionTraits &expansion,
               const mlir::transform::TransformState &state);

llvm::LogicalResult verifyMatch(mlir::Operation *op);
/// Finds the ops called `name`.
mlir::DiagnosedSilenceableFailure
match(mlir::Operation *op, llvm::StringRef name,
      mlir::transform::TransformResults &results,
      const mlir::transform::TransformState &state);

} // namespace detail

/// For ops that apply an expansion to the models or layers of their first
/// operand. The second, if there is one, is a parameter. All else are the
/// arguments of the expansion.
template <typename OpT>
class ExpansionTransformOpTrait
    : public mlir::OpTrait::TraitBase<OpT, ExpansionTransformOpTrait> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyExpansion(op, getTraits());
  }

  mlir::DiagnosedSilenceableFailure
  apply(mlir::transform::TransformRewriter &,
        mlir::transform::TransformResults &,
        mlir::transform::TransformState &state) {
    return detail::applyExpansion(this->getOperation(), getTraits(), state);
  }

  void getEffects(
      llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects) {
    mlir::transform::onlyReadsHandle(this->getOperation()->getOpOperands(),
                                     effects);
    mlir::transform::modifiesPayload(effects);
  }

private:
  static detail::ExpansionTraits getTraits() {
    return {OpT::getExpansionName(), OpT::getAmountName(),
            OpT::selectsLayers()};
  }
};

/// For ops that find the ops of a kind in the models or layers of their
/// operand.
template <typename OpT>
class MatchTransformOpTrait
    : public mlir::OpTrait::TraitBase<OpT, MatchTransformOpTrait> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return detail::verifyMatch(op);
  }

  mlir::DiagnosedSilenceableFailure
  apply(mlir::transform::TransformRewriter &,
        mlir::transform::TransformResults &results,
        mlir::transform::TransformState &state) {
    return detail::match(this->getOperation(), OpT::getMatchedName(), results,
                         state);
  }
};

} // namespace transform_ops
} // namespace grow

#include "grow/TransformOps/GrowTransformOpsEnums.h.inc"

#define GET_OP_CLASSES
#include "grow/TransformOps/GrowTransformOps.h.inc"

#endif // GROW_TRANSFORMOPS_GROWTRANSFORMOPS_H
