//===- ExternalizeParams.cpp - Parameters to arguments or globals ---------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/IR/Storage.h"
#include "grow/Support/Remarks.h"
#include "grow/Transforms/Passes.h"
#include "grow/Transforms/StoredViews.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace grow {
#define GEN_PASS_DEF_EXTERNALIZEPARAMSPASS
#include "grow/Transforms/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

/// The dialect of IREE that names parameters.
static constexpr llvm::StringLiteral kFlow = "flow";

/// Whether a module may hold attributes of IREE's.
static bool acceptsFlowAttributes(MLIRContext *context) {
  return context->getLoadedDialect(kFlow) ||
         context->allowsUnregisteredDialects();
}

/// `text` as a string literal of MLIR's syntax.
static std::string quote(StringRef text) {
  std::string result;
  llvm::raw_string_ostream os(result);
  os << '"';
  llvm::printEscapedString(text, os);
  os << '"';
  return result;
}

/// The tensor `name` of what IREE's runtime is given as `scope`.
static Attribute getFlowParameter(StringRef scope, StringRef name, Type type) {
  MLIRContext *context = type.getContext();
  std::string symbol = "parameter.named<";
  if (!scope.empty())
    symbol += quote(scope) + "::";
  symbol += quote(name) + ">";
  if (context->getLoadedDialect(kFlow))
    return parseAttribute(("#" + kFlow + "." + symbol).str(), context, type);
  return OpaqueAttr::get(StringAttr::get(context, kFlow), symbol, type);
}

namespace {
/// Gives one function the stored tensors.
class FunctionExternalizer {
public:
  FunctionExternalizer(FunctionOpInterface function, const StorageMap &storage,
                       SymbolTable &symbols)
      : function(function), storage(storage), symbols(symbols) {}

  void run(ParamsMode mode) {
    if (mode == ParamsMode::Args)
      addArguments();
    else
      addLoads();
    function.walk([&](LayerOp layer) { passToLayer(layer); });
    function.walk([&](GetOp get) { replaceGet(get, tensors); });
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
      tensors[&tensor] = function.getArgument(index);
    }
  }

  /// Loads what the function reads, in the order of the globals.
  void addLoads() {
    llvm::DenseSet<const StoredTensor *> read;
    function.walk([&](GetOp get) { read.insert(&lookup(get)); });
    auto builder = OpBuilder::atBlockBegin(&function.getFunctionBody().front());
    for (const StoredTensor &tensor : storage.getTensors())
      if (read.contains(&tensor))
        tensors[&tensor] = ml_program::GlobalLoadConstOp::create(
            builder, function.getLoc(), tensor.getType(),
            FlatSymbolRefAttr::get(function.getContext(), tensor.name));
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
      Value outside = tensors[tensor];
      layer.getInputsMutable().append(outside);
      inside[tensor] =
          layer.getBody().addArgument(outside.getType(), layer.getLoc());
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
  StoredValues tensors;
};

struct ExternalizeParamsPass
    : public grow::impl::ExternalizeParamsPassBase<ExternalizeParamsPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<StorageMap> storage = StorageMap::resolve(module);
    SymbolTable symbols(module);
    if (failed(storage) || failed(checkGlobals(*storage, symbols)))
      return signalPassFailure();
    for (auto function : module.getOps<FunctionOpInterface>()) {
      bool readsParams =
          function.walk([](GetOp) { return WalkResult::interrupt(); })
              .wasInterrupted();
      if (readsParams)
        FunctionExternalizer(function, *storage, symbols).run(mode);
    }
    auto params = llvm::to_vector(module.getOps<ParamOp>());
    report(params.size(), storage->getTensors().size());
    for (Operation &op : llvm::make_early_inc_range(module.getOps()))
      if (isa<ParamOp, ScheduleOp>(op))
        op.erase();
    if (mode != ParamsMode::Args)
      addGlobals(*storage);
  }

private:
  void report(size_t params, size_t tensors) {
    if (params > 0)
      reportPassed(getOperation(), getName())
          << remark::reason("{0} parameters lie in {1} stored tensors", params,
                            tensors)
          << remark::metric("parameters", params)
          << remark::metric("tensors", tensors);
  }

  /// Whether the module can hold the globals.
  LogicalResult checkGlobals(const StorageMap &storage, SymbolTable &symbols) {
    if (mode == ParamsMode::Args)
      return success();
    if (mode == ParamsMode::IREE && !acceptsFlowAttributes(&getContext()))
      return emitError(getOperation().getLoc())
             << "mode=iree makes attributes of IREE's dialect '" << kFlow
             << "', which is not registered here: allow dialects that are not, "
                "with --allow-unregistered-dialect";
    for (const StoredTensor &tensor : storage.getTensors()) {
      Operation *other = symbols.lookup(tensor.name);
      if (!other || isa<ParamOp, ScheduleOp>(other))
        continue;
      InFlightDiagnostic diag =
          other->emitOpError()
          << "has the name of a stored tensor, which is to be the name of its "
             "global: rename this symbol, or use mode=args";
      ParamOp param = tensor.parts.front().param;
      diag.attachNote(param.getLoc())
          << '"' << tensor.name << "\" holds this parameter";
      return diag;
    }
    return success();
  }

  void addGlobals(const StorageMap &storage) {
    auto builder = OpBuilder::atBlockBegin(getOperation().getBody());
    for (const StoredTensor &tensor : storage.getTensors()) {
      RankedTensorType type = tensor.getType();
      Attribute value = mode == ParamsMode::IREE
                            ? getFlowParameter(scope, tensor.name, type)
                            : ml_program::ExternAttr::get(&getContext(), type);
      ml_program::GlobalOp::create(builder, getOperation().getLoc(),
                                   tensor.name, type, /*is_mutable=*/false,
                                   value, builder.getStringAttr("private"));
    }
  }
};
} // namespace
