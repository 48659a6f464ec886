//===- Passes.cpp - Passes that prove growth ------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Proof/Passes.h"
#include "Rewriting.h"
#include "grow/IR/GrowOps.h"
#include "grow/Proof/Prove.h"
#include "grow/Support/Remarks.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ToolOutputFile.h"

namespace grow {
#define GEN_PASS_DEF_PROVEPASS
#define GEN_PASS_DEF_SHRINKPASS
#define GEN_PASS_DEF_APPLYLEMMASPASS
#include "grow/Proof/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;
using namespace grow::proof;

/// The class of proofs that an option of `pass` names.
static FailureOr<Exactness> parseExactness(ModuleOp module, StringRef pass,
                                           StringRef text) {
  if (text == "bits")
    return Exactness::Bits;
  if (text == "reals")
    return Exactness::Reals;
  return module.emitError()
         << "option 'exactness' of " << pass
         << ": expected bits or reals, found '" << text << "'";
}

template <typename Uses>
static int64_t countUses(const Uses &lemmas) {
  int64_t uses = 0;
  for (const auto &[lemma, count] : lemmas)
    uses += count;
  return uses;
}

namespace {
struct ProvePass : public grow::impl::ProvePassBase<ProvePass> {
  using ProvePassBase::ProvePassBase;

  void runOnOperation() override {
    FailureOr<Exactness> wanted =
        parseExactness(getOperation(), "grow-prove", exactness);
    FailureOr<ModelPair> pair = ModelPair::get(getOperation(), source);
    if (failed(wanted) || failed(pair))
      return signalPassFailure();
    FailureOr<Certificate> proof = proveGrowth(pair->source, pair->grown);
    if (failed(proof) || failed(check(*proof, *wanted, pair->grown)) ||
        failed(write(*proof)))
      return signalPassFailure();
    pair->grown->setAttr(proofAttrName, proof->toAttribute(&getContext()));
    report(*proof, pair->grown.getLoc());
  }

private:
  static void report(const Certificate &proof, Location loc) {
    reportPassed(loc, "Prove")
        << remark::reason("{0}", proof.getStatement())
        << remark::metric("lemmas", proof.lemmas.size())
        << remark::metric("uses", countUses(proof.lemmas));
  }

  static LogicalResult check(const Certificate &proof, Exactness wanted,
                             ModuleOp grown) {
    if (wanted == Exactness::Reals || proof.exactness == Exactness::Bits)
      return success();
    return grown.emitError()
           << "not proven bit for bit: " << proof.getStatement();
  }

  LogicalResult write(const Certificate &proof) {
    if (certificate.empty())
      return success();
    if (certificate == "-") {
      proof.print(llvm::errs());
      return success();
    }
    std::string message;
    auto file = openOutputFile(certificate, &message);
    if (!file)
      return getOperation().emitError()
             << "cannot write the certificate: " << message;
    if (StringRef(certificate).ends_with(".json"))
      file->os() << llvm::formatv("{0:2}\n", llvm::json::Value(proof.toJSON()));
    else
      proof.print(file->os());
    file->keep();
    return success();
  }
};

struct ShrinkPass : public grow::impl::ShrinkPassBase<ShrinkPass> {
  using ShrinkPassBase::ShrinkPassBase;

  void runOnOperation() override {
    FailureOr<Exactness> wanted =
        parseExactness(getOperation(), "grow-shrink", exactness);
    if (failed(wanted))
      return signalPassFailure();
    FailureOr<int64_t> shrunk = shrinkModel(getOperation(), *wanted);
    if (failed(shrunk))
      return signalPassFailure();
    reportCount(getOperation(), getName(), *shrunk, "parameters",
                "are smaller or gone");
  }
};

struct ApplyLemmasPass
    : public grow::impl::ApplyLemmasPassBase<ApplyLemmasPass> {
  using ApplyLemmasPassBase::ApplyLemmasPassBase;

  void runOnOperation() override {
    Lemmas known(&getContext());
    for (const std::string &name : lemmas)
      if (!known.find(name)) {
        getOperation().emitError()
            << "no lemma is called '" << name
            << "'; docs/Proofs.md lists those that there are";
        return signalPassFailure();
      }
    if (list)
      return print(known);
    FailureOr<FunctionOpInterface> function = inlineDerivations(getOperation());
    if (failed(function))
      return signalPassFailure();
    LemmaUses uses =
        applyLemmas(*function, known.select([&](const Lemma &lemma) {
          return llvm::is_contained(lemmas, lemma.name);
        }));
    reportCount(getOperation(), getName(), countUses(uses), "uses",
                "of lemmas");
  }

private:
  static void print(const Lemmas &known) {
    for (const Lemma &lemma : known.getAll()) {
      llvm::errs() << lemma.name << " ("
                   << (lemma.exactness == Exactness::Bits ? "bits" : "reals")
                   << ")\n";
      for (StringRef line : llvm::split(lemma.equation, '\n'))
        llvm::errs() << "  " << line << '\n';
    }
  }
};
} // namespace
