//===- VerifyExactly.cpp - Whether growth changed no function -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifyExactly.h"
#include "Progress.h"

using namespace llvm;
using namespace grow;

/// Where the first logit that differs lies, such as `0, 3, 17`.
static std::string formatPlace(ArrayRef<int64_t> place) {
  std::string text;
  raw_string_ostream os(text);
  interleaveComma(place, os);
  return text;
}

static void reportJSON(const FieldReport &report) {
  json::Object object{{"equivalent", report.agree},
                      {"prime", report.prime},
                      {"rounds", report.rounds},
                      {"logits", report.logits},
                      {"further_logits", report.furtherLogits},
                      {"log2_error", report.log2Error},
                      {"seconds", report.seconds}};
  if (!report.agree)
    object["difference"] = json::Array(report.difference);
  printJSON(std::move(object));
}

static void report(const FieldReport &report) {
  if (isJSON())
    return reportJSON(report);
  if (isQuiet())
    return;
  auto printRow = [](StringRef name, const std::string &value) {
    outs() << formatv("  {0,-34}{1}\n", name, value);
  };
  outs() << (report.agree ? "equivalent: no logit differs over a finite field"
                          : "not equivalent: logits differ over a finite field")
         << '\n';
  printRow("logits", formatCount(report.logits));
  if (report.furtherLogits)
    printRow("logits only the second model has",
             formatCount(report.furtherLogits) + " a token, not compared");
  printRow("integers modulo the prime", std::to_string(report.prime));
  if (report.agree)
    printRow("chance that others would agree",
             formatv("less than 2^{0:f1}", report.log2Error));
  else
    printRow("first logit that differs", formatPlace(report.difference));
  printRow("time", formatv("{0:f2} s", report.seconds));
}

ExitCode verifyExactly(const ModelPair &pair, const FieldOptions &options) {
  std::optional<Progress> progress;
  uint64_t shown = 0;
  auto showProgress = [&](uint64_t done, uint64_t total) {
    if (!progress)
      progress.emplace("verify", total);
    progress->advance(done - shown);
    shown = done;
  };
  auto result = checkInField(pair, options, showProgress);
  progress.reset();
  if (failed(result))
    return ExitCode::Failure;
  report(*result);
  return result->agree ? ExitCode::Success : ExitCode::NotEquivalent;
}
