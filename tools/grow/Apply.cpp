//===- Apply.cpp - grow apply: a larger checkpoint ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Growth.h"
#include "Plan.h"
#include "Progress.h"
#include "Report.h"
#include "grow/Checkpoint/Export.h"
#include "grow/Checkpoint/JSONEdit.h"
#include "grow/Execution/GrownCheckpoint.h"
#include "grow/Expansion/Schedule.h"
#include "grow/FiniteField/Liveness.h"
#include "grow/IR/Storage.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/Signals.h"

using namespace llvm;
using namespace grow;

static ExitCode apply();

Command applyCommand("apply", "Write a larger checkpoint",
                     R"(EXAMPLES:

  grow apply gpt2 -o gpt2-large-mlp --mlp 6144
      Widens the MLP of each layer to 6144 units.
  grow apply gpt2 -o wide --hidden 1024 --heads 16 --mlp 4096
      A stream of 1024 channels, 16 heads, MLPs of 4096 units.
  grow apply gpt2 -o deeper --layers +4
      Adds four layers, spread evenly: the i-th of n new layers comes before
      layer ceil(i * L / n) of the L old ones. +2 on 4 layers goes to 2 and 4.
  grow apply gpt2 -o deeper --layers +2@0,6 --layers-from previous
      Adds layers before layers 0 and 6 of the source, as copies of the ones
      before them, silenced.
  grow apply llama -o more-heads --heads 48 --kv-heads 12
      From 32 query heads that share 8 heads of keys and values: four more
      groups of one head of keys and values and four query heads.
  grow apply llama -o multi-head --unshare-kv-heads 32
      Copies heads of keys and values until each query head has its own.
  grow apply gpt2 -o large --mlp 6144 --layers +4 --init normal:0.01 --seed 7
  grow apply gpt2 -o large --schedule growth.mlir
      Applies a grow.schedule: whatever the flags cannot say.
  grow apply gpt2 -o split --schedule split.mlir --load-dialect-plugin=Acme.so
      The schedule may have expansions of the plugin, and the proof its lemmas.
  grow apply gpt2 --hidden 1024 --dry-run --context 1024
      Writes nothing: prints the blocks of each tensor, kept, multiplied, zero
      or random, and parameters, bytes and FLOPs per token before and after.

  Sizes are those that the model is to have: units of an MLP, channels of the
  stream (--hidden) and of each head (--head-dim, --key, --value), heads of each
  layer, tokens (--vocabulary) and the longest sequence (--positions), of
  learned positions. A size that is not named stays as it is; in a model
  without shared keys and values, their heads follow --heads. However many
  sizes are named, they grow in the order un-sharing, keys, values, MLP, heads,
  stream, layers, vocabulary, positions, which leaves most new weights free;
  layers that are copies come before the stream.

  The grown model computes what the source computes, which is proven before
  anything is written. growth.mlir, beside the weights, says what each of them
  is made of, and growth.json what was proven, and how. Nothing appears under
  the name of -o before it is complete.
)",
                     apply);

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("<checkpoint directory>"),
                                 cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<std::string> output("o", cl::desc("Directory to write"),
                                   cl::value_desc("directory"),
                                   cl::sub(applyCommand),
                                   cl::cat(growCategory));
/// A size that the model is to have.
struct SizeOption : cl::opt<int64_t> {
  SizeOption(StringRef name, StringRef description)
      : opt(name, cl::desc(description), cl::value_desc("N"),
            cl::sub(applyCommand), cl::cat(growCategory)) {}

  std::optional<int64_t> get() const {
    return getNumOccurrences() ? std::optional(getValue()) : std::nullopt;
  }
};

static SizeOption mlp("mlp", "Units of each MLP");
static SizeOption hidden("hidden", "Channels of the residual stream");
static SizeOption heads("heads", "Query heads of each layer, in all");
static SizeOption kvHeads("kv-heads", "Heads of keys and values of each layer");
static SizeOption headDim("head-dim",
                          "Channels of keys and values of each head");
static SizeOption key("key", "Channels of queries and keys of each head");
static SizeOption value("value", "Channels of values of each head");
static SizeOption vocabulary("vocabulary", "Tokens");
static SizeOption positions("positions",
                            "Longest sequence, for learned positions");
static SizeOption
    unshareKVHeads("unshare-kv-heads",
                   "Copy heads of keys and values until there are N, each for "
                   "a part of the query heads that shared it; before all else");
