//===- DerivationPlan.cpp - How to make a grown checkpoint ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/DerivationPlan.h"
#include "UniqueFunctions.h"
#include "grow/IR/KeyedFill.h"
#include "grow/IR/Storage.h"
#include "grow/Transforms/StoredViews.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace grow;

namespace {
class Planner {
public:
  Planner(ModuleOp source, ModuleOp grown, const StorageMap &sourceStorage)
      : sourceSymbols(source), sourceStorage(sourceStorage),
        module(ModuleOp::create(grown.getLoc())), moduleSymbols(*module),
        functions(moduleSymbols) {}

  FailureOr<DerivationPlan> run(const StorageMap &grownStorage) {
    DerivationPlan plan;
    for (const StoredTensor &tensor : grownStorage.getTensors()) {
      FailureOr<TensorPlan> tensorPlan = planTensor(tensor);
      if (failed(tensorPlan))
        return failure();
      plan.tensors.push_back(*std::move(tensorPlan));
    }
    plan.module = std::move(module);
    return plan;
  }

private:
  FailureOr<TensorPlan> planTensor(const StoredTensor &tensor) {
    TensorPlan plan;
    plan.name = tensor.name;
    plan.type = tensor.getType();
    if (const StoredTensor *same = findUnchanged(tensor)) {
      plan.copyOf = same->name;
      return plan;
    }
    if (failed(collectInputs(tensor, plan)))
      return failure();
    plan.function = getFunction(tensor, plan);
    return plan;
  }

  /// The name of the source's parameter that `param` equals; none if it is
  /// computed.
  static std::optional<StringRef> getCopied(ParamOp param) {
    if (!param.isDerived())
      return param.getSymName();
    if (auto source = param.getDerivedValue().getDefiningOp<SourceOp>())
      return source.getName();
    return std::nullopt;
  }

  /// The source's tensor that holds the same parameters, unchanged, in the
  /// same layout; null if there is none.
  const StoredTensor *findUnchanged(const StoredTensor &tensor) {
    const StoredTensor *same = nullptr;
    for (auto [i, part] : llvm::enumerate(tensor.parts)) {
      ParamOp grown = part.param;
      std::optional<StringRef> name = getCopied(grown);
      auto param = name ? sourceSymbols.lookup<ParamOp>(*name) : ParamOp();
      if (!param || param.getType() != grown.getType())
        return nullptr;
      same = &sourceStorage.lookup(param);
      if (same->parts.size() != tensor.parts.size() ||
          same->parts[i].param != param ||
          same->parts[i].offset != part.offset ||
          withoutName(param) != withoutName(grown))
        return nullptr;
    }
    return same->getType() == tensor.getType() ? same : nullptr;
  }

  /// Everything but the name in a parameter's storage.
  static std::tuple<ArrayRef<int64_t>, ArrayRef<int64_t>, int64_t, int64_t>
  withoutName(ParamOp param) {
    StorageAttr storage = param.getStorageAttr();
    return {storage.getAxes(), storage.getGroups(), storage.getDim(),
            storage.getInside()};
  }

  /// The source's parameter that `name` stands for, checked against the type
  /// that `op` expects.
  FailureOr<ParamOp> findSource(Operation *op, StringRef name, Type type) {
    auto param = sourceSymbols.lookup<ParamOp>(name);
    if (!param)
      return op->emitOpError() << "expects a parameter @" << name
                               << " in the source model, which has none";
    if (param.getType() == type)
      return param;
    InFlightDiagnostic diag = op->emitOpError()
                              << "expects the source's parameter @" << name
                              << " of type " << type;
    diag.attachNote(param.getLoc()) << "it is " << param.getType();
    return diag;
  }

  /// Calls `onSource` for each source parameter that `param` is derived from.
  LogicalResult forEachSource(ParamOp param,
                              function_ref<void(ParamOp)> onSource) {
    if (!param.isDerived()) {
      FailureOr<ParamOp> source =
          findSource(param, param.getSymName(), param.getType());
      if (succeeded(source))
        onSource(*source);
      return source;
    }
    for (auto op : param.getDerivation().getOps<SourceOp>()) {
      FailureOr<ParamOp> source = findSource(op, op.getName(), op.getType());
      if (failed(source))
        return failure();
      onSource(*source);
    }
    return success();
  }

