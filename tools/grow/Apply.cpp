//===- Apply.cpp - grow apply: a larger checkpoint ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"
#include "Report.h"
#include "Schedules.h"
#include "grow/Checkpoint/Export.h"
#include "grow/Checkpoint/JSONEdit.h"
#include "grow/Execution/GrownCheckpoint.h"
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
  grow apply gpt2 -o deeper --layers +4
      Adds four layers, spread evenly: the i-th of n new layers comes before
      layer ceil(i * L / n) of the L old ones. +2 on 4 layers goes to 2 and 4.
  grow apply gpt2 -o deeper --layers +2@0,6 --layers-from previous
      Adds layers before layers 0 and 6 of the source, as copies of the ones
      before them, silenced.
  grow apply gpt2 -o large --mlp 6144 --layers +4 --init normal:0.01 --seed 7
  grow apply gpt2 -o large --schedule growth.mlir
      Applies a grow.schedule: whatever the flags cannot say.

  The grown model computes what the source computes. Nothing appears under the
  name of -o before it is complete.
)",
                     apply);

//===----------------------------------------------------------------------===//
// Options
//===----------------------------------------------------------------------===//

static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("<checkpoint directory>"),
                                 cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<std::string> output("o", cl::Required,
                                   cl::desc("Directory to write"),
                                   cl::value_desc("directory"),
                                   cl::sub(applyCommand),
                                   cl::cat(growCategory));