static cl::opt<std::string>
    layers("layers",
           cl::desc("Add N layers, spread evenly or before these layers"),
           cl::value_desc("+N[@i,j,...]"), cl::sub(applyCommand),
           cl::cat(growCategory));
static cl::opt<LayerOrigin>
    layersFrom("layers-from", cl::desc("What new layers start as"),
               cl::values(clEnumValN(LayerOrigin::Random, "random",
                                     "weights from --init (default)"),
                          clEnumValN(LayerOrigin::Previous, "previous",
                                     "copies of the layer before"),
                          clEnumValN(LayerOrigin::Next, "next",
                                     "copies of the layer after")),
               cl::init(LayerOrigin::Random), cl::sub(applyCommand),
               cl::cat(growCategory));
static cl::opt<std::string>
    init("init",
         cl::desc("What fills new weights that may be anything: normal:STDDEV "
                  "(default, with the initializer_range of config.json or "
                  "0.02), uniform:BOUND or zero"),
         cl::value_desc("fill"), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<uint64_t> seed("seed", cl::desc("Seed of random weights (0)"),
                              cl::init(0), cl::value_desc("S"),
                              cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<MLPZeroSide> mlpZero(
    "mlp-zero", cl::desc("What makes new units of MLPs silent"),
    cl::values(clEnumValN(MLPZeroSide::Down, "down",
                          "their output weights are zero (default)"),
               clEnumValN(MLPZeroSide::Up, "up", "their input weights are"),
               clEnumValN(MLPZeroSide::Gate, "gate", "the gate's weights are"),
               clEnumValN(MLPZeroSide::Pair, "pair",
                          "none is, but two units cancel each other")),
    cl::init(MLPZeroSide::Down), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<KeyZeroSide> keyZero(
    "key-zero", cl::desc("What makes new channels of keys silent"),
    cl::values(clEnumValN(KeyZeroSide::Key, "key",
                          "weights of keys are zero (default)"),
               clEnumValN(KeyZeroSide::Query, "query",
                          "weights of queries are"),
               clEnumValN(KeyZeroSide::Both, "both",
                          "both are, for normalised keys; no gradient reaches "
                          "them: needs --allow-dead")),
    cl::init(KeyZeroSide::Key), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<ValueZeroSide>
    valueZero("value-zero",
              cl::desc("What makes new channels of values and heads silent"),
              cl::values(clEnumValN(ValueZeroSide::Output, "output",
                                    "output weights are zero (default)"),
                         clEnumValN(ValueZeroSide::Value, "value",
                                    "weights of values are")),
              cl::init(ValueZeroSide::Output), cl::sub(applyCommand),
              cl::cat(growCategory));
static cl::opt<bool>
    allowDead("allow-dead",
              cl::desc("Allow new weights that could never receive a gradient"),
              cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<std::string> scheduleFile(
    "schedule", cl::desc("File with a grow.schedule, instead of the above"),
    cl::value_desc("file"), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<bool>
    dryRun("dry-run",
           cl::desc("Write nothing; print what each tensor would be made of, "
                    "and what the model would cost"),
           cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<int64_t> contextLength(
    "context",
    cl::desc("Tokens that a token attends to, for the cost that --dry-run "
             "prints (default: the learned positions, or 2048)"),
    cl::value_desc("N"), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<DType>
    dtype("dtype",
          cl::desc("Type to store in (default: the source's); rounds once, to "
                   "nearest even"),
          getFloatTypes(), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<std::string>
    maxShardSize("max-shard-size",
                 cl::desc("Split into shards of at most this size, such as "
                          "500MB (default: the source's shards)"),
                 cl::value_desc("bytes"), cl::sub(applyCommand),
                 cl::cat(growCategory));

/// The flags that say how to grow.
static ArrayRef<const cl::Option *> getGrowthFlags() {
  static const cl::Option *const flags[] = {
      &mlp,     &hidden,     &heads,     &kvHeads,        &headDim, &key,
      &value,   &vocabulary, &positions, &unshareKVHeads, &layers,  &layersFrom,
      &mlpZero, &keyZero,    &valueZero, &allowDead,      &init,    &seed};
  return flags;
}

/// The sizes that the flags ask for.
static SizeRequest getRequestedSizes() {
  SizeRequest request;
  request.mlp = mlp.get();
  request.hidden = hidden.get();
  request.heads = heads.get();
  request.kvHeads = kvHeads.get();
  request.headDim = headDim.get();
  request.key = key.get();
  request.value = value.get();
  request.vocabulary = vocabulary.get();
  request.positions = positions.get();
  request.unshareKVHeads = unshareKVHeads.get();
  return request;
}

/// What is wrong with the combination of options, if anything.
static std::optional<std::string> findMisuse() {
  if (output.empty() && !dryRun)
    return "expected -o and a directory to write, or --dry-run";
  if (dryRun && wantsDevice())
    return "--dry-run computes no tensor: leave out --target";
  if (contextLength.getNumOccurrences() && (!dryRun || contextLength < 1))
    return "--context is a number of tokens, for --dry-run";
  if (!scheduleFile.empty())
    for (const cl::Option *flag : getGrowthFlags())
      if (flag->getNumOccurrences())
        return formatv("--{0} and --schedule exclude each other: write into "
                       "the schedule what it says",
                       flag->ArgStr);
  SizeRequest sizes = getRequestedSizes();
  if (scheduleFile.empty() && sizes.isEmpty() && layers.empty())
    return "nothing to do: expected a size such as --mlp, or --layers or "
           "--schedule";
  if (std::optional<StringRef> name = sizes.findNotPositive())
    return formatv("--{0} must be at least 1", *name);
  if (headDim.getNumOccurrences() && key.getNumOccurrences() &&
      value.getNumOccurrences())
    return "--head-dim stands for what --key and --value say: leave it out";
  if (layersFrom.getNumOccurrences() && layers.empty())
    return "--layers-from needs --layers";
  if (!maxShardSize.empty() && !parseBytes(maxShardSize))
    return formatv("--max-shard-size: '{0}' is not a number of bytes such as "
                   "500MB or 5GB",
                   maxShardSize);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

/// What is wrong with the value of an option.
static Error describe(const cl::Option &option, Error error) {
  return createStringError(
      formatv("--{0}: {1}", option.ArgStr, toString(std::move(error))));
}

/// What the growth flags ask for; without --init the fill is left open.
static Expected<SizeRequest> parseFlags(mlir::MLIRContext *context) {
  SizeRequest request = getRequestedSizes();
  if (!layers.empty()) {
    Expected<LayerRequest> layerRequest = LayerRequest::parse(layers);
    if (!layerRequest)
      return describe(layers, layerRequest.takeError());
    request.layers = *layerRequest;
  }
  request.layersFrom = layersFrom;
  request.mlpZero = mlpZero;
  request.keyZero = keyZero;
  request.valueZero = valueZero;
  request.allowDead = allowDead;
  if (!init.empty()) {
    Expected<FillAttrInterface> fill = parseFill(init, seed, context);
    if (!fill)
      return describe(init, fill.takeError());
    request.init = *fill;
  }
  return request;
}

/// The schedule that the flags stand for; null after an error.
static mlir::OwningOpRef<mlir::ModuleOp>
buildSchedule(const LoadedModel &source, SizeRequest request) {
  mlir::ModuleOp module = source.module.get();
  mlir::MLIRContext *context = module.getContext();
  mlir::FailureOr<Model> model = Model::get(module);
  if (failed(model) || failed(completeRequest(request, *source.dir, seed,
                                              context, getImportOptions())))
    return {};
  auto built =
      buildSizeSchedule(request, *model, mlir::UnknownLoc::get(context));
  return succeeded(built) ? *std::move(built)
                          : mlir::OwningOpRef<mlir::ModuleOp>();
}

/// The module with the schedules to apply; null after an error.
static mlir::OwningOpRef<mlir::ModuleOp>
getSchedules(Host &host, const LoadedModel &source,
             const SizeRequest &request) {
  if (scheduleFile.empty())
    return buildSchedule(source, request);
  auto schedules = host.parse(scheduleFile);
  if (!schedules)
    return schedules;
  for (mlir::Operation &op : *schedules->getBody())
    if (!mlir::isa<ScheduleOp>(op)) {
      op.emitError() << "expected nothing but 'grow.schedule' ops in the file "
                        "of a schedule, found '"
                     << op.getName() << "'";
      return {};
    }
  if (!schedules->getOps<ScheduleOp>().empty())
    return schedules;
  fail(formatv("{0}: expected a grow.schedule, found none", scheduleFile));
  return {};
}

//===----------------------------------------------------------------------===//
// The grown checkpoint
//===----------------------------------------------------------------------===//

static StringRef getTorchName(DType type) {
  switch (type) {
  case DType::F64:
    return "float64";
  case DType::F32:
    return "float32";
  case DType::F16:
    return "float16";
  case DType::BF16:
    return "bfloat16";
  default:
    llvm_unreachable("not a type that weights can be stored in");
  }
}

/// Names the type of the weights as the framework's old and new versions do.
static Expected<std::string> setConfigType(std::string config) {
  bool isNamed = false;
  for (StringRef key : {"torch_dtype", "dtype"}) {
    if (!StringRef(config).contains(("\"" + key + "\"").str()))
      continue;
    auto edited = setTopLevel(config, key, getTorchName(dtype));
    if (!edited)
      return edited.takeError();
    config = std::move(*edited);
    isNamed = true;
  }
  if (isNamed)
    return config;
  return setTopLevel(config, "torch_dtype", getTorchName(dtype));
}

/// Makes every parameter be stored in the requested type.
static void setStoredType(mlir::ModuleOp module) {
  mlir::Type type = getElementType(module.getContext(), dtype);
  for (auto param : module.getOps<ParamOp>()) {
    StorageAttr old = param.getStorageAttr();
    bool isOwn = param.getTensorType().getElementType() == type;
    param.setStorageAttr(StorageAttr::get(
        module.getContext(), old.getName(), old.getAxes(), old.getGroups(),
        old.getPart(), old.getParts(), old.getDim(), old.getInside(),
        isOwn ? mlir::Type() : type));
  }
}

static uint64_t getTotalBytes(const DerivationPlan &plan) {
  uint64_t total = 0;
  for (const TensorPlan &tensor : plan.tensors)
    total += getByteSize(tensor.type);
  return total;
}

/// Set by the first interrupt; a second one ends the process.
static std::atomic<bool> interrupted{false};

static Error write(const LoadedModel &source, DerivationPlan &plan,
                   StringRef config, StringRef schedule, mlir::ModuleOp grown,
                   const Certificate &proof) {
  GrownCheckpointOptions options;
  if (!maxShardSize.empty())
    options.maxShardSize = parseBytes(maxShardSize);
  if (Error error =
          addProvenance(options, *source.dir, grown, proof, GROW_VERSION))
    return error;
  options.metadata["grow.schedule"] = schedule.trim().str();
  Progress progress("writing " + output, getTotalBytes(plan));
  options.derivations = getDerivationOptions();
  options.derivations.onProgress = [&](uint64_t bytes) {
    progress.advance(bytes);
  };
  options.derivations.interrupted = &interrupted;
  sys::SetInterruptFunction([] { interrupted = true; });
  return writeGrownCheckpoint(*source.dir, plan, config, output, options);
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

/// What is known of a growth before it is written.
struct Checked {
  Certificate proof;
  /// Blocks that receive a gradient at the first step, and only later.
  int64_t live = 0, asleep = 0;

  json::Object toJSON() const {
    return json::Object{{"proof", proof.toJSON()},
                        {"live_blocks", live},
                        {"sleeping_blocks", asleep}};
  }
};

/// Whether the schedule says that new weights may be dead.
static bool allowsDead(mlir::ModuleOp schedules) {
  return allowDead || schedules
                          .walk([](mlir::Operation *op) {
                            return op->hasAttr("allow_dead")
                                       ? mlir::WalkResult::interrupt()
                                       : mlir::WalkResult::advance();
                          })
                          .wasInterrupted();
}

/// Counts the new blocks that can learn. Prints an error and fails if one never
/// can, unless that is wanted.
static mlir::LogicalResult checkLearning(mlir::ModuleOp grown, bool deadAllowed,
                                         Checked &checked) {
  auto blocks = findLiveness(grown);
  if (failed(blocks))
    return failure();
  std::vector<std::string> dead;
  for (const NewBlock &block : *blocks) {
    checked.live += block.liveness == Liveness::FirstStep;
    checked.asleep += block.liveness == Liveness::Later;
    if (block.liveness == Liveness::Never)
      dead.push_back(block.describe());
  }
  if (dead.empty() || deadAllowed)
    return success();
  fail(formatv("{0} of {1} new blocks could never receive a gradient, such as "
               "{2}: where they meet other weights both are zero; give one of "
               "them another init, grow in another order, or allow it with "
               "--allow-dead",
               dead.size(), blocks->size(), dead.front()));
  return failure();
}

/// Proves that the grown model computes what the source does, and that its new
/// weights can learn.
static mlir::FailureOr<Checked> check(mlir::ModuleOp source,
                                      mlir::ModuleOp grown, bool deadAllowed) {
  auto proof = proveGrowth(source, grown);
  if (failed(proof)) {
    fail("nothing is written, since it is not proven that the grown model "
         "computes what the source does; an expansion of a plugin needs a "
         "lemma, see docs/Extending.md; with others this should not happen: "
         "please report it with the model's config.json");
    return failure();
  }
  Checked checked;
  checked.proof = std::move(*proof);
  if (failed(checkLearning(grown, deadAllowed, checked)))
    return failure();
  return checked;
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static std::string getVerifyCommand() {
  std::string command;
  raw_string_ostream os(command);
  std::vector<std::string> arguments = {"verify", path, output};
  append_range(arguments, getModelOptions());
  os << "grow";
  for (StringRef argument : arguments)
    sys::printArg(os << ' ', argument, /*Quote=*/false);
  return command;
}

static ExitCode report(Host &host, const LoadedModel &source,
                       const Checked &checked) {
  if (isQuiet() && !isJSON())
    return ExitCode::Success;
  Expected<CheckpointDir> grown = CheckpointDir::open(output);
  if (!grown)
    return fail(grown.takeError());
  auto before =
      summarizeCheckpoint(*source.dir, &host.getContext(), getImportOptions());
  auto after =
      summarizeCheckpoint(*grown, &host.getContext(), getImportOptions());
  if (failed(before) || failed(after))
    return ExitCode::Failure;
  if (isJSON()) {
    json::Object object = checked.toJSON();
    object["output"] = output.getValue();
    object["before"] = toJSON(*before);
    object["after"] = toJSON(*after);
    object["verify"] = getVerifyCommand();
    printJSON(std::move(object));
    return ExitCode::Success;
  }
  printChanges(*before, *after);
  outs() << "\nProven: " << checked.proof.getStatement() << ".\n";
  outs() << formatv("Of the new blocks {0} learn from the first step, {1} once "
                    "others have moved.\n",
                    checked.live, checked.asleep);
  outs() << "Written to " << output << ". To compare both models:\n  "
         << getVerifyCommand() << '\n';
  return ExitCode::Success;
}

static ExitCode printPlan(const LoadedModel &source, mlir::ModuleOp grown) {
  std::optional<int64_t> context;
  if (contextLength.getNumOccurrences())
    context = contextLength;
  auto plan = GrowthPlan::get(source.module.get(), grown, context);
  if (failed(plan))
    return ExitCode::Failure;
  if (isJSON())
    printJSON(plan->toJSON());
  else
    plan->print(outs());
  return ExitCode::Success;
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

static ExitCode apply() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  if (Error error = openDevice())
    return fail(std::move(error));
  Host host;
  Expected<SizeRequest> request = parseFlags(&host.getContext());
  if (!request)
    return failUsage(request.takeError());
  auto source = LoadedModel::load(host, path);
  if (failed(source))
    return ExitCode::Failure;
  mlir::OwningOpRef<mlir::ModuleOp> schedules =
      getSchedules(host, *source, *request);
  if (!schedules)
    return ExitCode::Failure;
  std::string scheduleText = formatv("{0}", **schedules);
  mlir::OwningOpRef<mlir::ModuleOp> grown = source->module->clone();
  if (failed(applySchedules(llvm::to_vector(schedules->getOps<ScheduleOp>()),
                            *grown)))
    return ExitCode::Failure;
  auto config =
      exportConfig(*source->dir, *source->module, *grown, getImportOptions());
  if (failed(config))
    return ExitCode::Failure;
  if (dtype.getNumOccurrences()) {
    auto edited = setConfigType(*std::move(config));
    if (!edited)
      return fail(edited.takeError());
    config = std::move(*edited);
    setStoredType(*grown);
  }
  auto plan = planDerivations(*source->module, *grown);
  if (failed(plan))
    return ExitCode::Failure;
  auto checked = check(*source->module, *grown, allowsDead(*schedules));
  if (failed(checked))
    return ExitCode::Failure;
  if (dryRun)
    return printPlan(*source, *grown);
  if (Error error =
          write(*source, *plan, *config, scheduleText, *grown, checked->proof))
    return fail(std::move(error));
  return report(host, *source, *checked);
}
