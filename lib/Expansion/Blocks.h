//===- Blocks.h - What an op gains in width ---------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// All expansions in width are alike: one op of a layer grows along one axis,
// and with it all of its parameters that have this axis, at the same places.
// What an expansion has of its own is what fills the new entries, and what it
// refuses.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXPANSION_BLOCKS_H
#define GROW_LIB_EXPANSION_BLOCKS_H

#include "Liveness.h"
#include "grow/Expansion/Model.h"

namespace grow::detail {

/// What makes the gain that `use` reads 1.
FillAttrInterface getUnitGain(mlir::OpOperand &use);

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

/// What fills the new entries of each parameter of an op: zeros on the zero
/// sides, else the fill of its own, else the common one. Gains are 1.
class BlockFills {
public:
  /// A null `init` is the default one, a null `biasInit` zero.
  BlockFills(mlir::MLIRContext *context, FillAttrInterface init,
             FillAttrInterface biasInit);

  /// Gives the weight `name` a fill of its own unless that is null.
  BlockFills &set(llvm::StringRef name, FillAttrInterface fill);
  /// Makes the weight `name` and its bias zero if `isZero`.
  BlockFills &setZero(llvm::StringRef name, bool isZero = true);

  FillAttrInterface get(mlir::OpOperand &operand, const ParamRole &role) const;
  /// Whether the parameter belongs to a side that must be zero.
  bool isZeroSide(const ParamRole &role) const;

private:
  FillAttrInterface zero, init, biasInit;
  llvm::SmallVector<std::pair<llvm::StringRef, FillAttrInterface>> own;
  llvm::SmallVector<llvm::StringRef, 2> zeroSides;
};

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// A parameter of an op that gains slices along an axis, and what fills them.
struct NewBlock {
  ParamRole role;
  mlir::OpOperand *operand;
  int64_t axis;
  FillAttrInterface fill;
  bool isZeroSide;

  llvm::StringRef getName() const { return role.name; }
};

/// Where an axis gains slices: as in `grow.extend`.
struct NewSlices {
  llvm::SmallVector<int64_t> positions, sizes;

  static NewSlices append(int64_t extent, int64_t count) {
    return {{extent}, {count}};
  }
};

/// The parameters of `op` that have the axis.
llvm::SmallVector<NewBlock> getBlocks(ParameterizedOpInterface op, Axis axis,
                                      const BlockFills &fills);

/// What is known of the new entries of a parameter; zero if the op leaves it
/// out.
Known getKnown(llvm::ArrayRef<NewBlock> blocks, llvm::StringRef name);

/// What is known of a projection by new entries of the weight and its bias.
Known getProjection(llvm::ArrayRef<NewBlock> blocks, llvm::StringRef weight);

/// Checks that a parameter can grow by `count` slices along each of `axes`: its
/// size in bytes must fit in 63 bits, whatever its element type.
llvm::LogicalResult
checkSize(ParamOp param, llvm::ArrayRef<int64_t> axes, int64_t count,
          llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Checks that a fill for biases, if there is one, has a bias to fill in one of
/// the blocks.
llvm::LogicalResult checkBiasInitIsUsed(mlir::Operation *expansion,
                                        FillAttrInterface biasInit,
                                        llvm::ArrayRef<NewBlock> blocks);

/// Makes the new entries of all blocks.
void extend(Model &model, llvm::ArrayRef<NewBlock> blocks,
            const NewSlices &slices);

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

/// The ops of a kind in a layer.
template <typename OpT>
llvm::SmallVector<OpT, 1> getOps(LayerOp layer) {
  llvm::SmallVector<OpT, 1> ops;
  layer.walk([&](OpT op) { ops.push_back(op); });
  return ops;
}

/// The checks and the report that expansions of one op in each selected layer
/// share.
class LayerExpansion {
public:
  /// `action` completes "cannot ... layer 3", such as "widen the MLP of".
  /// `biasInit` is the expansion's fill for biases, if it has one.
  LayerExpansion(mlir::Operation *op, Model &model, llvm::StringRef action,
                 FillAttrInterface biasInit = {})
      : op(op), model(model), action(action), biasInit(biasInit) {}

  /// The error that begins every refusal.
  mlir::InFlightDiagnostic refuse(LayerOp layer) const;

  /// The only op of a kind in the layer.
  template <typename OpT>
  mlir::FailureOr<OpT> find(LayerOp layer) const {
    auto ops = getOps<OpT>(layer);
    if (ops.size() == 1)
      return ops.front();
    refuseCount(layer, OpT::getOperationName(),
                llvm::to_vector_of<mlir::Operation *>(ops));
    return mlir::failure();
  }

  /// Checks that `target` has fewer than `size` of what it is to gain.
  llvm::LogicalResult checkGrows(LayerOp layer, mlir::Operation *target,
                                 int64_t old, int64_t size,
                                 llvm::StringRef unit) const;
  /// Checks that the parameters are the op's own and can grow by `count`
  /// slices.
  llvm::LogicalResult
  checkBlocks(LayerOp layer, llvm::ArrayRef<NewBlock> blocks, int64_t count);
  /// Checks, once all layers have been, that every fill has a block to fill.
  llvm::LogicalResult checkFillsAreUsed() const {
    return checkBiasInitIsUsed(op, biasInit, checked);
  }
  /// Refuses a new part of `target` that is dead since the parameters `zeros`
  /// of its new entries are zero. `part` completes "would ... layer 3".
  llvm::LogicalResult refuseDead(LayerOp layer, mlir::Operation *target,
                                 llvm::StringRef part,
                                 llvm::ArrayRef<llvm::StringRef> zeros) const;

protected:
  /// The blocks of all layers so far.
  llvm::ArrayRef<NewBlock> getChecked() const { return checked; }

private:
  void refuseCount(LayerOp layer, llvm::StringRef name,
                   llvm::ArrayRef<mlir::Operation *> ops) const;

  mlir::Operation *op;
  Model &model;
  llvm::StringRef action;
  FillAttrInterface biasInit;
  llvm::SmallVector<NewBlock> checked;
};

/// Checks the layers that `op` selects by a `LayerExpansion` with a method
/// `checkLayer`.
template <typename CheckerT, typename ExpansionT>
llvm::LogicalResult checkLayers(ExpansionT op, Model &model) {
  auto layers = model.selectLayers(op, op.getLayers());
  if (mlir::failed(layers))
    return mlir::failure();
  CheckerT checker(op, model);
  for (LayerOp layer : *layers)
    if (mlir::failed(checker.checkLayer(layer)))
      return mlir::failure();
  return checker.checkFillsAreUsed();
}

/// A size of one layer before and after.
using SizeChange = std::pair<int64_t, int64_t>;

/// Reports on success what became of a size in each selected layer, such as
/// "8, 10 -> 16 hidden units".
void reportSizes(mlir::Operation *op, Model &model, llvm::StringRef name,
                 llvm::StringRef unit, llvm::StringRef metric,
                 llvm::ArrayRef<SizeChange> changes);

} // namespace grow::detail

#endif // GROW_LIB_EXPANSION_BLOCKS_H
