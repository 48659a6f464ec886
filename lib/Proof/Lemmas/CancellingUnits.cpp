//===- CancellingUnits.cpp - Units of an MLP that cancel each other -------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Lemmas.h"
#include "grow/Proof/Terms.h"
#include <map>

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
struct CancellingUnits : public OpRewritePattern<MLPOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MLPOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasCopies(op.getDown(), 0) || isZero(op.getDown()))
      return failure();
    Slices cancelling = findCancelling(op);
    if (cancelling.empty())
      return rewriter.notifyMatchFailure(
          op, "units with equal inputs do not add up to zero");
    if (cancelling.size() == op.getWidth()) {
      Value none = FillOp::create(
          rewriter, op.getDown().getLoc(), op.getDown().getType(),
          ZeroAttr::get(getContext()), Value(), DenseI64ArrayAttr());
      rewriter.modifyOpInPlace(op, [&] { op.getDownMutable().assign(none); });
      return success();
    }
    dropEverywhere(rewriter, op, Axis::MLP, cancelling);
    return success();
  }

private:
  static Slices findCancelling(MLPOp op) {
    SmallVector<SmallVector<Multiple>> inputs;
    for (Value weight : {op.getUp(), op.getGate()})
      if (weight)
        inputs.push_back(findMultiples(weight, 1));
    for (Value bias : {op.getUpBias(), op.getGateBias()})
      if (bias)
        inputs.push_back(findMultiples(bias, 0));
    SmallVector<Multiple> rows = findMultiples(op.getDown(), 0);

    struct Sum {
      std::optional<Exact> value = Exact(0);
      SmallVector<int64_t, 2> units;
    };
    std::map<std::vector<int64_t>, SmallVector<Sum, 1>> sums;
    for (int64_t unit : llvm::seq(op.getWidth())) {
      // Equal inputs are equal multiples of the same; only those of factor one
      // are looked for, as copies make them.
      std::vector<int64_t> kind{rows[unit].of};
      bool isPlain = true;
      for (ArrayRef<Multiple> input : inputs) {
        kind.push_back(input[unit].of);
        isPlain &= input[unit].factor.isOne();
      }
      if (!isPlain)
        continue;
      SmallVector<Sum, 1> &sum = sums[kind];
      if (sum.empty())
        sum.emplace_back();
      Sum &total = sum.front();
      total.value =
          total.value ? total.value->plus(rows[unit].factor) : std::nullopt;
      total.units.push_back(unit);
    }
    SmallVector<int64_t> units;
    for (const auto &[kind, sum] : sums)
      if (sum.front().value && sum.front().value->isZero())
        llvm::append_range(units, sum.front().units);
    llvm::sort(units);
    Slices slices;
    for (int64_t unit : units)
      slices.append(unit, unit + 1);
    return slices;
  }
};
} // namespace

void grow::proof::addCancellingUnits(LemmaSet &set) {
  set.add<CancellingUnits>(
      {"cancelling-units",
       "mlp(x, up, gate, down) = mlp(x, up \\ U, gate \\ U, down \\ U)\n"
       "  where the units U have equal columns of up and gate (and biases),\n"
       "  and their rows of down add up to zero; down = 0 if these are all",
       Exactness::Reals},
      /*benefit=*/4);
}
