//===- Model.h - A model as an expansion sees it ----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_MODEL_H
#define GROW_EXPANSION_MODEL_H

#include "grow/IR/GrowOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/FunctionExtras.h"

namespace grow {

/// The model in a module: its function, its layers, its parameters and who
/// reads them. An expansion looks at a model through this class and changes it
/// through this class, which keeps a parameter's type, its derivation and its
/// readers in agreement.
class Model {
public:
  /// The model of `module`: emits an error and fails unless exactly one
  /// function has layers or reads parameters, with all layers in one block.
  static mlir::FailureOr<Model> get(mlir::ModuleOp module);

  mlir::ModuleOp getModule() const { return module; }
  mlir::FunctionOpInterface getFunction() const { return function; }

  //===--------------------------------------------------------------------===//
  // Layers
  //===--------------------------------------------------------------------===//

  /// The layers, in order.
  llvm::ArrayRef<LayerOp> getLayers() const { return layers; }
  /// The place of `layer` among the layers.
  int64_t getNumber(LayerOp layer) const;
  /// How diagnostics name a layer: `layer 3 ("h.3")`.
  std::string describe(LayerOp layer) const;
  /// The layers with the given numbers; all layers without. Emits an error of
  /// `expansion` and fails if there is no such layer.
  mlir::FailureOr<llvm::SmallVector<LayerOp>>
  selectLayers(mlir::Operation *expansion,
               std::optional<llvm::ArrayRef<int64_t>> numbers) const;

  /// Inserts a layer with the body of `neighbour` such that it becomes layer
  /// `number`, and returns it. It has parameters of its own, named after the
  /// neighbour's; `derive(parameter, original)` must define each of them.
  ///
  /// The layer is called `new.N.K`, with N the number of source layers before
  /// it and K the first that is free. So its name, which keys its random
  /// entries, does not depend on what is inserted in other places, or when.
  LayerOp insertLayer(
      int64_t number, LayerOp neighbour,
      llvm::function_ref<void(ParamOp parameter, ParamOp original)> derive);

  //===--------------------------------------------------------------------===//
  // Parameters
  //===--------------------------------------------------------------------===//

  /// The parameter that `value` is; null unless `value` is a `grow.get`.
  ParamOp getParam(mlir::Value value) const;
  llvm::ArrayRef<GetOp> getReaders(ParamOp param) const;

  /// Checks that `operand` is a parameter that nothing else uses, so that it
  /// may change without a thought for anyone. Explains itself in notes to the
  /// error that `emitError` begins; `name` is what the operand is called.
  llvm::LogicalResult checkOwnParameter(
      mlir::OpOperand &operand, llvm::StringRef name,
      llvm::function_ref<mlir::InFlightDiagnostic()> emitError) const;

  /// Inserts `sizes[i]` slices made by `fill` before slice `positions[i]` of
  /// `axis`.
  void extend(ParamOp param, int64_t axis, llvm::ArrayRef<int64_t> positions,
              llvm::ArrayRef<int64_t> sizes, FillAttrInterface fill);
  /// Multiplies every entry, or its difference from `about`, by `factor`.
  void scale(ParamOp param, const Exact &factor,
             std::optional<Exact> about = std::nullopt);
  /// Reads axis `axis` and the next, row-major, as `outer` times `inner`
  /// slices.
  void regroup(ParamOp param, int64_t axis, int64_t outer, int64_t inner);
  /// Subtracts the mean along `axis`.
  void center(ParamOp param, int64_t axis);
  /// Defines a new parameter from nothing.
  void deriveFrom(ParamOp param, FillAttrInterface fill);
  /// Defines a new parameter as what `original` is now. It stays a copy: random
  /// entries of the original are drawn with the original's key.
  void deriveFrom(ParamOp param, ParamOp original);

  //===--------------------------------------------------------------------===//
  // Types
  //===--------------------------------------------------------------------===//

  /// Checks that `inferTypes` knows the types of all results in the function.
  /// Names the op that it does not know in a note to the error that `emitError`
  /// begins. For expansions that change the type of anything but parameters.
  llvm::LogicalResult checkInferable(
      llvm::function_ref<mlir::InFlightDiagnostic()> emitError) const;
  /// Infers the types of all values in the function anew, once parameters have
  /// changed, and with them the type of the function.
  void inferTypes();

  //===--------------------------------------------------------------------===//
  // Remarks
  //===--------------------------------------------------------------------===//

  /// Calls `report` once the whole schedule has been applied: what is refused
  /// later must not have been reported.
  void onSuccess(llvm::unique_function<void()> report) {
    reports.push_back(std::move(report));
  }
  void reportSuccess();

private:
  explicit Model(mlir::ModuleOp module) : module(module), symbols(module) {}

  std::string getFreshLayerName(int64_t number) const;
  bool isSourceLayer(LayerOp layer) const;
  mlir::SetVector<ParamOp> getParams(LayerOp layer) const;
  void setDerivedValue(ParamOp param, mlir::Value value);

  mlir::ModuleOp module;
  mlir::FunctionOpInterface function;
  mlir::SymbolTable symbols;
  llvm::SmallVector<LayerOp> layers;
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<GetOp, 1>> readers;
  std::vector<llvm::unique_function<void()>> reports;
};

} // namespace grow

#endif // GROW_EXPANSION_MODEL_H
