//===- Verify.cpp - grow verify: whether two models compute the same ------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Growth.h"
#include "grow/Execution/Comparison.h"
#include "grow/Execution/Derivations.h"
#include <cmath>

using namespace llvm;
using namespace grow;

static ExitCode verify();

Command verifyCommand("verify", "Compare what two models compute",
                      R"(EXAMPLES:

  grow verify small large
      Runs both checkpoints on the same random tokens.
  grow verify small large --dtype f64 --batch 4 --seq 128 --seed 7
  grow verify small large --ids "464,3290;318,257"
  grow verify source.mlir grown.mlir
      For IR the parameters of the first model are drawn at random, and those
      of the second are derived from them.
  grow verify source.mlir grown.mlir --exact
  grow verify small large --exact
      Without running them: the proof, and a comparison modulo a random prime,
      where roots and quotients are exact.
  grow verify small large --checks=proof,run
      Only these, and an error if one of them cannot be made.
  grow verify small large --load-dialect-plugin=Acme.so
      The proof may use lemmas of the plugin.

  Three checks that share no code. The proof: the grown model is rewritten until
  it is the source. The finite field: both are computed modulo a prime, with
  random parameters. The run: both are compiled and run. The first two check how
  a model has grown, which IR says itself and growth.mlir says of a checkpoint;
  the last what the weights are now. The finite field is left out, and the report
  says so, where it would take much longer than the run: if the parameters of both
  models have more than 64 Mi entries. --exact and --checks demand what they name.

  Equivalent means: no logit differs by more than 1e-12 (f64) or 1e-5 (f32) of
  the largest, and all are finite. If the second model knows more tokens, only
  the logits of the first one's are compared. Exit codes: 0 equivalent, 3 not,
  1 error.
)",
                      verify);

static cl::opt<std::string> pathA(cl::Positional, cl::Required,
                                  cl::desc("<model A>"), cl::sub(verifyCommand),
                                  cl::cat(growCategory));
static cl::opt<std::string> pathB(cl::Positional, cl::Required,
                                  cl::desc("<model B>"), cl::sub(verifyCommand),
                                  cl::cat(growCategory));
static cl::opt<DType>
    dtype("dtype",
          cl::desc("Type to compute in (default: f64 for checkpoints that hold "
                   "it, else f32)"),
          cl::values(clEnumValN(DType::F64, "f64", "double precision"),
                     clEnumValN(DType::F32, "f32", "single precision")),
          cl::sub(verifyCommand), cl::cat(growCategory));
static cl::opt<int64_t> batch("batch", cl::desc("Random sequences to run (2)"),
                              cl::init(2), cl::sub(verifyCommand),
                              cl::cat(growCategory));
static cl::opt<int64_t> sequence("seq",
                                 cl::desc("Tokens in a random sequence (16)"),
                                 cl::init(16), cl::sub(verifyCommand),
                                 cl::cat(growCategory));
static cl::opt<uint64_t> seed("seed", cl::desc("Seed of what is random (0)"),
                              cl::init(0), cl::sub(verifyCommand),
                              cl::cat(growCategory));
static cl::opt<std::string> ids("ids",
                                cl::desc("Tokens to run, instead of random"),
                                cl::value_desc("1,2,3;4,5,6"),
                                cl::sub(verifyCommand), cl::cat(growCategory));

static cl::opt<bool> exact("exact",
                           cl::desc("Only prove the growth and compare over a\n"
                                    "finite field: run nothing"),
                           cl::sub(verifyCommand), cl::cat(growCategory));
namespace {
enum class Check { Proof, Field, Run };
} // namespace
static cl::list<Check> checks(
    "checks",
    cl::desc("Checks to make, a list of these (default: all, but of the\n"
             "finite field see --field-limit)"),
    cl::values(clEnumValN(Check::Proof, "proof", "rewrite one into the other"),
               clEnumValN(Check::Field, "field", "compute modulo a prime"),
               clEnumValN(Check::Run, "run", "run both on the same input")),
    cl::CommaSeparated, cl::sub(verifyCommand), cl::cat(growCategory));
