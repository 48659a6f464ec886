//===- OutlineLayers.cpp - Layers to calls --------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "UniqueFunctions.h"
#include "grow/IR/GrowOps.h"
#include "grow/Support/Remarks.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace grow {
#define GEN_PASS_DEF_OUTLINELAYERSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {
struct OutlineLayersPass
    : public grow::impl::OutlineLayersPassBase<OutlineLayersPass> {
  void runOnOperation() override {
    SymbolTable symbols(getOperation());
    SmallVector<LayerOp> layers;
    // Not those of nested modules, which could not call the new functions.
    for (auto function : getOperation().getOps<FunctionOpInterface>())
      function.walk([&](LayerOp layer) { layers.push_back(layer); });
    UniqueFunctions functions(symbols);
    llvm::SmallPtrSet<Operation *, 8> distinct;
    for (LayerOp layer : layers) {
      func::FuncOp function = functions.add(outline(layer));
      OpBuilder builder(layer);
      auto call = func::CallOp::create(builder, layer.getLoc(), function,
                                       layer.getInputs());
      layer.replaceAllUsesWith(call);
      layer.erase();
      distinct.insert(function);
    }
    if (!layers.empty())
      reportPassed(getOperation(), getName())
          << remark::reason("{0} layers call {1} functions", layers.size(),
                            distinct.size())
          << remark::metric("layers", layers.size())
          << remark::metric("functions", distinct.size());
  }

private:
  /// A function with the layer's region as its body, not yet in the module.
  static func::FuncOp outline(LayerOp layer) {
    OpBuilder builder(layer.getContext());
    auto type =
        builder.getFunctionType(layer.getInputs().getTypes(), layer.getType());
    auto function = func::FuncOp::create(layer.getLoc(), "layer", type);
    function.setPrivate();
    function.getBody().takeBody(layer.getBody());
    Operation *yield = function.getBody().front().getTerminator();
    builder.setInsertionPoint(yield);
    func::ReturnOp::create(builder, yield->getLoc(), yield->getOperands());
    yield->erase();
    return function;
  }
};
} // namespace
