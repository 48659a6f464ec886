//===- Liveness.cpp - Which new blocks receive a gradient -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/FiniteField/Liveness.h"
#include "AxisClasses.h"
#include "ModelEvaluator.h"
#include "grow/IR/ModelPair.h"
#include "grow/Support/Remarks.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"
#include <numeric>

using namespace mlir;
using namespace grow;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// Whether an op makes entries that the source model's parameter of the same
/// name does not have.
static bool makesBlock(Operation *op, ParamOp param) {
  if (auto source = dyn_cast<SourceOp>(op))
    return source.getName() != param.getSymName();
  return isa<ExtendOp, FillOp>(op);
}

/// The new blocks of a parameter, the first made first.
static SmallVector<NewBlock> findBlocks(ParamOp param) {
  SmallVector<NewBlock> blocks;
  if (param.isDerived())
    for (Operation &op : param.getDerivation().front())
      if (makesBlock(&op, param))
        blocks.push_back({param, &op});
  return blocks;
}

std::string NewBlock::describe() const {
  std::string name = ("@" + ParamOp(param).getSymName()).str();
  auto extend = dyn_cast<ExtendOp>(op);
  if (!extend)
    return name;
  ArrayRef<int64_t> sizes = extend.getSizes();
  int64_t count = std::accumulate(sizes.begin(), sizes.end(), int64_t(0));
  return llvm::formatv("{0} new slice{1} along axis {2} of {3}", count,
                       count == 1 ? "" : "s", extend.getAxis(), name);
}

//===----------------------------------------------------------------------===//
// Parameters that move
//===----------------------------------------------------------------------===//

namespace {
/// A parameter, or what a miniature has of it.
struct HeldParameter {
  ParamOp param;
  KeptAxes kept;
  FieldTensor value;
  /// For each entry one more than the number of the block that it belongs to.
  FieldTensor blocks;
  /// Whether an entry has had a gradient.
  std::vector<bool> hasMoved;
  /// Its place in the graph of the current step.
  Ref node;
};

/// Parameters that stay what they are from one read to the next.
class HeldParameters : public ModelParameters {
public:
  HeldParameters(ModuleOp module, const Field &field, uint64_t seed)
      : symbols(module), derivations(module, field, seed) {
    derivations.sampleMeans();
  }

  void hold(ParamOp param, KeptAxes kept,
            const DenseMap<Operation *, uint64_t> &blockNumbers);
  /// Puts all parameters into a graph.
  void enter(Graph &newGraph);

  MutableArrayRef<HeldParameter> getAll() { return held; }

  KeptAxes getKept(Value value) override { return find(value).kept; }
  Ref read(Value value, const Kept *rows) override;
  Derivations &getDerivations() override { return derivations; }

private:
  HeldParameter &find(Value value) {
    auto get = cast<GetOp>(Derivations::resolve(value).getDefiningOp());
    return held[places.lookup(get.getParam())];
  }

  SymbolTable symbols;
  Derivations derivations;
  Graph *graph = nullptr;
  std::vector<HeldParameter> held;
  llvm::StringMap<size_t> places;
};
} // namespace

void HeldParameters::hold(ParamOp param, KeptAxes kept,
                          const DenseMap<Operation *, uint64_t> &blockNumbers) {
  HeldParameter parameter;
  parameter.param = param;
  parameter.value = derivations.evaluate(param, kept);
  Derivations tracking(derivations);
  tracking.trackOps(blockNumbers);
  parameter.blocks = tracking.evaluate(param, kept);
  parameter.kept = std::move(kept);
  parameter.hasMoved.resize(parameter.value.data.size());
  places[param.getSymName()] = held.size();
  held.push_back(std::move(parameter));
}

void HeldParameters::enter(Graph &newGraph) {
  graph = &newGraph;
  for (HeldParameter &parameter : held)
    parameter.node = graph->constant(parameter.value);
}

Ref HeldParameters::read(Value value, const Kept *rows) {
  Ref node = find(value).node;
  if (!rows)
    return node;
  Shape shape(node->getShape());
  int64_t size = node->getCount() / shape[0];
  std::vector<int64_t> entries;
  for (int64_t row : *rows)
    for (int64_t i = 0; i < size; ++i)
      entries.push_back(row * size + i);
  shape[0] = rows->size();
  return graph->gather(node, shape, std::move(entries));
}

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

namespace {
/// Tokens and positions, old and new, for which all rows of all tables are read
/// that stand for others.
class LivenessInput {
public:
  LivenessInput(FunctionOpInterface function, AxisClasses &classes,
                SymbolTable &symbols);

