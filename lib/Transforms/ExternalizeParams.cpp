//===- ExternalizeParams.cpp - Parameters to arguments --------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Storage.h"
#include "grow/Transforms/Passes.h"
#include "grow/Transforms/StoredViews.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"

namespace grow {
#define GEN_PASS_DEF_EXTERNALIZEPARAMSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {
/// Gives one function the stored tensors as arguments.
class FunctionExternalizer {
public:
  FunctionExternalizer(FunctionOpInterface function, const StorageMap &storage,
                       SymbolTable &symbols)
      : function(function), storage(storage), symbols(symbols) {}

  void run() {
    addArguments();
    function.walk([&](LayerOp layer) { passToLayer(layer); });
    function.walk([&](GetOp get) { replaceGet(get, arguments); });
  }

private:
  using StoredValues = llvm::MapVector<const StoredTensor *, Value>;

  void addArguments() {
    MLIRContext *context = function.getContext();
    auto name = StringAttr::get(context, "grow.stored");
    for (const StoredTensor &tensor : storage.getTensors()) {
      unsigned index = function.getNumArguments();
      auto attributes = DictionaryAttr::get(
          context, NamedAttribute(name, StringAttr::get(context, tensor.name)));
      (void)function.insertArgument(index, tensor.getType(), attributes,
                                    function.getLoc());
      arguments[&tensor] = function.getArgument(index);
    }
  }

  /// Hands the tensors that a layer reads through its operands.
  void passToLayer(LayerOp layer) {
    StoredValues inside;
    SmallVector<GetOp> gets;
    layer.walk([&](GetOp get) { gets.push_back(get); });
    for (GetOp get : gets) {
      const StoredTensor *tensor = &lookup(get);
      if (inside.contains(tensor))
        continue;
      Value argument = arguments[tensor];
      layer.getInputsMutable().append(argument);
      inside[tensor] =
          layer.getBody().addArgument(argument.getType(), layer.getLoc());
    }
    for (GetOp get : gets)
      replaceGet(get, inside);
  }

  void replaceGet(GetOp get, StoredValues &values) {
    auto param = symbols.lookup<ParamOp>(get.getParam());
    OpBuilder builder(get);
    auto order = llvm::to_vector(llvm::seq<int64_t>(get.getType().getRank()));
    get.replaceAllUsesWith(loadPart(builder, get.getLoc(), values[&lookup(get)],
                                    storage.lookupPart(param), order));
    get.erase();
  }

  const StoredTensor &lookup(GetOp get) {
    return storage.lookup(symbols.lookup<ParamOp>(get.getParam()));
  }

  FunctionOpInterface function;
  const StorageMap &storage;
  SymbolTable &symbols;
  StoredValues arguments;
};

struct ExternalizeParamsPass
    : public grow::impl::ExternalizeParamsPassBase<ExternalizeParamsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<StorageMap> storage = StorageMap::resolve(module);
    if (failed(storage))
      return signalPassFailure();
    SymbolTable symbols(module);
    for (auto function : module.getOps<FunctionOpInterface>()) {
      bool readsParams =
          function.walk([](GetOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
      if (readsParams)
        FunctionExternalizer(function, *storage, symbols).run();
    }
    for (Operation &op : llvm::make_early_inc_range(module.getOps()))
      if (isa<ParamOp, ScheduleOp>(op))
        op.erase();
  }
};
} // namespace
