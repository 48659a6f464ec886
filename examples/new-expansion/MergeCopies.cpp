//===- MergeCopies.cpp - The lemma ----------------------------------------===//

#include "Acme.h"
#include "grow/Proof/Terms.h"
#include <map>

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
/// Units that read the same, and write multiples of the same.
struct Copies {
  Exact factor;                // of what the first one writes
  std::optional<Exact> sum;    // of all factors, if it is a number that we know
  SmallVector<int64_t> others; // than the first one
};

struct MergeCopies : public OpRewritePattern<MLPOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MLPOp mlp,
                                PatternRewriter &rewriter) const override {
    if (!hasCopies(mlp.getDown(), 0))
      return failure();
    Slices copies;
    std::optional<Exact> ratio = findRatio(mlp, copies);
    if (copies.empty())
      return failure();
    if (!ratio)
      return rewriter.notifyMatchFailure(
          mlp, "units and their copies do not all write the same multiple of "
               "what the units write");
    dropEverywhere(rewriter, mlp, Axis::MLP, copies);
    Value down = scale(rewriter, mlp.getDown(), *ratio);
    rewriter.modifyOpInPlace(mlp, [&] { mlp.getDownMutable().assign(down); });
    return success();
  }

private:
  /// What each unit writes together with its copies, as a multiple of what it
  /// writes alone, if that is the same for all. Tells which units are copies.
  static std::optional<Exact> findRatio(MLPOp mlp, Slices &copies) {
    SmallVector<int64_t> dropped;
    std::optional<Exact> ratio;
    bool isSame = true;
    for (const Copies &unit : findCopies(mlp)) {
      llvm::append_range(dropped, unit.others);
      std::optional<Exact> own;
      if (unit.sum && !unit.sum->isZero() && !unit.factor.isZero())
        own = unit.sum->times(unit.factor.inverse());
      isSame &= own && (!ratio || *ratio == *own);
      ratio = own;
    }
    llvm::sort(dropped);
    for (int64_t unit : dropped)
      copies.append(unit, unit + 1);
    return isSame ? ratio : std::nullopt;
  }

  static std::vector<Copies> findCopies(MLPOp mlp) {
    SmallVector<SmallVector<Multiple>> inputs;
    for (Value weight : {mlp.getUp(), mlp.getGate()})
      if (weight)
        inputs.push_back(findMultiples(weight, 1));
    for (Value bias : {mlp.getUpBias(), mlp.getGateBias()})
      if (bias)
        inputs.push_back(findMultiples(bias, 0));
    SmallVector<Multiple> rows =
        findMultiples(mlp.getDown(), 0, Exactness::Reals);

    std::vector<Copies> copies;
    std::map<std::vector<int64_t>, size_t> known;
    for (int64_t unit : llvm::seq(mlp.getWidth())) {
      // Activations are no linear functions: inputs must be equal.
      std::vector<int64_t> kind{rows[unit].of};
      bool isPlain = true;
      for (ArrayRef<Multiple> input : inputs) {
        kind.push_back(input[unit].of);
        isPlain &= input[unit].factor.isOne();
      }
      if (!isPlain || known.try_emplace(kind, copies.size()).second) {
        copies.push_back({rows[unit].factor, rows[unit].factor, {}});
        continue;
      }
      Copies &same = copies[known[kind]];
      same.others.push_back(unit);
      if (same.sum)
        same.sum = same.sum->plus(rows[unit].factor);
    }
    return copies;
  }
};
} // namespace

void acme::addMergeCopies(LemmaSet &set) {
  set.add<MergeCopies>(
      {"merge-copies",
       "mlp(x, up, gate, down) = mlp(x, up \\ U, gate \\ U, r (down \\ U))\n"
       "  where the units U read what others read, and the rows of down of\n"
       "  each other unit and of its copies add up to r times its own",
       Exactness::Reals},
      /*benefit=*/1);
}
