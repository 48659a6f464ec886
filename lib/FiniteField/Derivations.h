//===- Derivations.h - Parameters over a finite field --------- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_FINITEFIELD_DERIVATIONS_H
#define GROW_LIB_FINITEFIELD_DERIVATIONS_H

#include "Graph.h"
#include "grow/IR/GrowOps.h"

namespace grow {

/// Numbers of slices of an axis, increasing.
using Kept = std::vector<int64_t>;
/// Which entries of a tensor are looked at: some slices of each axis.
using KeptAxes = llvm::SmallVector<Kept, 4>;

/// All slices of each axis.
KeptAxes keepAll(llvm::ArrayRef<int64_t> shape);

/// For each slice of the result's axis the slice of the input that it is, or
/// the complement of the number of a new one.
std::vector<int64_t> getOrigins(ExtendOp op);
/// For each slice of the result's axis the slice of the input that it is.
std::vector<int64_t> getOrigins(DropOp op);

/// What parameters are over a field: random elements, and what derivations make
/// of them.
class Derivations {
public:
  /// Random elements are keyed by the seed.
  Derivations(mlir::ModuleOp module, const Field &field, uint64_t seed)
      : symbols(module), field(field), seed(seed) {}

  /// Takes all parameters of the model for random ones, as a model does that
  /// others grow from.
  void ignoreDerivations() { isSource = true; }
  /// Takes means along an axis over those slices that are looked at.
  void sampleMeans() { samples = true; }
  /// Makes entries say which op made them, by the ops' numbers, instead of
  /// their value; those of the source are zero unless the op has a number.
  void trackOps(const llvm::DenseMap<mlir::Operation *, uint64_t> &numbers) {
    opNumbers = &numbers;
  }

  /// The operand of the layer that a value inside stands for, the value itself
  /// if it stands for none.
  static mlir::Value resolve(mlir::Value value);
  /// Whether a value comes from parameters alone, by derivation ops.
  static bool isParameter(mlir::Value value);

  /// Entries of a parameter.
  FieldTensor evaluate(mlir::Value value, KeptAxes kept);
  FieldTensor evaluate(ParamOp param, KeptAxes kept);

  /// Entries that a fill of `shape` makes, at the given coordinates. Copies and
  /// means need more than that.
  FieldTensor fill(FillAttrInterface fill, llvm::StringRef param,
                   llvm::ArrayRef<Kept> kept);

private:
  FieldTensor draw(uint64_t key, llvm::ArrayRef<Kept> kept);
  FieldTensor drawSource(llvm::StringRef name, llvm::ArrayRef<Kept> kept);
  FieldTensor extend(ExtendOp op, KeptAxes kept);
  FieldTensor drop(DropOp op, KeptAxes kept);
  FieldTensor regroup(RegroupOp op, KeptAxes kept);
  FieldTensor scale(ScaleOp op, KeptAxes kept);
  FieldTensor center(CenterOp op, KeptAxes kept);

  mlir::SymbolTable symbols;
  const Field &field;
  uint64_t seed;
  const llvm::DenseMap<mlir::Operation *, uint64_t> *opNumbers = nullptr;
  bool isSource = false, samples = false;
};

} // namespace grow

#endif // GROW_LIB_FINITEFIELD_DERIVATIONS_H
