//===- Numbering.cpp - Equal terms, equal numbers -------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbering.h"
#include "grow/IR/GrowOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

int64_t Numbering::getNumber(const std::vector<const void *> &key) {
  return known.try_emplace(key, static_cast<int64_t>(known.size()) + 1)
      .first->second;
}

/// A number as part of a key.
static const void *asKey(int64_t number) {
  return reinterpret_cast<const void *>(static_cast<intptr_t>(number));
}

/// Whether the op refers to something by its name, which may be another thing
/// in another module.
static bool refersToSymbol(Operation &op) {
  return op.getAttrDictionary()
      .walk([](SymbolRefAttr) { return WalkResult::interrupt(); })
      .wasInterrupted();
}

void Numbering::number(Operation &op) {
  std::vector<const void *> key{
      op.getName().getAsOpaquePointer(),
      op.getPropertiesAsAttribute().getAsOpaquePointer()};
  for (Value operand : op.getOperands())
    key.push_back(asKey(numbers.lookup(operand)));
  // Sums of two are the same bits either way.
  if (op.hasTrait<OpTrait::IsCommutative>())
    std::sort(key.begin() + 2, key.end());
  for (OpResult result : op.getResults()) {
    key.push_back(result.getType().getAsOpaquePointer());
    numbers[result] = getNumber(key);
  }
}

LogicalResult Numbering::number(Block &block) {
  for (Operation &op : block.without_terminator()) {
    auto layer = dyn_cast<LayerOp>(op);
    if (!layer) {
      if (op.getNumRegions() > 0 || !isPure(&op) || refersToSymbol(op))
        return op.emitError()
               << "'" << op.getName()
               << "' has regions, side effects or a symbol; expects only pure "
                  "ops on their operands in a model whose growth is proven";
      number(op);
      continue;
    }
    for (auto [argument, input] :
         llvm::zip_equal(layer.getBody().getArguments(), layer.getInputs()))
      numbers[argument] = numbers.lookup(input);
    if (failed(number(layer.getBody().front())))
      return failure();
    numbers[layer.getResult()] = numbers.lookup(layer.getYielded());
  }
  return success();
}

LogicalResult Numbering::number(FunctionOpInterface function) {
  for (BlockArgument argument : function.getArguments())
    numbers[argument] = getNumber({asKey(argument.getArgNumber()),
                                   argument.getType().getAsOpaquePointer()});
  return number(function.getFunctionBody().front());
}
