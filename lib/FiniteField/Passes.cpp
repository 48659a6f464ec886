//===- Passes.cpp - Checks over finite fields -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/FiniteField/Passes.h"
#include "grow/FiniteField/FieldCheck.h"
#include "grow/FiniteField/Liveness.h"
#include "grow/Support/Remarks.h"
#include "llvm/Support/FormatVariadic.h"

namespace grow {
#define GEN_PASS_DEF_CHECKFIELDPASS
#define GEN_PASS_DEF_CHECKLIVENESSPASS
#include "grow/FiniteField/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {
struct CheckFieldPass : public grow::impl::CheckFieldPassBase<CheckFieldPass> {
  using CheckFieldPassBase::CheckFieldPassBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    for (auto [name, value] :
         {std::pair("sequence", &sequence), std::pair("batch", &batch),
          std::pair("rounds", &rounds)})
      if (*value < 1) {
        getOperation().emitError()
            << "option '" << name << "' of grow-check-field: expects a number "
            << "of at least 1, but found " << value->getValue();
        return signalPassFailure();
      }
    FailureOr<ModelPair> pair = ModelPair::get(getOperation(), source);
    if (failed(pair))
      return signalPassFailure();
    FieldOptions options{seed, batch, sequence, rounds};
    FailureOr<FieldReport> report = checkInField(*pair, options);
    if (failed(report))
      return signalPassFailure();
    if (!report->agree) {
      pair->grown.emitError()
          << "computes other logits than the source model, first at ["
          << report->difference << "], over the field of " << report->prime;
      return signalPassFailure();
    }
    std::string bound = llvm::formatv("2^{0:f1}", report->log2Error);
    reportPassed(pair->grown.getLoc(), "CheckField")
        << remark::reason("{0} logits agree, with an error bound of {1}",
                          report->logits, bound)
        << remark::metric("prime", report->prime)
        << remark::metric("rounds", report->rounds);
  }
};

struct CheckLivenessPass
    : public grow::impl::CheckLivenessPassBase<CheckLivenessPass> {
  using CheckLivenessPassBase::CheckLivenessPassBase;

  void runOnOperation() override {
    markAllAnalysesPreserved();
    if (failed(checkLiveness(getOperation(), allowDead, {seed, mostEntries})))
      signalPassFailure();
  }
};
} // namespace
