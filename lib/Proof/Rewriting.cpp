//===- Rewriting.cpp - Models as terms, and lemmas on them ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Rewriting.h"
#include "grow/IR/GrowOps.h"
#include "grow/IR/ModelPair.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Rewrite/PatternApplicator.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

//===----------------------------------------------------------------------===//
// Derivations
//===----------------------------------------------------------------------===//

/// Gives a random fill without a key the name of its parameter, which is what
/// it stands for.
static void setKey(Operation *op, StringAttr name) {
  for (NamedAttribute attribute : op->getAttrs()) {
    Attribute value = attribute.getValue();
    if (auto normal = dyn_cast<NormalAttr>(value); normal && !normal.getKey())
      op->setAttr(attribute.getName(),
                  NormalAttr::get(op->getContext(), normal.getStddev(),
                                  normal.getSeed(), name));
    if (auto uniform = dyn_cast<UniformAttr>(value);
        uniform && !uniform.getKey())
      op->setAttr(attribute.getName(),
                  UniformAttr::get(op->getContext(), uniform.getBound(),
                                   uniform.getSeed(), name));
  }
}

namespace grow::proof {
/// A parameter's name, a StringAttr, where a location is asked for.
struct ParamName;
} // namespace grow::proof

/// Locations follow terms wherever lemmas take them. No text stands for an
/// opaque location, so that none can be taken for that of a parameter.
static Location getParamLoc(ParamOp param) {
  const auto *name = static_cast<const ParamName *>(
      param.getSymNameAttr().getAsOpaquePointer());
  return OpaqueLoc::get(name, param.getLoc());
}

static Value inlineDerivation(OpBuilder &builder, ParamOp param, Location loc) {
  StringAttr name = param.getSymNameAttr();
  if (!param.isDerived())
    return SourceOp::create(builder, loc, param.getTensorType(), name);
  IRMapping mapping;
  for (Operation &op : param.getDerivation().front().without_terminator()) {
    Operation *clone = builder.clone(op, mapping);
    clone->setLoc(loc);
    setKey(clone, name);
  }
  return mapping.lookup(param.getDerivedValue());
}

FailureOr<FunctionOpInterface> grow::proof::inlineDerivations(ModuleOp module) {
  FailureOr<FunctionOpInterface> function = findModelFunction(module);
  if (failed(function))
    return failure();
  if (!function->getFunctionBody().hasOneBlock())
    return function->emitError()
           << "expects one block in the function of a model";
  SymbolTable symbols(module);
  SmallVector<GetOp> gets;
  (*function)->walk([&](GetOp get) { gets.push_back(get); });
  for (GetOp get : gets) {
    auto param = symbols.lookup<ParamOp>(get.getParam());
    OpBuilder builder(get);
    Location loc = getParamLoc(param);
    get.replaceAllUsesWith(inlineDerivation(builder, param, loc));
    get.erase();
  }
  for (ParamOp param : llvm::make_early_inc_range(module.getOps<ParamOp>()))
    param.erase();
  return function;
}

StringRef grow::proof::getParamName(Value term) {
  auto loc = dyn_cast<OpaqueLoc>(static_cast<LocationAttr>(term.getLoc()));
  if (!loc || !OpaqueLoc::isa<const ParamName *>(loc))
    return {};
  const auto *name = OpaqueLoc::getUnderlyingLocation<const ParamName *>(loc);
  return cast<StringAttr>(Attribute::getFromOpaquePointer(name)).getValue();
}

//===----------------------------------------------------------------------===//
// Lemmas
//===----------------------------------------------------------------------===//

Lemmas::Lemmas(MLIRContext *context) : context(context) {
  LemmaSet set(context);
  populateLemmas(set);
  lemmas.assign(set.getLemmas().begin(), set.getLemmas().end());
}

const Lemma *Lemmas::find(StringRef name) const {
  const Lemma *it = llvm::find_if(
      lemmas, [&](const Lemma &lemma) { return lemma.name == name; });
  return it == lemmas.end() ? nullptr : it;
}

FrozenRewritePatternSet
Lemmas::select(function_ref<bool(const Lemma &)> isUsed) const {
  SmallVector<std::string> unused;
  for (const Lemma &lemma : lemmas)
    if (!isUsed(lemma))
      unused.push_back(lemma.name.str());
  LemmaSet set(context);
  populateLemmas(set);
  return FrozenRewritePatternSet(set.takePatterns(), unused);
}

static StringRef getLemmaName(const Pattern &pattern) {
  return pattern.getDebugLabels().front();
}

namespace {
/// Counts which lemmas are used.
struct UseCounter : public RewriterBase::Listener {
  void notifyPatternEnd(const Pattern &pattern, LogicalResult status) override {
    if (succeeded(status))
      ++uses[getLemmaName(pattern)];
  }

  LemmaUses uses;
};

/// Collects what lemmas say when they do not apply.
struct ReasonCollector : public RewriterBase::Listener {
  void
  notifyMatchFailure(Location loc,
                     function_ref<void(Diagnostic &)> writeReason) override {
    Diagnostic diag(loc, DiagnosticSeverity::Note);
    writeReason(diag);
    std::string reason = diag.str();
    if (!reason.empty() && !llvm::is_contained(reasons, reason))
      reasons.push_back(std::move(reason));
  }

  SmallVector<std::string> reasons;
};
} // namespace

LemmaUses grow::proof::applyLemmas(FunctionOpInterface function,
                                   const FrozenRewritePatternSet &patterns) {
  UseCounter counter;
  // Lemmas only: no folding, since what a fold claims is nobody's lemma.
  GreedyRewriteConfig config;
  config.setListener(&counter)
      .enableFolding(false)
      .enableConstantCSE(false)
      .setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled)
      .setUseTopDownTraversal(true)
      .setMaxIterations(GreedyRewriteConfig::kNoLimit);
  // Each lemma moves structure towards the result or removes it, so that this
  // ends; that it ended because nothing applies is all that matters.
  (void)applyPatternsGreedily(function.getFunctionBody(), patterns, config);
  return std::move(counter.uses);
}

SmallVector<std::string>
grow::proof::explainStuck(Operation *op,
                          const FrozenRewritePatternSet &patterns) {
  PatternRewriter rewriter(op->getContext());
  ReasonCollector collector;
  rewriter.setListener(&collector);
  rewriter.setInsertionPoint(op);
  PatternApplicator applicator(patterns);
  applicator.applyDefaultCostModel();
  (void)applicator.matchAndRewrite(op, rewriter);
  return std::move(collector.reasons);
}
