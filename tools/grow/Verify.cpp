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
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include <cmath>
#include <random>

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

  Three checks that share no code. The proof: the grown model is rewritten until
  it is the source. The finite field: both are computed modulo a prime, with
  random parameters. The run: both are compiled and run. The first two check how
  a model has grown, which IR says itself and growth.mlir says of a checkpoint;
  the last what the weights are now.

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
static cl::opt<int64_t>
    rounds("rounds",
           cl::desc("Primes that --exact tries, one after the other (1)"),
           cl::init(1), cl::sub(verifyCommand), cl::cat(growCategory));

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

static bool isIR(StringRef path) { return path.ends_with(".mlir"); }

static mlir::FailureOr<LoadedModel> load(Host &host, StringRef path,
                                         mlir::Type type) {
  return isIR(path) ? LoadedModel::loadIR(host, path)
                    : LoadedModel::loadForRun(host, path, type);
}

static mlir::Type getLogitsType(mlir::ModuleOp module) {
  auto forward = module.lookupSymbol<mlir::func::FuncOp>("forward");
  return cast<mlir::ShapedType>(forward.getResultTypes().front())
      .getElementType();
}

using Parameters = std::unique_ptr<TensorSource>;

/// The parameters of the first model: its checkpoint's, or random ones.
static mlir::FailureOr<Parameters> getParameters(const LoadedModel &model) {
  if (model.dir)
    return Parameters(std::make_unique<CheckpointSource>(*model.dir));
  auto drawn = drawParameters(*model.module, seed);
  if (failed(drawn))
    return failure();
  return Parameters(std::make_unique<MemorySource>(std::move(*drawn)));
}

/// The parameters of the second model: its checkpoint's, or what its
/// derivations make of the first one's.
static mlir::FailureOr<Parameters> getParameters(const LoadedModel &model,
                                                 const LoadedModel &source,
                                                 TensorSource &parameters) {
  if (model.dir)
    return getParameters(model);
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

/// Random tokens that both models accept, as far as the command line leaves it
/// open.
static TokenBatch drawTokens(const ModelLimits &a, const ModelLimits &b) {
  TokenBatch tokens;
  tokens.batch = batch;
  tokens.sequence = sequence;
  for (const ModelLimits &model : {a, b}) {
    if (!batch.getNumOccurrences())
      tokens.batch = model.batch.value_or(tokens.batch);
    if (!sequence.getNumOccurrences())
      tokens.sequence = model.sequence.value_or(
          std::min(tokens.sequence, model.positions.value_or(tokens.sequence)));
  }
  std::mt19937_64 engine(seed);
  for (int64_t i = 0; i < tokens.batch * tokens.sequence; ++i)
    tokens.ids.push_back(engine() % std::min(a.vocabulary, b.vocabulary));
  return tokens;
}

/// Random pixels, of the size that the model reads.
static HostTensor drawImages(const ModelLimits &model) {
  SmallVector<int64_t> shape(model.images.getShape());
  shape[0] = batch.getNumOccurrences() ? batch.getValue()
                                       : model.batch.value_or(batch);
  return drawTensor(model.images.clone(shape), seed);
}

/// What both models are run on: tokens, or images if the models read those.
struct Input {
  TokenBatch tokens;
  HostTensor images;

  Error check(const ModelLimits &model) const {
    return images.getType() ? model.check(images) : model.check(tokens);
  }
  Expected<HostTensor> run(const CompiledModel &model) const {
    return images.getType() ? model.run(images) : model.run(tokens);
  }
};

/// The input that the command line gives or asks to draw. Fails unless both
/// models accept it, which is known before either is compiled.
static Expected<Input> getInput(const ModelLimits &a, const ModelLimits &b,
                                TokenBatch given) {
  Input input;
  if (!ids.empty())
    input.tokens = std::move(given);
  else if (a.images)
    input.images = drawImages(a);
  else
    input.tokens = drawTokens(a, b);
  for (const ModelLimits &model : {a, b})
    if (Error error = input.check(model))
      return error;
  return input;
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static void reportJSON(const Comparison &result, StringRef type,
                       const ExactReport &exactly) {
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
                    {"dtype", type}})
    object[key] = value;
  printJSON(std::move(object));
}

static std::string getVerdict(const Comparison &result, mlir::Type type) {
  if (!result.finite)
    return "not equivalent: there are logits that are not finite";
  if (result.identical)
    return "equivalent: identical, bit for bit";
  std::string verdict = result.equivalent ? "equivalent" : "not equivalent";
  if (std::optional<double> bound = getTolerance(type))
    return formatv("{0}: the logits differ by {1:e2} of the largest, where "
                   "{2:e0} is allowed",
                   verdict, result.maxRel, *bound);
  return formatv("{0}: logits in {1} count as equivalent only if they are "
                 "identical",
                 verdict, type);
}