  /// Lists the stored tensors and the keys that a tensor is computed from.
  LogicalResult collectInputs(const StoredTensor &tensor, TensorPlan &plan) {
    for (StoredPart part : tensor.parts) {
      auto addSource = [&](ParamOp source) {
        const std::string &name = sourceStorage.lookup(source).name;
        if (!llvm::is_contained(plan.sources, name))
          plan.sources.push_back(name);
      };
      if (failed(forEachSource(part.param, addSource)))
        return failure();
      if (!part.param.isDerived())
        continue;
      for (Operation &op : part.param.getDerivation().front()) {
        FillAttrInterface fill = getFill(&op);
        if (!fill)
          continue;
        if (failed(verifyEntriesFit(&op, fill, tensor.elementType)))
          return failure();
        if (fill.isRandom())
          plan.keys.push_back(getFillKey(fill, part.param.getSymName()));
      }
    }
    return success();
  }

  static FillAttrInterface getFill(Operation *op) {
    if (auto fill = dyn_cast<FillOp>(op))
      return fill.getFill();
    if (auto extend = dyn_cast<ExtendOp>(op))
      return extend.getFill();
    return {};
  }

  /// The name of the function that computes `tensor`: a new one, or an equal
  /// one that another tensor has made.
  std::string getFunction(const StoredTensor &tensor, const TensorPlan &plan) {
    return functions.add(build(tensor, plan)).getSymName().str();
  }

  func::FuncOp build(const StoredTensor &tensor, const TensorPlan &plan) {
    Location loc = UnknownLoc::get(tensor.elementType.getContext());
    OpBuilder builder(loc.getContext());
    SmallVector<Type> inputs;
    for (const std::string &source : plan.sources)
      inputs.push_back(findStored(source).getType());
    inputs.append(plan.keys.size(), builder.getI64Type());
    auto function = func::FuncOp::create(
        loc, "derive", builder.getFunctionType(inputs, tensor.getType()));
    Block *block = function.addEntryBlock();
    builder.setInsertionPointToStart(block);

    llvm::StringMap<Value> stored;
    for (auto [name, argument] : llvm::zip(plan.sources, block->getArguments()))
      stored[name] = argument;
    ArrayRef<BlockArgument> keys =
        block->getArguments().take_back(plan.keys.size());
    SmallVector<Value> parts;
    for (StoredPart part : tensor.parts)
      parts.push_back(buildPart(builder, loc, part.param, stored, keys));
    func::ReturnOp::create(builder, loc,
                           storeParts(builder, loc, tensor, parts));
    return function;
  }

  const StoredTensor &findStored(StringRef name) {
    return *llvm::find_if(
        sourceStorage.getTensors(),
        [&](const StoredTensor &tensor) { return tensor.name == name; });
  }

  /// Builds the value of one parameter, its axes in stored order. Takes the
  /// keys that it uses from the front of `keys`.
  Value buildPart(OpBuilder &builder, Location loc, ParamOp param,
                  const llvm::StringMap<Value> &stored,
                  ArrayRef<BlockArgument> &keys) {
    SmallVector<int64_t> order =
        param.getStorageAttr().getPermutation(param.getTensorType().getRank());
    auto load = [&](StringRef name) {
      auto source = sourceSymbols.lookup<ParamOp>(name);
      return loadPart(builder, loc,
                      stored.lookup(sourceStorage.lookup(source).name),
                      sourceStorage.lookupPart(source), order);
    };
    if (!param.isDerived())
      return load(param.getSymName());
    IRMapping map;
    for (Operation &op : param.getDerivation().front().without_terminator()) {
      Value result;
      if (auto source = dyn_cast<SourceOp>(op))
        result = load(source.getName());
      else
        result = buildInOrder(builder, loc, &op, map, order, keys);
      map.map(op.getResult(0), result);
    }
    return map.lookup(param.getDerivedValue());
  }

