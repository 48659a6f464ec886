//===- FieldCheck.cpp - Equality of models over a finite field ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/FiniteField/FieldCheck.h"
#include "ModelEvaluator.h"
#include "llvm/ADT/TypeSwitch.h"
#include <chrono>
#include <cmath>
#include <numeric>

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

static void addConstant(SmallVectorImpl<Exact::Int> &numbers,
                        const Exact &constant) {
  numbers.push_back(constant.getNumerator());
  numbers.push_back(constant.getDenominator());
  numbers.push_back(Exact::Int(static_cast<int64_t>(constant.getRadicand())));
}

static void addConstant(SmallVectorImpl<Exact::Int> &numbers, int64_t count) {
  numbers.push_back(Exact::Int(count));
}

/// The numbers whose roots and squares relations between two models rest on:
/// all that is written in them and the counts of their norms.
static void collectConstants(ModuleOp module,
                             SmallVectorImpl<Exact::Int> &numbers) {
  module.walk([&](Operation *op) {
    for (NamedAttribute attr : op->getAttrDictionary())
      llvm::TypeSwitch<Attribute>(attr.getValue())
          .Case<ExactAttr, ConstantAttr>(
              [&](auto attr) { addConstant(numbers, attr.getValue()); })
          .Case<CopyAttr, RopeAttr>(
              [&](auto attr) { addConstant(numbers, attr.getFactor()); })
          .Case(
              [&](NormalAttr attr) { addConstant(numbers, attr.getStddev()); })
          .Case(
              [&](UniformAttr attr) { addConstant(numbers, attr.getBound()); });
    llvm::TypeSwitch<Operation *>(op)
        .Case<RMSNormOp, LayerNormOp>([&](auto op) {
          addConstant(numbers, static_cast<int64_t>(op.getCount()));
        })
        .Case([&](AttentionOp op) {
          if (op.getQkCount())
            addConstant(numbers, static_cast<int64_t>(*op.getQkCount()));
        });
  });
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// What a model takes.
struct InputLimits {
  int64_t vocabulary = std::numeric_limits<int64_t>::max();
  int64_t positions = std::numeric_limits<int64_t>::max();
  /// The shortest sequence that has all selected tokens.
  int64_t shortest = 1;
  std::optional<int64_t> batch, length;
};
} // namespace

static InputLimits getLimits(FunctionOpInterface function) {
  InputLimits limits;
  function.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](EmbeddingOp op) {
          limits.vocabulary = std::min(limits.vocabulary,
                                       op.getTable().getType().getDimSize(0));
        })
        .Case([&](PositionEmbeddingOp op) {
          int64_t positions = op.getTable().getType().getDimSize(0) -
                              static_cast<int64_t>(op.getOffset());
          limits.positions = std::min(limits.positions, positions);
        })
        .Case([&](SelectTokenOp op) {
          limits.shortest = std::max(
              limits.shortest, static_cast<int64_t>(op.getPosition()) + 1);
        });
  });
  for (Type type : function.getArgumentTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || tensor.getRank() < 2)
      continue;
    if (!tensor.isDynamicDim(0))
      limits.batch = tensor.getDimSize(0);
    if (!tensor.isDynamicDim(1))
      limits.length = tensor.getDimSize(1);
  }
  return limits;
}

/// Random tokens of the source, and keys for the rest.
static ModelInput drawInput(const InputLimits &limits,
                            const FieldOptions &options, uint64_t seed) {
  ModelInput input;
  input.seed = seed;
  input.batch = limits.batch.value_or(options.batch);
  input.length = limits.length.value_or(
      std::min(std::max(options.sequence, limits.shortest), limits.positions));
  RandomStream random(getKey(seed, "tokens"));
  for (int64_t i = 0; i < input.batch * input.length; ++i)
    input.ids.push_back(random.next() % limits.vocabulary);
  input.positions.resize(input.length);
  std::iota(input.positions.begin(), input.positions.end(), 0);
  return input;
}

static LogicalResult verifyInputs(FunctionOpInterface source,
                                  FunctionOpInterface grown) {
  if (llvm::equal(source.getArgumentTypes(), grown.getArgumentTypes()))
    return success();
  InFlightDiagnostic diag = grown.emitError()
                            << "expects the arguments of the source model, ("
                            << source.getArgumentTypes() << "), but found ("
                            << grown.getArgumentTypes() << ')';
  diag.attachNote(source.getLoc()) << "the source model";
  return diag;
}

