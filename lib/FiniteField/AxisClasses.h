//===- AxisClasses.h - Axes of a model that count the same ---- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Growth changes a model in intervals: between two places at which anything was
// inserted, dropped or copied, all channels are alike. A few of each interval
// make a miniature with the same blocks as the model, whatever its size.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_FINITEFIELD_AXISCLASSES_H
#define GROW_LIB_FINITEFIELD_AXISCLASSES_H

#include "Derivations.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include <set>

namespace grow {

class AxisClasses {
public:
  AxisClasses(mlir::ModuleOp module, mlir::FunctionOpInterface function);

  /// Whether all axes are followed. If not, the model has no miniature.
  bool isComplete() const { return complete; }

  /// The slices of a parameter that the miniature has.
  KeptAxes getKept(ParamOp param);
  /// The same for one axis.
  const Kept &getKept(ParamOp param, int64_t axis);

private:
  /// Neighbouring slices that are copies of neighbouring slices.
  struct CopiedRun {
    int64_t copy, original, count;
    bool operator<(const CopiedRun &other) const {
      return std::tie(copy, original, count) <
             std::tie(other.copy, other.original, other.count);
    }
  };
  /// What is known of the axes that count the same.
  struct AxisClass {
    int64_t size = 0;
    bool keepsAll = false;
    /// Where intervals begin.
    std::set<int64_t> cuts;
    /// Copies, which are kept together with their originals.
    std::set<CopiedRun> copies;
    /// Channels that rotate together are kept together.
    llvm::SmallVector<RopeAttr, 1> ropes;
    std::optional<Kept> kept;
  };
  using Key = std::pair<const void *, int64_t>;

  // Union and find.
  unsigned getNode(const void *owner, int64_t axis);
  /// What an op counts and shares with no other op but by parameters.
  unsigned getOwnNode(mlir::Operation *op, Axis axis);
  unsigned getNode(mlir::Value stream);
  unsigned getNode(ParamOp param, int64_t axis);
  unsigned find(unsigned node);
  void unite(unsigned a, unsigned b);
  AxisClass &getClass(unsigned node) { return classes[find(node)]; }

  void visit(mlir::Operation *op);
  void visitParameters(ParameterizedOpInterface op);
  void uniteStreams(mlir::ValueRange values);
  void visitDetails(mlir::Operation *op);
  void cutDerivation(ParamOp param);
  void cutOp(AxisClass &axisClass, llvm::ArrayRef<int64_t> origins,
             llvm::ArrayRef<int64_t> places, llvm::ArrayRef<int64_t> inputs,
             CopyAttr copy);
  void choose(AxisClass &axisClass);

  mlir::SymbolTable symbols;
  bool complete = true;
  llvm::DenseMap<Key, unsigned> nodes;
  std::vector<unsigned> parents;
  std::map<unsigned, AxisClass> classes;
  llvm::SetVector<ParamOp> params;
};

} // namespace grow

#endif // GROW_LIB_FINITEFIELD_AXISCLASSES_H