  ModelInput input;

private:
  /// The parameter that an op reads as its table.
  ParamOp getTable(Value table);
  /// The rows of a table that stand for all, less an offset.
  void addRows(Kept &to, Value table, int64_t offset);
  /// Finds the rows that are to be read, and what limits them.
  void findRows(FunctionOpInterface function);
  /// Positions that there are, as many as are needed.
  void choosePositions(std::optional<int64_t> length);
  /// Makes a miniature have the rows that are read.
  void requireRows(PositionEmbeddingOp op);

  AxisClasses &classes;
  SymbolTable &symbols;
  Kept tokens, positions;
  /// How many rows the smallest tables have.
  int64_t vocabulary = std::numeric_limits<int64_t>::max();
  int64_t mostPositions = vocabulary;
  int64_t leastLength = 4;
};
} // namespace

ParamOp LivenessInput::getTable(Value table) {
  auto get = cast<GetOp>(Derivations::resolve(table).getDefiningOp());
  return symbols.lookup<ParamOp>(get.getParam());
}

void LivenessInput::requireRows(PositionEmbeddingOp op) {
  ParamOp table = getTable(op.getTable());
  int64_t offset = op.getOffset();
  auto sequence = cast<RankedTensorType>(op.getSequence().getType());
  for (int64_t position : input.positions)
    classes.require(table, 0, position + offset);
  // Patches of an image are all there.
  if (!sequence.isDynamicDim(1))
    for (int64_t i = 0; i < sequence.getDimSize(1); ++i)
      classes.require(table, 0, i + offset);
}

void LivenessInput::addRows(Kept &to, Value table, int64_t offset) {
  ParamOp param = getTable(table);
  for (int64_t row : classes.getKept(param, 0))
    if (row >= offset)
      to.push_back(row - offset);
}

void LivenessInput::findRows(FunctionOpInterface function) {
  function.walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case([&](EmbeddingOp op) {
          addRows(tokens, op.getTable(), 0);
          vocabulary =
              std::min(vocabulary, op.getTable().getType().getDimSize(0));
        })
        .Case([&](PositionEmbeddingOp op) {
          int64_t offset = op.getOffset();
          addRows(positions, op.getTable(), offset);
          mostPositions = std::min(
              mostPositions, op.getTable().getType().getDimSize(0) - offset);
        })
        .Case([&](SelectTokenOp op) {
          leastLength =
              std::max(leastLength, static_cast<int64_t>(op.getPosition()) + 1);
        });
  });
}

/// The size along an axis of the function's last input that says it.
static std::optional<int64_t> getStaticSize(FunctionOpInterface function,
                                            unsigned axis) {
  std::optional<int64_t> size;
  for (Type type : function.getArgumentTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type);
        tensor && tensor.getRank() >= 2 && !tensor.isDynamicDim(axis))
      size = tensor.getDimSize(axis);
  return size;
}

static void sortBelow(Kept &numbers, int64_t limit) {
  llvm::sort(numbers);
  numbers.erase(llvm::unique(numbers), numbers.end());
  llvm::erase_if(numbers, [&](int64_t number) { return number >= limit; });
}

void LivenessInput::choosePositions(std::optional<int64_t> length) {
  if (length || positions.empty()) {
    positions.resize(length.value_or(leastLength));
    std::iota(positions.begin(), positions.end(), 0);
  }
  sortBelow(positions, mostPositions);
  for (int64_t next = 0; next < mostPositions &&
                         static_cast<int64_t>(positions.size()) < leastLength;
       ++next) {
    positions.push_back(next);
    sortBelow(positions, mostPositions);
  }
}