/// Verifies that the source model has the parameter that something names.
static LogicalResult verifyParameter(Operation *op, StringRef name, Type type,
                                     SymbolTable &source) {
  auto param = source.lookup<ParamOp>(name);
  if (!param)
    return op->emitError() << "expects a parameter @" << name
                           << " in the source model, which has none";
  if (param.getType() == type)
    return success();
  InFlightDiagnostic diag =
      op->emitError() << "expects @" << name << " to be " << type
                      << " in the source model, but found " << param.getType();
  diag.attachNote(param.getLoc()) << "the parameter in the source model";
  return diag;
}

/// Verifies that all that grown parameters come from is there.
static LogicalResult verifyParameters(const ModelPair &pair) {
  SymbolTable source(pair.source);
  ModuleOp grown = pair.grown;
  WalkResult result = grown.walk([&](Operation *op) {
    LogicalResult found = success();
    if (auto param = dyn_cast<ParamOp>(op); param && !param.isDerived())
      found = verifyParameter(op, param.getSymName(), param.getType(), source);
    else if (auto sourceOp = dyn_cast<SourceOp>(op))
      found =
          verifyParameter(op, sourceOp.getName(), sourceOp.getType(), source);
    return failed(found) ? WalkResult::interrupt() : WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===----------------------------------------------------------------------===//
// Runs
//===----------------------------------------------------------------------===//

namespace {
/// Counts what is done.
class Work {
public:
  Work(FieldProgress progress, uint64_t total)
      : progress(progress), total(total) {}
  void advance(uint64_t entries) {
    done = std::min(done + entries, total);
    if (progress)
      progress(done * sizeof(uint64_t), total * sizeof(uint64_t));
  }

private:
  FieldProgress progress;
  uint64_t done = 0, total;
};

/// Parameters that are made whenever they are read, and held no longer.
class TransientParameters : public ModelParameters {
public:
  TransientParameters(ModuleOp module, Graph &graph, uint64_t seed, Work &work)
      : graph(graph), work(work), derivations(module, graph.getField(), seed) {}

  KeptAxes getKept(Value value) override {
    return keepAll(cast<RankedTensorType>(value.getType()).getShape());
  }
  void ignoreDerivations() { derivations.ignoreDerivations(); }
  Ref read(Value value, const Kept *rows) override {
    KeptAxes kept = getKept(value);
    if (rows)
      kept[0] = *rows;
    FieldTensor entries = derivations.evaluate(value, std::move(kept));
    work.advance(entries.data.size());
    return graph.constant(std::move(entries), {1, 0});
  }
  Derivations &getDerivations() override { return derivations; }

private:
  Graph &graph;
  Work &work;
  Derivations derivations;
};

/// One model over one field.
struct ModelRun {
  Graph graph;
  Ref logits;

  ModelRun(const Field &field, uint64_t seed)
      : graph(field, seed, /*records=*/false) {}

  LogicalResult run(ModuleOp module, FunctionOpInterface function,
                    bool isSource, const ModelInput &input, Work &work) {
    TransientParameters parameters(module, graph, input.seed, work);
    if (isSource)
      parameters.ignoreDerivations();
    FailureOr<Ref> result =
        ModelEvaluator(graph, parameters, input).run(function);
    if (failed(result))
      return failure();
    logits = *result;
    return success();
  }
};
} // namespace

static uint64_t countEntries(ModuleOp module) {
  uint64_t count = 0;
  for (ParamOp param : module.getOps<ParamOp>())
    count += param.getTensorType().getNumElements();
  return count;
}

//===----------------------------------------------------------------------===//
// Comparison
//===----------------------------------------------------------------------===//

/// Adds how two models use functions.
static std::map<FunctionKind, FunctionUse> joinUses(const Graph &a,
                                                    const Graph &b) {
  std::map<FunctionKind, FunctionUse> uses = a.getUses();
  for (auto [kind, use] : b.getUses()) {
    FunctionUse &joined = uses[kind];
    joined.count += use.count;
    joined.largest.degree = std::max(joined.largest.degree, use.largest.degree);
    joined.largest.poles = std::max(joined.largest.poles, use.largest.poles);
  }
  return uses;
}

/// The logarithm of the bound that FieldCheck.h derives, for one round.
static double getLog2Error(const ModelRun &source, const ModelRun &grown) {
  std::map<FunctionKind, FunctionUse> uses =
      joinUses(source.graph, grown.graph);
  // The product of all denominators, each a sum of unknowns.
  double denominators = uses[FunctionKind::Inverse].count;
  auto getDegree = [&](const Degree &degree) {
    return degree.degree + degree.poles * denominators;
  };
  double bound = std::max(getDegree(source.logits->degree),
                          getDegree(grown.logits->degree));
  for (auto [kind, use] : uses)
    if (kind != FunctionKind::Inverse)
      bound += use.count * (use.count + 1) / 2 * getDegree(use.largest);
  double prime = source.graph.getField().getPrime();
  return std::min(0.0, std::log2(bound) - std::log2(prime));
}

/// Compares the logits of the source's vocabulary.
static LogicalResult compareLogits(const ModelRun &source,
                                   const ModelRun &grown,
                                   FunctionOpInterface function,
                                   FieldReport &report) {
  ArrayRef<int64_t> few = source.logits->getShape();
  ArrayRef<int64_t> many = grown.logits->getShape();
  if (few.empty() || few.size() != many.size() ||
      few.drop_back() != many.drop_back() || few.back() > many.back())
    return function.emitError()
           << "expects at least the logits of the source model, [" << few
           << "], but found [" << many << ']';
  report.logits = source.logits->getCount();
  report.furtherLogits = many.back() - few.back();
  for (int64_t i = 0; i < report.logits && report.agree; ++i) {
    int64_t row = i / few.back(), column = i % few.back();
    if (source.logits->value.data[i] ==
        grown.logits->value.data[row * many.back() + column])
      continue;
    report.agree = false;
    report.difference = {column};
    for (int64_t size : llvm::reverse(few.drop_back())) {
      report.difference.insert(report.difference.begin(), row % size);
      row /= size;
    }
  }
  return success();
}

namespace {
/// The check of a pair of models.
class Checker {
public:
  Checker(const ModelPair &pair, const FieldOptions &options,
          FunctionOpInterface source, FunctionOpInterface grown, Work &work)
      : pair(pair), options(options), source(source), grown(grown), work(work) {
    collectConstants(pair.source, constants);
    collectConstants(pair.grown, constants);
  }

  LogicalResult runRound(FieldReport &report);

private:
  /// Runs both models once. True if nothing was divided by zero.
  FailureOr<bool> tryRound(uint64_t seed, FieldReport &report);

  const ModelPair &pair;
  const FieldOptions &options;
  FunctionOpInterface source, grown;
  Work &work;
  SmallVector<Exact::Int> constants;
};
} // namespace

FailureOr<bool> Checker::tryRound(uint64_t seed, FieldReport &report) {
  std::optional<uint64_t> prime = findPrime(seed, constants);
  if (!prime)
    return grown.emitError()
           << "found no prime of 61 bits for which all constants of the models "
              "have roots: they have too many different prime factors";
  Field field(*prime);
  ModelInput input = drawInput(getLimits(source), options, seed);
  ModelRun before(field, seed), after(field, seed);
  ModuleOp sourceModule = pair.source, grownModule = pair.grown;
  if (failed(
          before.run(sourceModule, source, /*isSource=*/true, input, work)) ||
      failed(after.run(grownModule, grown, /*isSource=*/false, input, work)))
    return failure();
  if (before.graph.hasDividedByZero() || after.graph.hasDividedByZero())
    return false;
  report.prime = *prime;
  report.log2Error += getLog2Error(before, after);
  if (failed(compareLogits(before, after, grown, report)))
    return failure();
  return true;
}

LogicalResult Checker::runRound(FieldReport &report) {
  constexpr int kTries = 4;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    uint64_t seed = getKey(options.seed, "round " + Twine(report.rounds) +
                                             " try " + Twine(attempt));
    FailureOr<bool> done = tryRound(seed, report);
    if (failed(done))
      return failure();
    if (*done) {
      ++report.rounds;
      return success();
    }
  }
  return grown.emitError()
         << "divides by zero over " << kTries
         << " fields: expects no norm with an epsilon of 0 of a stream that is "
            "zero";
}

FailureOr<FieldReport> grow::checkInField(const ModelPair &pair,
                                          const FieldOptions &options,
                                          FieldProgress progress) {
  using Clock = std::chrono::steady_clock;
  Clock::time_point start = Clock::now();
  FailureOr<FunctionOpInterface> source = findModelFunction(pair.source);
  FailureOr<FunctionOpInterface> grown = findModelFunction(pair.grown);
  if (failed(source) || failed(grown) ||
      failed(verifyInputs(*source, *grown)) || failed(verifyParameters(pair)))
    return failure();
  Work work(progress, options.rounds * (countEntries(pair.source) +
                                        countEntries(pair.grown)));
  Checker checker(pair, options, *source, *grown, work);
  FieldReport report;
  while (report.rounds < options.rounds && report.agree)
    if (failed(checker.runRound(report)))
      return failure();
  report.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return report;
}