static cl::opt<int64_t>
    rounds("rounds",
           cl::desc("Primes that the finite field tries, one after the other,\n"
                    "with --exact or --checks=field (1)"),
           cl::init(1), cl::sub(verifyCommand), cl::cat(growCategory));

/// Whether the command line names a check: it must be made then.
static bool demands(Check check) {
  return exact ? check != Check::Run : is_contained(checks, check);
}

/// Whether to make a check as far as it is possible.
static bool asks(Check check) {
  return demands(check) || (!exact && checks.empty());
}

/// The finite field draws each entry of each parameter, about 60 million in a
/// second; a run takes less for models of any size.
static cl::opt<uint64_t> fieldLimit(
    "field-limit",
    cl::desc("Leave the finite field out, unless it is asked for,\n"
             "if the parameters of both have more entries (67108864)"),
    cl::value_desc("N"), cl::init(uint64_t(1) << 26), cl::sub(verifyCommand),
    cl::cat(growCategory));

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

using Parameters = std::unique_ptr<TensorSource>;

/// The parameters of the second model: its checkpoint's, or what its
/// derivations make of the first one's.
static mlir::FailureOr<Parameters> getParameters(LoadedModel &model,
                                                 const LoadedModel &source,
                                                 TensorSource &parameters) {
  if (model.dir)
    return model.getParameters(seed);
  auto plan = planDerivations(*source.module, *model.module);
  if (failed(plan))
    return failure();
  auto derived = deriveInMemory(*plan, parameters, getDerivationOptions());
  if (!derived) {
    fail(derived.takeError());
    return failure();
  }
  return Parameters(std::make_unique<MemorySource>(std::move(*derived)));
}

static InputSize getSize() {
  return {batch, sequence, batch.getNumOccurrences() > 0,
          sequence.getNumOccurrences() > 0};
}