static cl::opt<int64_t> mlp("mlp", cl::desc("Units of each MLP"),
                            cl::value_desc("N"), cl::sub(applyCommand),
                            cl::cat(growCategory));
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
static cl::opt<std::string> scheduleFile(
    "schedule", cl::desc("File with a grow.schedule, instead of the above"),
    cl::value_desc("file"), cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<DType>
    dtype("dtype",
          cl::desc("Type to store in (default: the source's); rounds once, to "
                   "nearest even"),
          cl::values(clEnumValN(DType::F64, "f64", "double precision"),
                     clEnumValN(DType::F32, "f32", "single precision"),
                     clEnumValN(DType::F16, "f16", "half precision"),
                     clEnumValN(DType::BF16, "bf16", "bfloat16")),
          cl::sub(applyCommand), cl::cat(growCategory));
static cl::opt<std::string>
    maxShardSize("max-shard-size",
                 cl::desc("Split into shards of at most this size, such as "
                          "500MB (default: the source's shards)"),
                 cl::value_desc("bytes"), cl::sub(applyCommand),
                 cl::cat(growCategory));
static cl::list<std::string> ignoredKeys(
    "ignore-config-key",
    cl::desc("Key of config.json that may stand there although grow does not "
             "know what it means"),
    cl::value_desc("key"), cl::sub(applyCommand), cl::cat(growCategory));

/// What is wrong with the combination of options, if anything.
static std::optional<std::string> findMisuse() {
  const cl::Option *flags[] = {&mlp, &layers, &layersFrom, &init, &seed};
  if (!scheduleFile.empty())
    for (const cl::Option *flag : flags)
      if (flag->getNumOccurrences())
        return formatv("--{0} and --schedule exclude each other: write into "
                       "the schedule what it says",
                       flag->ArgStr);
  if (scheduleFile.empty() && !mlp.getNumOccurrences() && layers.empty())
    return "nothing to do: expected --mlp, --layers or --schedule";
  if (layersFrom.getNumOccurrences() && layers.empty())
    return "--layers-from needs --layers";
  if (mlp.getNumOccurrences() && mlp < 1)
    return "--mlp must be at least 1";
  if (!maxShardSize.empty() && !parseBytes(maxShardSize))
    return formatv("--max-shard-size: '{0}' is not a number of bytes such as "
                   "500MB or 5GB",
                   maxShardSize);
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// The schedule
//===----------------------------------------------------------------------===//

/// How the framework initialises weights of this model.
static double getDefaultStddev(const CheckpointDir &dir) {
  // A configuration with NaN in it is not JSON, but frameworks accept it.
  Expected<json::Value> config = json::parse(dir.getConfigText());
  if (!config) {
    consumeError(config.takeError());
    return 0.02;
  }
  const json::Object *object = config->getAsObject();
  auto range = object ? object->getNumber("initializer_range") : std::nullopt;
  return range && *range > 0 ? *range : 0.02;
}

/// What the growth flags ask for; without --init the fill is left open.
static Expected<GrowthRequest> parseFlags(mlir::MLIRContext *context) {
  GrowthRequest request;
  if (mlp.getNumOccurrences())
    request.mlpWidth = mlp;
  if (!layers.empty()) {
    Expected<LayerRequest> layerRequest = LayerRequest::parse(layers);
    if (!layerRequest)
      return layerRequest.takeError();
    request.layers = *layerRequest;
  }
  request.layerOrigin = layersFrom;
  if (!init.empty()) {
    Expected<FillAttrInterface> fill = parseFill(init, seed, context);
    if (!fill)
      return fill.takeError();
    request.init = *fill;
  }
  return request;
}

static int64_t countLayers(mlir::ModuleOp module) {
  int64_t count = 0;
  module.walk([&](LayerOp) { ++count; });
  return count;
}

/// The module with the schedules to apply; null after an error.
static mlir::OwningOpRef<mlir::ModuleOp>
getSchedules(Host &host, const LoadedModel &source, GrowthRequest request) {
  mlir::MLIRContext *context = &host.getContext();
  if (scheduleFile.empty()) {
    if (!request.init)
      request.init = NormalAttr::get(
          context, *Exact::fromDouble(getDefaultStddev(*source.dir)), seed,
          /*key=*/{});
    return buildSchedule(request, countLayers(*source.module), context);
  }
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

/// Says in the checkpoint itself how it came about.
static Expected<std::map<std::string, std::string>>
getProvenance(const CheckpointDir &source, StringRef schedule) {
  auto hashes = hashHeaders(source);
  if (!hashes)
    return hashes.takeError();
  return std::map<std::string, std::string>{
      {"grow.version", GROW_VERSION},
      {"grow.schedule", schedule.trim().str()},
      {"grow.source", *hashes}};
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
                   StringRef config, StringRef schedule) {
  GrownCheckpointOptions options;
  if (!maxShardSize.empty())
    options.maxShardSize = parseBytes(maxShardSize);
  auto provenance = getProvenance(*source.dir, schedule);
  if (!provenance)
    return provenance.takeError();
  options.metadata = std::move(*provenance);
  Progress progress("writing " + output, getTotalBytes(plan));
  options.derivations.onProgress = [&](uint64_t bytes) {
    progress.advance(bytes);
  };
  options.derivations.interrupted = &interrupted;
  sys::SetInterruptFunction([] { interrupted = true; });
  return writeGrownCheckpoint(*source.dir, plan, config, output, options);
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static std::string getVerifyCommand() {
  std::string command;
  raw_string_ostream os(command);
  os << "grow verify";
  for (StringRef argument : {StringRef(path), StringRef(output)})
    sys::printArg(os << ' ', argument, /*Quote=*/false);
  return command;
}

static ExitCode report(Host &host, const LoadedModel &source,
                       const ImportOptions &importOptions) {
  if (isQuiet() && !isJSON())
    return ExitCode::Success;
  Expected<CheckpointDir> grown = CheckpointDir::open(output);
  if (!grown)
    return fail(grown.takeError());
  auto before =
      summarizeCheckpoint(*source.dir, &host.getContext(), importOptions);
  auto after = summarizeCheckpoint(*grown, &host.getContext(), importOptions);
  if (failed(before) || failed(after))
    return ExitCode::Failure;
  if (isJSON()) {
    printJSON(json::Object{{"output", output.getValue()},
                           {"before", toJSON(*before)},
                           {"after", toJSON(*after)},
                           {"verify", getVerifyCommand()}});
    return ExitCode::Success;
  }
  printChanges(*before, *after);
  outs() << "\nWritten to " << output << ". To compare both models:\n  "
         << getVerifyCommand() << '\n';
  return ExitCode::Success;
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

static ExitCode apply() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  Host host;
  Expected<GrowthRequest> request = parseFlags(&host.getContext());
  if (!request)
    return failUsage(request.takeError());
  ImportOptions importOptions;
  importOptions.ignoredConfigKeys = ignoredKeys;
  auto source = LoadedModel::load(host, path, importOptions);
  if (failed(source))
    return ExitCode::Failure;
  mlir::OwningOpRef<mlir::ModuleOp> schedules =
      getSchedules(host, *source, *request);
  if (!schedules)
    return ExitCode::Failure;
  std::string scheduleText = formatv("{0}", **schedules);
  mlir::OwningOpRef<mlir::ModuleOp> grown = source->module->clone();
  if (failed(applyAll(*schedules, *grown)))
    return ExitCode::Failure;
  auto config =
      exportConfig(*source->dir, *source->module, *grown, importOptions);
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
  if (Error error = write(*source, *plan, *config, scheduleText))
    return fail(std::move(error));
  return report(host, *source, importOptions);
}
