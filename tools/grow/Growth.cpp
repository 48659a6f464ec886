//===- Growth.cpp - How a checkpoint has grown ----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Growth.h"
#include "Progress.h"
#include "grow/Checkpoint/CompareModels.h"
#include "grow/Execution/GrownCheckpoint.h"
#include "grow/IR/GrowOps.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace grow;

//===----------------------------------------------------------------------===//
// Reading
//===----------------------------------------------------------------------===//

namespace {
/// Keeps errors, with their notes, instead of printing them.
class ErrorCollector : public mlir::ScopedDiagnosticHandler {
public:
  explicit ErrorCollector(mlir::MLIRContext *context)
      : ScopedDiagnosticHandler(context, [this](mlir::Diagnostic &diagnostic) {
          if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
            return success();
          if (!text.empty())
            text += "; ";
          text += diagnostic.str();
          for (mlir::Diagnostic &note : diagnostic.getNotes())
            text += "\n    " + note.str();
          return success();
        }) {}

  std::string text;
};
} // namespace

static mlir::OwningOpRef<mlir::ModuleOp> loadModule(Host &host,
                                                    StringRef path) {
  if (isIR(path))
    return host.parse(path);
  auto model = LoadedModel::load(host, path);
  return failed(model) ? mlir::OwningOpRef<mlir::ModuleOp>()
                       : std::move(model->module);
}

/// Reads how the checkpoint `path` says that it has grown, if it does.
static mlir::OwningOpRef<mlir::ModuleOp> loadGrowth(Host &host, StringRef path,
                                                    std::string &missing) {
  SmallString<128> file(path);
  sys::path::append(file, kGrowthFile);
  if (!sys::fs::exists(file)) {
    missing = formatv("{0} has no {1}, which would say how it has grown", path,
                      kGrowthFile);
    return {};
  }
  ErrorCollector errors(&host.getContext());
  auto growth = host.parse(file);
  // What is stored in another type than it was grown in is described as such.
  auto model = LoadedModel::loadForRun(
      host, path, growth ? getLogitsType(*growth) : mlir::Type());
  if (growth && succeeded(model) &&
      succeeded(compareModels(*growth, *model->module)))
    return growth;
  missing =
      formatv("{0} does not describe this checkpoint: {1}", file, errors.text);
  return {};
}

/// The hash of the source that the certificate of a checkpoint names.
static std::string readSourceHash(StringRef path) {
  SmallString<128> file(path);
  sys::path::append(file, kCertificateFile);
  auto text = MemoryBuffer::getFile(file);
  if (!text)
    return {};
  Expected<json::Value> certificate = json::parse((*text)->getBuffer());
  if (!certificate) {
    consumeError(certificate.takeError());
    return {};
  }
  const json::Object *object = certificate->getAsObject();
  return object ? object->getString("source").value_or("").str() : "";
}

mlir::FailureOr<Growth> Growth::load(Host &host, StringRef source,
                                     StringRef grown) {
  Growth growth;
  if (isIR(source) && !isIR(grown))
    return failure();
  growth.grown =
      isIR(grown) ? host.parse(grown) : loadGrowth(host, grown, growth.missing);
  if (!growth.grown && growth.missing.empty())
    return failure();
  growth.source = loadModule(host, source);
  if (!growth.source)
    return failure();
  if (!growth.grown || isIR(grown))
    return growth;
  if (readSourceHash(grown) != hashModule(*growth.source))
    growth.missing =
        formatv("{0} of {1} is about another source", kGrowthFile, grown);
  else if (mlir::Type type = findRounding(*growth.source, *growth.grown))
    growth.missing =
        formatv("{0} stores weights as {1}, to which those of the source are "
                "rounded",
                grown, type);
  return growth;
}

//===----------------------------------------------------------------------===//
// Checking
//===----------------------------------------------------------------------===//

static void prove(const Growth &growth, ExactReport &report) {
  Stopwatch watch;
  ErrorCollector errors(growth.grown.get().getContext());
  auto proof = proveGrowth(*growth.source, *growth.grown);
  if (succeeded(proof))
    report.proof = std::move(*proof);
  else
    report.unproven = errors.text;
  report.proofSeconds = watch.lap();
}

