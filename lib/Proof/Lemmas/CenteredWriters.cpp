//===- CenteredWriters.cpp - Weights that write centred channels ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// The term that is centred along `axis`; a zero stands for itself.
Value getUncentered(Value term, int64_t axis) {
  auto center = term.getDefiningOp<CenterOp>();
  if (center && static_cast<int64_t>(center.getAxis()) == axis)
    return center.getInput();
  return isZero(term) ? term : Value();
}

/// Says what is not centred if anything is.
LogicalResult explain(PatternRewriter &rewriter, Operation *op,
                      ArrayRef<AxisOperand> writers) {
  if (llvm::none_of(writers, [](const AxisOperand &param) {
        return param.get().getDefiningOp<CenterOp>();
      }))
    return failure();
  return rewriter.notifyMatchFailure(op, "not all that it writes is centred");
}

struct CenteredWriters
    : public OpInterfaceRewritePattern<ParameterizedOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(ParameterizedOpInterface op,
                                PatternRewriter &rewriter) const override {
    auto dense = dyn_cast<DenseOp>(op.getOperation());
    if (dense && dense.getActivation())
      return failure();
    SmallVector<AxisOperand> writers = getOperandsWith(op, Axis::HiddenOut);
    SmallVector<Value> operands(op->getOperands());
    bool changes = false;
    for (const AxisOperand &param : writers) {
      Value uncentered = getUncentered(param.get(), param.axis);
      if (!uncentered)
        return explain(rewriter, op, writers);
      changes |= uncentered != param.get();
      operands[param.operand->getOperandNumber()] = uncentered;
    }
    if (!changes)
      return failure();
    Value result = op->getResult(0);
    int64_t axis = getChannelAxis(result);
    Value plain = cloneWith(rewriter, op, operands, getSize(result, axis));
    rewriter.replaceOpWithNewOp<CenterOp>(op, plain.getType(), plain, axis);
    return success();
  }
};
} // namespace

void grow::proof::addCenteredWriters(LemmaSet &set) {
  set.add<CenteredWriters>(
      {"centered-writers",
       "f(x, center(W), center(b)) = center(f(x, W, b))\n"
       "  f: embeddings, attention, mlp, dense without activation",
       Exactness::Reals},
      /*benefit=*/4);
}
