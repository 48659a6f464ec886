//===- Shrink.cpp - Models without the blocks that do nothing -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Numbering.h"
#include "Rewriting.h"
#include "grow/IR/GrowOps.h"
#include "grow/Proof/Prove.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// Turns the terms that the ops of a model read back into parameters.
class Externalizer {
public:
  Externalizer(ModuleOp module, ModuleOp original)
      : original(original), builder(OpBuilder::atBlockBegin(module.getBody())) {
  }

  LogicalResult externalize(FunctionOpInterface function);

private:
  LogicalResult externalize(OpOperand &operand);
  FailureOr<ParamOp> getParam(Value term);

  SymbolTable original;
  OpBuilder builder;
  Numbering numbering;
  /// Each parameter with the number of the term that it stands for.
  llvm::StringMap<std::pair<ParamOp, int64_t>> params;
};
} // namespace

/// Writes the ops that make `term` into the region of `param`.
static void derive(ParamOp param, Value term) {
  auto source = term.getDefiningOp<SourceOp>();
  if (source && source.getName() == param.getSymName())
    return;
  SmallVector<Operation *> chain;
  for (Operation *op = term.getDefiningOp(); op;
       op = op->getNumOperands() ? op->getOperand(0).getDefiningOp() : nullptr)
    chain.push_back(op);
  OpBuilder builder =
      OpBuilder::atBlockBegin(&param.getDerivation().emplaceBlock());
  IRMapping mapping;
  for (Operation *op : llvm::reverse(chain))
    builder.clone(*op, mapping)->setLoc(param.getLoc());
  YieldOp::create(builder, param.getLoc(), mapping.lookup(term));
}

FailureOr<ParamOp> Externalizer::getParam(Value term) {
  StringRef name = getParamName(term);
  auto &[param, number] = params[name];
  if (!param) {
    auto old = original.lookup<ParamOp>(name);
    number = numbering.get(term);
    param = ParamOp::create(builder, old.getLoc(), name,
                            cast<RankedTensorType>(term.getType()),
                            old.getStorageAttr());
    derive(param, term);
  }
  if (number == numbering.get(term))
    return param;
  return param.emitError()
         << "@" << name
         << " is read in several places, which could be reduced to different "
            "parameters only; expects all of them to shrink alike";
}

LogicalResult Externalizer::externalize(OpOperand &operand) {
  FailureOr<ParamOp> param = getParam(operand.get());
  if (failed(param))
    return failure();
  OpBuilder builder(operand.getOwner());
  operand.set(GetOp::create(builder, operand.getOwner()->getLoc(),
                            param->getTensorType(), param->getSymName()));
  return success();
}

LogicalResult Externalizer::externalize(FunctionOpInterface function) {
  if (failed(numbering.number(function)))
    return failure();
  SmallVector<OpOperand *> reads;
  function->walk([&](Operation *op) {
    if (op->getNumResults() && !getParamName(op->getResult(0)).empty())
      return;
    for (OpOperand &operand : op->getOpOperands())
      if (!getParamName(operand.get()).empty())
        reads.push_back(&operand);
  });
  for (OpOperand *operand : reads)
    if (failed(externalize(*operand)))
      return failure();
  // Nobody reads what is left of the derivations.
  SmallVector<Operation *> terms;
  function->walk([&](Operation *op) {
    if (op->getNumResults() && !getParamName(op->getResult(0)).empty())
      terms.push_back(op);
  });
  for (Operation *op : llvm::reverse(terms))
    if (op->use_empty())
      op->erase();
  return success();
}

static void updateType(FunctionOpInterface function) {
  Operation *end = function.getFunctionBody().front().getTerminator();
  function.setType(function.cloneTypeWith(function.getArgumentTypes(),
                                          end->getOperandTypes()));
}

/// How many parameters of `before` are smaller in `after`, or gone.
static int64_t countSmaller(ModuleOp before, ModuleOp after) {
  SymbolTable symbols(after);
  return llvm::count_if(before.getOps<ParamOp>(), [&](ParamOp param) {
    auto other = symbols.lookup<ParamOp>(param.getSymName());
    return !other || other.getTensorType() != param.getTensorType();
  });
}

FailureOr<int64_t> grow::shrinkModel(ModuleOp module, Exactness exactness) {
  OwningOpRef<ModuleOp> small = module.clone();
  FailureOr<FunctionOpInterface> found = inlineDerivations(*small);
  if (failed(found))
    return failure();
  FunctionOpInterface function = *found;
  Lemmas lemmas(module.getContext());
  applyLemmas(function, lemmas.select([&](const Lemma &lemma) {
    return exactness == Exactness::Reals || lemma.exactness == Exactness::Bits;
  }));
  if (failed(Externalizer(*small, module).externalize(function)))
    return failure();
  updateType(function);
  int64_t smaller = countSmaller(module, *small);
  module.getBodyRegion().takeBody(small->getBodyRegion());
  return smaller;
}