  /// Builds a derivation op on tensors whose axis i is the logical axis
  /// `order[i]`.
  Value buildInOrder(OpBuilder &builder, Location loc, Operation *op,
                     IRMapping &map, ArrayRef<int64_t> order,
                     ArrayRef<BlockArgument> &keys) {
    FillAttrInterface fill = getFill(op);
    Value key;
    if (fill && fill.isRandom()) {
      key = keys.front();
      keys = keys.drop_front();
      fill = getUnkeyedFill(fill);
    }
    DenseI64ArrayAttr orderAttr;
    if (!llvm::is_sorted(order))
      orderAttr = builder.getDenseI64ArrayAttr(order);
    if (auto fillOp = dyn_cast<FillOp>(op)) {
      SmallVector<int64_t> shape;
      for (int64_t axis : order)
        shape.push_back(fillOp.getType().getDimSize(axis));
      auto type =
          RankedTensorType::get(shape, fillOp.getType().getElementType());
      return FillOp::create(builder, loc, type, fill, key, orderAttr);
    }
    Value input = map.lookup(op->getOperand(0));
    if (auto scale = dyn_cast<ScaleOp>(op))
      return ScaleOp::create(builder, loc, input.getType(), input,
                             scale.getFactorAttr(), scale.getAboutAttr());
    auto getPlace = [&](int64_t axis) -> int64_t {
      return llvm::find(order, axis) - order.begin();
    };
    if (auto center = dyn_cast<CenterOp>(op))
      return CenterOp::create(builder, loc, input, getPlace(center.getAxis()));
    if (auto drop = dyn_cast<DropOp>(op))
      return DropOp::create(builder, loc, input, getPlace(drop.getAxis()),
                            drop.getPositions(), drop.getSizes());
    if (auto regroup = dyn_cast<RegroupOp>(op))
      return buildRegroup(builder, loc, regroup, input, order);
    auto extend = cast<ExtendOp>(op);
    return ExtendOp::create(
        builder, loc, input,
        builder.getI64IntegerAttr(getPlace(extend.getAxis())),
        extend.getPositionsAttr(), extend.getSizesAttr(), fill, key, orderAttr);
  }

  /// Splits two axes anew. Where others are stored between them, or the inner
  /// one outside, they are brought together for it.
  static Value buildRegroup(OpBuilder &builder, Location loc, RegroupOp op,
                            Value input, ArrayRef<int64_t> order) {
    auto outer = static_cast<int64_t>(op.getAxis());
    SmallVector<int64_t> together;
    for (auto [place, axis] : llvm::enumerate(order)) {
      if (axis == outer + 1)
        continue;
      together.push_back(place);
      if (axis == outer)
        together.push_back(llvm::find(order, outer + 1) - order.begin());
    }
    Value value = transpose(builder, loc, input, together);
    int64_t axis =
        llvm::find(together, llvm::find(order, outer) - order.begin()) -
        together.begin();
    value = RegroupOp::create(builder, loc, value, axis, op.getOuter(),
                              op.getInner());
    return transpose(builder, loc, value, invertPermutationVector(together));
  }

  SymbolTable sourceSymbols;
  const StorageMap &sourceStorage;
  OwningOpRef<ModuleOp> module;
  SymbolTable moduleSymbols;
  UniqueFunctions functions;
};
} // namespace

FailureOr<DerivationPlan> grow::planDerivations(ModuleOp source,
                                                ModuleOp grown) {
  source.getContext()
      ->loadDialect<arith::ArithDialect, func::FuncDialect,
                    linalg::LinalgDialect, tensor::TensorDialect>();
  FailureOr<StorageMap> sourceStorage = StorageMap::resolve(source);
  if (failed(sourceStorage))
    return failure();
  FailureOr<StorageMap> grownStorage = StorageMap::resolve(grown);
  if (failed(grownStorage))
    return failure();
  return Planner(source, grown, *sourceStorage).run(*grownStorage);
}