static uint64_t countEntries(mlir::ModuleOp model) {
  uint64_t count = 0;
  for (auto param : model.getOps<ParamOp>())
    count += param.getTensorType().getNumElements();
  return count;
}

static void checkInField(const Growth &growth, const ExactChecks &checks,
                         ExactReport &report) {
  uint64_t entries = countEntries(*growth.source) + countEntries(*growth.grown);
  if (entries > checks.mostFieldEntries) {
    report.unchecked = formatv("the parameters of both models have {0} "
                               "entries, which would take much longer than the "
                               "run: --checks=field asks for it",
                               formatCount(entries));
    return;
  }
  std::optional<Progress> progress;
  uint64_t shown = 0;
  auto showProgress = [&](uint64_t done, uint64_t total) {
    if (!progress)
      progress.emplace("computing in a finite field", total);
    progress->advance(done - shown);
    shown = done;
  };
  ModelPair pair;
  pair.source = *growth.source;
  pair.grown = *growth.grown;
  ErrorCollector errors(growth.grown.get().getContext());
  auto result = grow::checkInField(pair, checks.fieldOptions, showProgress);
  if (succeeded(result))
    report.field = std::move(*result);
  else
    report.unchecked = errors.text;
}

ExactReport checkExactly(const Growth &growth, const ExactChecks &checks) {
  ExactReport report;
  if (!growth.missing.empty()) {
    if (checks.proof)
      report.unproven = growth.missing;
    if (checks.field)
      report.unchecked = growth.missing;
    return report;
  }
  if (checks.proof)
    prove(growth, report);
  if (checks.field)
    checkInField(growth, checks, report);
  return report;
}

//===----------------------------------------------------------------------===//
// Reporting
//===----------------------------------------------------------------------===//

void printRow(raw_ostream &os, StringRef name, const Twine &value) {
  os << formatv("  {0,-36}{1}\n", name, value.str());
}

/// Where the first logit that differs lies, such as `0, 3, 17`.
static std::string formatPlace(ArrayRef<int64_t> place) {
  std::string text;
  raw_string_ostream os(text);
  interleaveComma(place, os);
  return text;
}

static void print(raw_ostream &os, const FieldReport &report) {
  if (!report.agree) {
    printRow(os, "finite field", "they differ");
    printRow(os, "  first logit that differs", formatPlace(report.difference));
  } else {
    printRow(os, "finite field",
             formatCount(report.logits) + " logits agree exactly");
    printRow(os, "  chance that others would agree",
             formatv("less than 2^{0:f1}", report.log2Error).str());
  }
  if (report.furtherLogits)
    printRow(os, "  logits only the second model has",
             formatCount(report.furtherLogits) + " a token, not compared");
  printRow(os, "  integers modulo the prime", Twine(report.prime));
}

void ExactReport::print(raw_ostream &os) const {
  if (proof) {
    printRow(os, "proof",
             proof->exactness == proof::Exactness::Bits
                 ? "equal, bit for bit"
                 : "equal, exactly in real numbers");
    printRow(os, "  lemmas", Twine(proof->lemmas.size()));
  } else if (!unproven.empty()) {
    printRow(os, "proof", "none: " + unproven);
  }
  if (field)
    ::print(os, *field);
  else if (!unchecked.empty())
    printRow(os, "finite field", "not run: " + unchecked);
}

static json::Object toJSON(const FieldReport &report) {
  json::Object object{{"agree", report.agree},
                      {"prime", report.prime},
                      {"rounds", report.rounds},
                      {"logits", report.logits},
                      {"further_logits", report.furtherLogits},
                      {"log2_error", report.log2Error},
                      {"seconds", report.seconds}};
  if (!report.agree)
    object["difference"] = json::Array(report.difference);
  return object;
}

json::Object ExactReport::toJSON() const {
  json::Object object;
  if (proof)
    object["proof"] = proof->toJSON();
  else if (!unproven.empty())
    object["proof"] = json::Object{{"proven", false}, {"why", unproven}};
  if (field)
    object["field"] = ::toJSON(*field);
  else if (!unchecked.empty())
    object["field"] = json::Object{{"agree", nullptr}, {"why", unchecked}};
  return object;
}
