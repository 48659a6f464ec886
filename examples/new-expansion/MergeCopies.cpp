//===- MergeCopies.cpp - The lemma ----------------------------------------===//

#include "Acme.h"
#include "grow/Proof/Terms.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

namespace {
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
    for (const EqualUnits &kind : findEqualUnits(mlp, Exactness::Reals)) {
      llvm::append_range(dropped, llvm::drop_begin(kind.units));
      std::optional<Exact> own;
      if (kind.sum && !kind.sum->isZero() && !kind.factor.isZero())
        own = kind.sum->times(kind.factor.inverse());
      isSame &= own && (!ratio || *ratio == *own);
      ratio = own;
    }
    copies = Slices::get(dropped);
    return isSame ? ratio : std::nullopt;
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