static void printRun(const Comparison &result, mlir::Type type) {
  raw_ostream &os = outs();
  printRow(
      os, "run",
      formatv("{0} tokens in {1}", formatCount(result.tokens), type).str());
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

static void report(const Comparison &result, mlir::Type type,
                   const ExactReport &exactly) {
  if (isJSON())
    return reportJSON(result, formatv("{0}", type).str(), exactly);
  if (isQuiet())
    return;
  if (exactly.refutes() && result.equivalent)
    outs() << "not equivalent: the models differ over a finite field, though "
              "not by as much as is allowed where they were run\n";
  else
    outs() << getVerdict(result, type) << '\n';
  exactly.print(outs());
  printRun(result, type);
}

/// Reports the checks that need no weights, alone.
static ExitCode report(const ExactReport &exactly) {
  if (!exactly.isChecked())
    return fail("not compared exactly: " + exactly.unchecked);
  if (isJSON()) {
    json::Object object = exactly.toJSON();
    object["equivalent"] = !exactly.refutes();
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

static std::optional<std::string> findMisuseOfExact() {
  if (!exact)
    return rounds.getNumOccurrences()
               ? std::optional<std::string>("--rounds is for --exact")
               : std::nullopt;
  if (!ids.empty() || dtype.getNumOccurrences())
    return "--exact draws tokens and has no element type: leave out --ids and "
           "--dtype";
  if (rounds < 1)
    return "--rounds must be at least 1";
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
  if (batch < 1 || sequence < 1)
    return "--batch and --seq must be at least 1";
  constexpr int64_t kMostTokens = 1 << 20;
  if (batch > kMostTokens / sequence)
    return formatv("--batch and --seq must ask for at most {0} tokens together",
                   kMostTokens)
        .str();
  if (ids.getNumOccurrences() && ids.empty())
    return "--ids lists no token: expected rows such as \"1,2,3;4,5,6\"";
  return findMisuseOfExact();
}

/// Proves the growth and compares both models over a finite field.
static mlir::FailureOr<ExactReport> checkExactly(Host &host) {
  auto growth = Growth::load(host, pathA, pathB);
  if (failed(growth))
    return failure();
  FieldOptions options;
  options.seed = seed;
  options.rounds = rounds;
  if (batch.getNumOccurrences())
    options.batch = batch;
  if (sequence.getNumOccurrences())
    options.sequence = sequence;
  return ::checkExactly(*growth, options);
}

static Expected<Comparison>
compare(const CompiledModel &a, const CompiledModel &b, const Input &input) {
  Expected<HostTensor> expected = input.run(a);
  if (!expected)
    return expected.takeError();
  Expected<HostTensor> actual = input.run(b);
  if (!actual)
    return actual.takeError();
  return compareLogits(*expected, *actual);
}

static ExitCode verify() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  Expected<TokenBatch> tokens = ids.empty() ? TokenBatch() : parseTokens(ids);
  if (!tokens)
    return failUsage(tokens.takeError());
  Host host;
  auto exactly = checkExactly(host);
  if (failed(exactly))
    return ExitCode::Failure;
  if (exact)
    return report(*exactly);
  mlir::Type type;
  if (dtype.getNumOccurrences())
    type = getElementType(&host.getContext(), dtype);
  auto a = load(host, pathA, type);
  if (failed(a))
    return ExitCode::Failure;
  auto limitsA = ModelLimits::get(*a->module);
  if (failed(limitsA))
    return ExitCode::Failure;
  type = getLogitsType(*a->module);
  auto b = load(host, pathB, type);
  if (failed(b))
    return ExitCode::Failure;
  auto limitsB = ModelLimits::get(*b->module);
  if (failed(limitsB))
    return ExitCode::Failure;
  Expected<Input> input = getInput(*limitsA, *limitsB, std::move(*tokens));
  if (!input)
    return fail(input.takeError());

  auto parametersA = getParameters(*a);
  if (failed(parametersA))
    return ExitCode::Failure;
  auto parametersB = getParameters(*b, *a, **parametersA);
  if (failed(parametersB))
    return ExitCode::Failure;
  auto modelA = RunnableModel::compile(*a->module, std::move(*parametersA));
  if (failed(modelA))
    return ExitCode::Failure;
  auto modelB = RunnableModel::compile(*b->module, std::move(*parametersB));
  if (failed(modelB))
    return ExitCode::Failure;

  Expected<Comparison> result =
      compare(modelA->compiled, modelB->compiled, *input);
  if (!result)
    return fail(result.takeError());
  report(*result, type, *exactly);
  return result->equivalent && !exactly->refutes() ? ExitCode::Success
                                                   : ExitCode::NotEquivalent;
}
