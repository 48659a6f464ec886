//===- CompareModels.cpp - Whether two modules are one model --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/CompareModels.h"
#include "grow/IR/GrowOps.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace grow;

namespace {
class Comparison {
public:
  Comparison(ModuleOp grown, ModuleOp described)
      : grownSymbols(grown), describedSymbols(described) {}

  LogicalResult compareRegions(Region &grown, Region &described,
                               Operation *parent);

private:
  LogicalResult compareOps(Operation *grown, Operation *described);
  LogicalResult compareAttributes(Operation *grown, Operation *described);
  LogicalResult compareOperand(Operation *user, Value grown, Value described);
  LogicalResult compareParams(GetOp grown, GetOp described);

  SymbolTable grownSymbols, describedSymbols;
  /// Which value, and which parameter, stands for which.
  llvm::DenseMap<Value, Value> values;
  llvm::DenseMap<Operation *, Operation *> params;
};
} // namespace

SmallVector<Operation *> grow::getComputation(Block &block) {
  SmallVector<Operation *> ops;
  for (Operation &op : block)
    if (!isa<GetOp>(op))
      ops.push_back(&op);
  return ops;
}

// Not emitOpError(), which may print the op: some are whole models.
InFlightDiagnostic grow::emitDifference(Operation *grown) {
  InFlightDiagnostic diag = emitError(grown->getLoc())
                            << "'" << grown->getName() << "' op ";
  if (auto name =
          grown->getAttrOfType<StringAttr>(SymbolTable::getSymbolAttrName()))
    diag << "@" << name.getValue() << " ";
  else if (auto layer = grown->getParentOfType<LayerOp>())
    diag << "in layer \"" << layer.getName() << "\" ";
  return diag;
}

LogicalResult Comparison::compareRegions(Region &grown, Region &described,
                                         Operation *parent) {
  if (!grown.hasOneBlock() || !described.hasOneBlock())
    return success(grown.empty() && described.empty());
  if (!llvm::equal(grown.getArgumentTypes(), described.getArgumentTypes()))
    return emitDifference(parent) << "takes other arguments than its "
                                     "configuration describes";
  for (auto [a, b] : llvm::zip(grown.getArguments(), described.getArguments()))
    values[a] = b;
  auto grownOps = getComputation(grown.front());
  auto describedOps = getComputation(described.front());
  for (auto [a, b] : llvm::zip(grownOps, describedOps))
    if (failed(compareOps(a, b)))
      return failure();
  if (grownOps.size() == describedOps.size())
    return success();
  return emitDifference(parent)
         << "has " << grownOps.size() << " operations, but its configuration "
         << "describes " << describedOps.size();
}

LogicalResult Comparison::compareOps(Operation *grown, Operation *described) {
  if (grown->getName() != described->getName() ||
      grown->getNumOperands() != described->getNumOperands() ||
      grown->getNumRegions() != described->getNumRegions() ||
      !llvm::equal(grown->getResultTypes(), described->getResultTypes())) {
    InFlightDiagnostic diag = emitDifference(grown)
                              << "is not what its configuration describes";
    if (described->getNumRegions() == 0)
      diag.attachNote() << "it describes: " << *described;
    return diag;
  }
  if (failed(compareAttributes(grown, described)))
    return failure();
  for (auto [a, b] : llvm::zip(grown->getOperands(), described->getOperands()))
    if (failed(compareOperand(grown, a, b)))
      return failure();
  for (unsigned i = 0, e = grown->getNumRegions(); i != e; ++i)
    if (failed(compareRegions(grown->getRegion(i), described->getRegion(i),
                              grown)))
      return failure();
  for (auto [a, b] : llvm::zip(grown->getResults(), described->getResults()))
    values[a] = b;
  return success();
}

/// Whether a configuration that says `described` means `grown`. Numbers of
/// configurations are those of their language, doubles: 2/300000 is said as
/// the decimal nearest to it.
static bool areSame(Attribute grown, Attribute described) {
  auto a = dyn_cast<ExactAttr>(grown);
  auto b = dyn_cast_or_null<ExactAttr>(described);
  if (a && b)
    return a.getValue().toDouble() == b.getValue().toDouble();
  return grown == described;
}

LogicalResult Comparison::compareAttributes(Operation *grown,
                                            Operation *described) {
  NamedAttrList mine(grown->getAttrDictionary());
  NamedAttrList theirs(described->getAttrDictionary());
  // A new layer is called by a name of its own.
  if (auto layer = dyn_cast<LayerOp>(grown)) {
    mine.erase(layer.getNameAttrName());
    theirs.erase(layer.getNameAttrName());
  }
  for (NamedAttribute attr : theirs)
    if (!mine.get(attr.getName()))
      return emitDifference(grown)
             << "has no '" << attr.getName().getValue()
             << "', but its configuration says " << attr.getValue();
  for (NamedAttribute attr : mine) {
    Attribute expected = theirs.get(attr.getName());
    if (areSame(attr.getValue(), expected))
      continue;
    InFlightDiagnostic diag = emitDifference(grown)
                              << "has '" << attr.getName().getValue() << "' "
                              << attr.getValue();
    if (expected)
      diag << ", but its configuration says " << expected;
    else
      diag << ", which its configuration cannot say";
    return diag;
  }
  return success();
}

LogicalResult Comparison::compareOperand(Operation *user, Value grown,
                                         Value described) {
  auto a = grown.getDefiningOp<GetOp>();
  auto b = described.getDefiningOp<GetOp>();
  if (a && b)
    return compareParams(a, b);
  if (values.lookup(grown) == described)
    return success();
  return emitDifference(user) << "reads other values than its configuration "
                                 "describes";
}

LogicalResult Comparison::compareParams(GetOp grown, GetOp described) {
  auto a = grownSymbols.lookup<ParamOp>(grown.getParam());
  auto b = describedSymbols.lookup<ParamOp>(described.getParam());
  auto [it, isNew] = params.try_emplace(a, b);
  if (!isNew && it->second != b)
    return emitDifference(a) << "is used in several places, where its "
                                "configuration has several parameters";
  if (a.getType() == b.getType() && a.getStorageAttr() == b.getStorageAttr())
    return success();
  InFlightDiagnostic diag = emitDifference(a)
                            << "is not what its configuration describes";
  diag.attachNote() << "it describes: " << *b.getOperation();
  return diag;
}

LogicalResult grow::compareModels(ModuleOp grown, ModuleOp described) {
  auto a = grown.lookupSymbol<FunctionOpInterface>("forward");
  auto b = described.lookupSymbol<FunctionOpInterface>("forward");
  if (!a)
    return emitError(grown.getLoc()) << "has no function 'forward'";
  if (a.getResultTypes() != b.getResultTypes())
    return emitDifference(a) << "returns other types than its configuration "
                                "describes";
  return Comparison(grown, described)
      .compareRegions(a.getFunctionBody(), b.getFunctionBody(), a);
}
