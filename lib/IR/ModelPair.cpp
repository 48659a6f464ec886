//===- ModelPair.cpp - A model and what it has grown to -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/ModelPair.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Parser/Parser.h"

using namespace mlir;
using namespace grow;

/// Whether the function has layers or reads parameters.
static bool isModelFunction(FunctionOpInterface function) {
  return function
      .walk([](Operation *op) {
        return isa<LayerOp, GetOp>(op) ? WalkResult::interrupt()
                                       : WalkResult::advance();
      })
      .wasInterrupted();
}

FailureOr<FunctionOpInterface> grow::findModelFunction(ModuleOp module) {
  auto functions = llvm::to_vector(
      llvm::make_filter_range(module.getOps<FunctionOpInterface>(),
                              [](auto op) { return isModelFunction(op); }));
  if (functions.size() == 1)
    return functions.front();
  InFlightDiagnostic diag = module.emitError()
                            << "expects exactly one function with 'grow.layer' "
                               "or 'grow.get' ops, the model, but found "
                            << functions.size();
  for (FunctionOpInterface function : functions)
    diag.attachNote(function.getLoc()) << "one is @" << function.getName();
  return diag;
}

FailureOr<ModelPair> ModelPair::get(ModuleOp module, StringRef sourcePath) {
  ModelPair pair;
  if (!sourcePath.empty()) {
    pair.file = parseSourceFile<ModuleOp>(sourcePath,
                                          ParserConfig(module.getContext()));
    if (!pair.file)
      return module.emitError()
             << "cannot read the source model from '" << sourcePath << "'";
    pair.source = *pair.file;
    pair.grown = module;
    return pair;
  }
  auto modules = llvm::to_vector(module.getOps<ModuleOp>());
  if (modules.size() != 2)
    return module.emitError()
           << "expects two modules, a model and what it has grown to, but "
              "found "
           << modules.size()
           << "; name a file with the source model by the option 'source' if "
              "this module is the grown one";
  pair.source = modules[0];
  pair.grown = modules[1];
  return pair;
}