/// The input that the command line gives or asks to draw. Fails unless both
/// models accept it, which is known before either is compiled.
static Expected<RunInput> getInput(const ModelLimits &a, const ModelLimits &b,
                                   TokenBatch given) {
  RunInput input;
  if (!ids.empty())
    input.tokens = std::move(given);
  else
    input = RunInput::draw({a, b}, getSize(), seed);
  for (const ModelLimits &model : {a, b})
    if (Error error = input.check(model))
      return error;
  return input;
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

namespace {
/// Where the time goes.
struct VerifySeconds {
  double load = 0, proof = 0, field = 0, compile = 0, bind = 0, runA = 0,
         runB = 0, compare = 0;

  json::Object toJSON() const {
    return json::Object{{"load", load},  {"proof", proof},     {"field", field},
                        {"bind", bind},  {"compile", compile}, {"run_a", runA},
                        {"run_b", runB}, {"compare", compare}};
  }
};
} // namespace

static void reportJSON(const Comparison &result, const ExactReport &exactly,
                       const VerifySeconds &seconds) {
  // JSON has no NaN.
  auto number = [](double value) {
    return std::isfinite(value) ? json::Value(value) : json::Value(nullptr);
  };
  json::Object object = exactly.toJSON();
  for (auto &&[key, value] :
       json::Object{{"equivalent", result.equivalent && !exactly.refutes()},
                    {"identical", result.identical},
                    {"finite", result.finite},
                    {"max_abs", number(result.maxAbs)},
                    {"max_rel", number(result.maxRel)},
                    {"max_ulp", result.maxULP},
                    {"kl", number(result.meanKL)},
                    {"max_kl", number(result.maxKL)},
                    {"top1_agreement", number(result.top1Agreement)},
                    {"tokens", result.tokens},
                    {"further_logits", result.furtherLogits},
                    {"dtype", formatv("{0}", result.type).str()},
                    {"seconds", seconds.toJSON()}})
    object[key] = value;
  printJSON(std::move(object));
}

static std::string getVerdict(const Comparison &result) {
  if (!result.finite)
    return "not equivalent: there are logits that are not finite";
  if (result.identical)
    return "equivalent: identical, bit for bit";
  std::string verdict = result.equivalent ? "equivalent" : "not equivalent";
  if (std::optional<double> bound = getTolerance(result.type))
    return formatv("{0}: the logits differ by {1:e2} of the largest, where "
                   "{2:e0} is allowed",
                   verdict, result.maxRel, *bound);
  return formatv("{0}: logits in {1} count as equivalent only if they are "
                 "identical",
                 verdict, result.type);
}

static void printRun(const Comparison &result) {
  raw_ostream &os = outs();
  printRow(os, "run",
           formatv("{0} tokens in {1}", formatCount(result.tokens), result.type)
               .str());
  if (result.furtherLogits)
    printRow(os, "  logits only the second model has",
             formatCount(result.furtherLogits) + ", not compared");
  printRow(os, "  largest difference of a logit",
           formatv("{0:e2}", result.maxAbs).str());
  printRow(os, "    over the largest logit",
           formatv("{0:e2}", result.maxRel).str());
  printRow(os, "    in units in the last place", formatCount(result.maxULP));
  printRow(os, "  KL divergence, mean and largest",
           formatv("{0:e2}, {1:e2} nats", result.meanKL, result.maxKL).str());
  printRow(os, "  same most likely successor",
           formatv("{0:P1} of tokens", result.top1Agreement).str());
}

static void report(const Comparison &result, const ExactReport &exactly,
                   const VerifySeconds &seconds) {
  if (isJSON())
    return reportJSON(result, exactly, seconds);
  if (isQuiet())
    return;
  if (exactly.refutes() && result.equivalent)
    outs() << "not equivalent: the models differ over a finite field, though "
              "not by as much as is allowed where they were run\n";
  else
    outs() << getVerdict(result) << '\n';
  exactly.print(outs());
  printRun(result);
}

/// Reports the checks that need no weights, alone.
static ExitCode report(const ExactReport &exactly,
                       const VerifySeconds &seconds) {
  if (isJSON()) {
    json::Object object = exactly.toJSON();
    object["equivalent"] = !exactly.refutes();
    object["seconds"] = seconds.toJSON();
    printJSON(std::move(object));
  } else if (!isQuiet()) {
    outs() << (exactly.refutes() ? "not equivalent" : "equivalent") << '\n';
    exactly.print(outs());
  }
  return exactly.refutes() ? ExitCode::NotEquivalent : ExitCode::Success;
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

static std::optional<std::string> findMisuseOfChecks() {
  if (exact && !checks.empty())
    return "--exact stands for --checks=proof,field: give one of them";
  if (rounds.getNumOccurrences() && !demands(Check::Field))
    return "--rounds is for --exact and --checks=field";
  if (rounds < 1)
    return "--rounds must be at least 1";
  StringRef name = exact ? "--exact" : "--checks without 'run'";
  if (!asks(Check::Run) && (!ids.empty() || dtype.getNumOccurrences()))
    return formatv("{0} draws tokens and has no element type: leave out --ids "
                   "and --dtype",
                   name)
        .str();
  if (!asks(Check::Run) && wantsDevice())
    return formatv("{0} runs no model: leave out --target", name).str();
  return std::nullopt;
}

static std::optional<std::string> findMisuse() {
  if (isIR(pathA) && !isIR(pathB))
    return "the first model is IR: it has no weights that a checkpoint could "
           "be compared with";
  if (isIR(pathA) && dtype.getNumOccurrences())
    return "--dtype is for checkpoints: IR says itself what it computes in";
  if (!ids.empty() &&
      (batch.getNumOccurrences() || sequence.getNumOccurrences()))
    return "--ids gives the tokens that --batch and --seq would draw";
  if (std::optional<std::string> misuse = findMisuse(getSize()))
    return misuse;
  if (ids.getNumOccurrences() && ids.empty())
    return "--ids lists no token: expected rows such as \"1,2,3;4,5,6\"";
  return findMisuseOfChecks();
}

/// Makes the checks that need no weights, as far as they are asked for.
static mlir::FailureOr<ExactReport> checkExactly(Host &host,
                                                 VerifySeconds &seconds) {
  if (!asks(Check::Proof) && !asks(Check::Field))
    return ExactReport();
  Stopwatch watch;
  auto growth = Growth::load(host, pathA, pathB);
  if (failed(growth))
    return failure();
  seconds.load += watch.lap();
  ExactChecks exactChecks;
  exactChecks.proof = asks(Check::Proof);
  exactChecks.field = asks(Check::Field);
  if (!demands(Check::Field))
    exactChecks.mostFieldEntries = fieldLimit;
  FieldOptions &options = exactChecks.fieldOptions;
  options.seed = seed;
  options.rounds = rounds;
  if (batch.getNumOccurrences())
    options.batch = batch;
  if (sequence.getNumOccurrences())
    options.sequence = sequence;
  ExactReport report = ::checkExactly(*growth, exactChecks);
  seconds.proof = report.proofSeconds;
  seconds.field = report.field ? report.field->seconds : 0;
  return report;
}

/// Why a check that the command line demands has not been made.
static std::optional<std::string> findUnchecked(const ExactReport &report) {
  if (demands(Check::Field) && !report.field)
    return "not compared exactly: " + report.unchecked;
  if (demands(Check::Proof) && !exact && !report.proof)
    return "no proof: " + report.unproven;
  return std::nullopt;
}

/// Compiles a model, runs it and forgets it: two large models need not be in
/// memory together.
static mlir::FailureOr<HostTensor>
runOnce(LoadedModel &model, TensorSource &parameters, const RunInput &input,
        VerifySeconds &seconds, double &runSeconds) {
  auto runnable = RunnableModel::compile(model, parameters);
  if (failed(runnable))
    return failure();
  seconds.compile += runnable->compileSeconds;
  seconds.bind += runnable->bindSeconds;
  Stopwatch watch;
  Expected<HostTensor> logits = input.run(runnable->compiled);
  runSeconds = watch.lap();
  if (logits)
    return std::move(*logits);
  fail(logits.takeError());
  return failure();
}

/// Runs both models on the same input and compares their logits.
static mlir::FailureOr<Comparison> compare(Host &host, mlir::Type type,
                                           TokenBatch tokens,
                                           VerifySeconds &seconds) {
  Stopwatch watch;
  auto a = LoadedModel::loadForRun(host, pathA, type);
  if (failed(a))
    return failure();
  auto b = LoadedModel::loadForRun(host, pathB, a->getLogitsType());
  if (failed(b))
    return failure();
  Expected<RunInput> input = getInput(a->limits, b->limits, std::move(tokens));
  if (!input) {
    fail(input.takeError());
    return failure();
  }
  seconds.load += watch.lap();
  auto parametersA = a->getParameters(seed);
  if (failed(parametersA))
    return failure();
  auto parametersB = getParameters(*b, *a, **parametersA);
  if (failed(parametersB))
    return failure();
  seconds.bind += watch.lap();

  auto expected = runOnce(*a, **parametersA, *input, seconds, seconds.runA);
  if (failed(expected))
    return failure();
  auto actual = runOnce(*b, **parametersB, *input, seconds, seconds.runB);
  if (failed(actual))
    return failure();
  watch.lap();
  Expected<Comparison> result = compareLogits(*expected, *actual);
  seconds.compare = watch.lap();
  if (result)
    return *result;
  fail(result.takeError());
  return failure();
}

static ExitCode verify() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  Expected<TokenBatch> tokens = ids.empty() ? TokenBatch() : parseTokens(ids);
  if (!tokens)
    return failUsage(tokens.takeError());
  if (Error error = openDevice())
    return fail(std::move(error));
  Host host;
  VerifySeconds seconds;
  auto exactly = checkExactly(host, seconds);
  if (failed(exactly))
    return ExitCode::Failure;
  if (std::optional<std::string> unchecked = findUnchecked(*exactly))
    return fail(*unchecked);
  if (!asks(Check::Run))
    return report(*exactly, seconds);
  auto type = dtype.getNumOccurrences() ? std::optional(dtype.getValue())
                                        : std::nullopt;
  auto result = compare(host, host.getType(type), std::move(*tokens), seconds);
  if (failed(result))
    return ExitCode::Failure;
  report(*result, *exactly, seconds);
  return result->equivalent && !exactly->refutes() ? ExitCode::Success
                                                   : ExitCode::NotEquivalent;
}
