//===- ReductionPatterns.cpp - How test cases get smaller -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ReductionPatterns.h"
#include "grow/IR/GrowOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Reducer/ReductionPatternInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace grow;

namespace {
/// A pattern for ops of one kind that makes a change only if the module is
/// still of interest. `reduction-tree` begins with all patterns on all ops of a
/// region, and goes on only if that is of interest.
class ReductionPattern : public RewritePattern {
public:
  template <typename Kind>
  ReductionPattern(Kind kind, MLIRContext *context, Tester &tester)
      : RewritePattern(kind, /*benefit=*/1, context), tester(tester) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!matches(op) || !staysInteresting(op))
      return rewriter.notifyMatchFailure(op, "cannot be made smaller");
    rewrite(op, rewriter);
    return success();
  }

private:
  virtual bool matches(Operation *op) const = 0;
  virtual void rewrite(Operation *op, RewriterBase &rewriter) const = 0;

  bool staysInteresting(Operation *op) const {
    Operation *root = op;
    while (Operation *parent = root->getParentOp())
      root = parent;
    IRMapping mapping;
    OwningOpRef<ModuleOp> copy = cast<ModuleOp>(root->clone(mapping));
    IRRewriter rewriter(op->getContext());
    rewrite(mapping.lookup(op), rewriter);
    return tester.isInteresting(*copy).first == Tester::Interestingness::True;
  }

  Tester &tester;
};
} // namespace

/// An operand of the type of the only result of `op`, which does nothing else;
/// null if there is none.
static Value getBypass(Operation *op) {
  if (op->getNumResults() != 1 || !isMemoryEffectFree(op))
    return {};
  for (Value operand : op->getOperands())
    if (operand.getType() == op->getResult(0).getType())
      return operand;
  return {};
}

/// Erases those of `ops` that nobody reads any more, and what only they read.
static void eraseDead(llvm::SetVector<Operation *> ops,
                      RewriterBase &rewriter) {
  while (!ops.empty()) {
    Operation *op = ops.pop_back_val();
    // `reduction-tree` still visits ops with regions.
    if (op->getNumRegions() > 0 || !isOpTriviallyDead(op))
      continue;
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        ops.insert(producer);
    rewriter.eraseOp(op);
  }
}

namespace {
/// op(x, ...) = x, where the types allow it: takes layers, norms, MLPs and sums
/// out of the residual stream, with the parameters that they read.
class BypassOp : public ReductionPattern {
public:
  BypassOp(MLIRContext *context, Tester &tester)
      : ReductionPattern(MatchAnyOpTypeTag(), context, tester) {}

private:
  bool matches(Operation *op) const override {
    return static_cast<bool>(getBypass(op));
  }
  void rewrite(Operation *op, RewriterBase &rewriter) const override {
    llvm::SetVector<Operation *> producers;
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        producers.insert(producer);
    rewriter.replaceOp(op, getBypass(op));
    eraseDead(std::move(producers), rewriter);
  }
};

/// A parameter that has grown becomes one of a model that has not.
class DropDerivation : public ReductionPattern {
public:
  DropDerivation(MLIRContext *context, Tester &tester)
      : ReductionPattern(ParamOp::getOperationName(), context, tester) {}

private:
  bool matches(Operation *op) const override {
    return !cast<ParamOp>(op).getDerivation().empty();
  }
  void rewrite(Operation *op, RewriterBase &rewriter) const override {
    rewriter.modifyOpInPlace(
        op, [&] { Region().takeBody(cast<ParamOp>(op).getDerivation()); });
  }
};

class GrowReductionPatterns : public DialectReductionPatternInterface {
public:
  GrowReductionPatterns(Dialect *dialect)
      : DialectReductionPatternInterface(dialect) {}

  void populateReductionPatterns(RewritePatternSet &) const override {}
  void populateReductionPatternsWithTester(RewritePatternSet &patterns,
                                           Tester &tester) const override {
    patterns.add<BypassOp, DropDerivation>(patterns.getContext(), tester);
  }
};
} // namespace

void grow::registerReductionPatterns(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *, GrowDialect *dialect) {
    dialect->addInterfaces<GrowReductionPatterns>();
  });
}