LivenessInput::LivenessInput(FunctionOpInterface function, AxisClasses &classes,
                             SymbolTable &symbols)
    : classes(classes), symbols(symbols) {
  findRows(function);
  choosePositions(getStaticSize(function, 1));
  sortBelow(tokens, vocabulary);
  if (tokens.empty())
    tokens.push_back(0);

  // Each token occurs, and each more than once: a token alone, or twice the
  // same, would be special.
  input.positions = std::move(positions);
  input.length = input.positions.size();
  constexpr int64_t kRepetitions = 2;
  int64_t count = kRepetitions * static_cast<int64_t>(tokens.size());
  input.batch =
      getStaticSize(function, 0)
          .value_or(std::max<int64_t>(
              2, llvm::divideCeil(count, std::max<int64_t>(1, input.length))));
  for (int64_t i = 0; i < input.batch * input.length; ++i)
    input.ids.push_back(tokens[i % tokens.size()]);
  function.walk([&](PositionEmbeddingOp op) { requireRows(op); });
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

namespace {
/// Follows training as far as it is decided by what is zero.
class Training {
public:
  Training(ModuleOp module, FunctionOpInterface function,
           HeldParameters &parameters, const ModelInput &input,
           const Field &field, uint64_t seed)
      : function(function), parameters(parameters), input(input), field(field),
        random(getKey(seed, "training")) {}

  /// Moves all entries that have a gradient. Sets `hasNew` if one of them had
  /// none before. False if something was divided by zero.
  FailureOr<bool> step(MutableArrayRef<NewBlock> blocks, bool isFirst,
                       bool &hasNew);
  /// Finds out which of the blocks that never received a gradient would not
  /// either if all parameters were random. False if something was divided by
  /// zero.
  FailureOr<bool> findMeaningless(MutableArrayRef<NewBlock> blocks);

private:
  /// Takes gradients at the current parameters.
  FailureOr<bool> differentiate(Graph &graph);
  void move(HeldParameter &parameter, MutableArrayRef<NewBlock> blocks,
            bool isFirst, bool &hasNew);

  FunctionOpInterface function;
  HeldParameters &parameters;
  const ModelInput &input;
  const Field &field;
  RandomStream random;
};
} // namespace

void Training::move(HeldParameter &parameter, MutableArrayRef<NewBlock> blocks,
                    bool isFirst, bool &hasNew) {
  ArrayRef<uint64_t> gradient = parameter.node->gradient;
  for (auto [i, part] : llvm::enumerate(gradient)) {
    if (part == 0)
      continue;
    uint64_t &entry = parameter.value.data[i];
    entry = field.add(entry, getElement(field, random.next()));
    hasNew |= !parameter.hasMoved[i];
    parameter.hasMoved[i] = true;
    uint64_t block = parameter.blocks.data[i];
    if (block && blocks[block - 1].liveness == Liveness::Never)
      blocks[block - 1].liveness =
          isFirst ? Liveness::FirstStep : Liveness::Later;
  }
}

FailureOr<bool> Training::differentiate(Graph &graph) {
  parameters.enter(graph);
  FailureOr<Ref> logits =
      ModelEvaluator(graph, parameters, input).run(function);
  if (failed(logits))
    return failure();
  if (graph.hasDividedByZero())
    return false;
  std::vector<uint64_t> weights((*logits)->getCount());
  for (uint64_t &weight : weights)
    weight = getElement(field, random.next());
  graph.differentiate(*logits, std::move(weights));
  return true;
}

FailureOr<bool> Training::step(MutableArrayRef<NewBlock> blocks, bool isFirst,
                               bool &hasNew) {
  Graph graph(field, input.seed, /*records=*/true);
  FailureOr<bool> done = differentiate(graph);
  if (failed(done) || !*done)
    return done;
  for (HeldParameter &parameter : parameters.getAll())
    move(parameter, blocks, isFirst, hasNew);
  return true;
}

FailureOr<bool> Training::findMeaningless(MutableArrayRef<NewBlock> blocks) {
  for (HeldParameter &parameter : parameters.getAll())
    for (uint64_t &entry : parameter.value.data)
      entry = getElement(field, random.next());
  Graph graph(field, input.seed, /*records=*/true);
  FailureOr<bool> done = differentiate(graph);
  if (failed(done) || !*done)
    return done;
  llvm::SmallDenseSet<uint64_t> meant;
  for (const HeldParameter &parameter : parameters.getAll())
    for (auto [i, part] : llvm::enumerate(parameter.node->gradient))
      if (part != 0)
        meant.insert(parameter.blocks.data[i]);
  for (auto [i, block] : llvm::enumerate(blocks))
    if (block.liveness == Liveness::Never && !meant.contains(i + 1))
      block.liveness = Liveness::Meaningless;
  return true;
}

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// The parameters that a function reads, in the order of their declaration.
static SmallVector<ParamOp> getParamsRead(ModuleOp module,
                                          FunctionOpInterface function) {
  std::set<StringRef> names;
  function.walk([&](GetOp op) { names.insert(op.getParam()); });
  SmallVector<ParamOp> params;
  for (ParamOp param : module.getOps<ParamOp>())
    if (names.count(param.getSymName()))
      params.push_back(param);
  return params;
}

/// Parameters of functions must be read as they are declared: blocks are what
/// derivations add.
static LogicalResult verifyReads(FunctionOpInterface function) {
  WalkResult result = function.walk([](Operation *op) {
    if (!isa<ExtendOp, DropOp, RegroupOp, ScaleOp, CenterOp, FillOp, SourceOp>(
            op) ||
        !Derivations::isParameter(op->getResult(0)))
      return WalkResult::advance();
    op->emitError() << "changes a parameter in a function: expects that only "
                       "the regions of parameters derive them";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Follows training from random parameters. False if something was divided by
/// zero.
static FailureOr<bool> train(ModuleOp grown, FunctionOpInterface function,
                             ArrayRef<ParamOp> params, AxisClasses &classes,
                             bool isMiniature, uint64_t seed,
                             MutableArrayRef<NewBlock> blocks) {
  Field field(*findPrime(seed, {}));
  DenseMap<Operation *, uint64_t> blockNumbers;
  for (auto [i, block] : llvm::enumerate(blocks)) {
    block.liveness = Liveness::Never;
    blockNumbers[block.op] = i + 1;
  }
  SymbolTable symbols(grown);
  ModelInput input = LivenessInput(function, classes, symbols).input;
  input.seed = seed;
  HeldParameters parameters(grown, field, seed);
  for (ParamOp param : params)
    parameters.hold(param,
                    isMiniature ? classes.getKept(param)
                                : keepAll(param.getTensorType().getShape()),
                    blockNumbers);
  Training training(grown, function, parameters, input, field, seed);
  auto isDecided = [](const NewBlock &block) {
    return block.liveness != Liveness::Never;
  };
  bool hasNew = true;
  for (bool isFirst = true; hasNew; isFirst = false) {
    hasNew = false;
    FailureOr<bool> done = training.step(blocks, isFirst, hasNew);
    if (failed(done) || !*done)
      return done;
    if (llvm::all_of(blocks, isDecided))
      return true;
  }
  return training.findMeaningless(blocks);
}

FailureOr<SmallVector<NewBlock>>
grow::findLiveness(ModuleOp grown, const LivenessOptions &options) {
  FailureOr<FunctionOpInterface> function = findModelFunction(grown);
  if (failed(function) || failed(verifyReads(*function)))
    return failure();
  SmallVector<ParamOp> params = getParamsRead(grown, *function);
  SmallVector<NewBlock> blocks;
  int64_t entries = 0;
  for (ParamOp param : params) {
    llvm::append_range(blocks, findBlocks(param));
    entries += param.getTensorType().getNumElements();
  }
  if (blocks.empty())
    return blocks;
  AxisClasses classes(grown, *function);
  bool isMiniature = classes.isComplete() && entries > options.mostEntries;
  constexpr int kTries = 4;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    FailureOr<bool> done =
        train(grown, *function, params, classes, isMiniature,
              getKey(options.seed, "liveness " + Twine(attempt)), blocks);
    if (failed(done))
      return failure();
    if (*done)
      return blocks;
  }
  return (*function)->emitError()
         << "divides by zero over " << kTries
         << " fields: expects no norm with an epsilon of 0 of a stream that is "
            "zero";
}

//===----------------------------------------------------------------------===//
// Verdicts
//===----------------------------------------------------------------------===//

static StringRef getText(Liveness liveness) {
  switch (liveness) {
  case Liveness::FirstStep:
    return "receives a gradient at the first step";
  case Liveness::Later:
    return "receives a gradient once others have moved";
  case Liveness::Never:
    return "never receives a gradient";
  case Liveness::Meaningless:
    return "never receives a gradient, as no logit depends on it";
  }
  llvm_unreachable("unknown liveness");
}

LogicalResult grow::checkLiveness(ModuleOp grown, bool allowDead,
                                  const LivenessOptions &options) {
  FailureOr<SmallVector<NewBlock>> blocks = findLiveness(grown, options);
  if (failed(blocks))
    return failure();
  bool hasErrors = false;
  for (const NewBlock &block : *blocks) {
    reportPassed(block.op->getLoc(), "CheckLiveness") << remark::reason(
        "{0}: {1}", block.describe(), getText(block.liveness));
    if (allowDead || block.liveness != Liveness::Never)
      continue;
    hasErrors = true;
    InFlightDiagnostic diag = block.op->emitError()
                              << block.describe() << ' '
                              << getText(block.liveness)
                              << ": whatever it meets is zero, and stays so";
    diag.attachNote() << "give it, or one of the blocks that it is multiplied "
                         "with, another init, or allow dead blocks";
  }
  return failure(hasErrors);
}
