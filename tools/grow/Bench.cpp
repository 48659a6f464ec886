//===- Bench.cpp - grow bench: how fast a model runs ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "grow/Execution/ModelWork.h"
#include "grow/Execution/PeakRate.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include <thread>

using namespace llvm;
using namespace grow;

static ExitCode bench();

Command benchCommand("bench", "Measure how fast a model runs",
                     R"(EXAMPLES:

  grow bench gpt2
      Runs the model on one sequence of 128 random tokens.
  grow bench llama --batch 8 --seq 128 --dtype bf16 --repeat 10
  grow bench model.mlir --json
      IR has no weights: they are drawn at random.

  Each run computes the logits of all tokens; the first one is not counted. The
  rate is that of the median run, followed by those of the slowest and the
  fastest.

  Floating-point operations are counted in the IR: 2 m n k for each product of
  matrices m x k and k x n, attention included, of which a causal mask or a window
  leaves only the pairs of tokens that see each other. Norms, softmax, activations
  and sums are not counted. The peak is measured in this process: a loop that
  multiplies and adds in registers, in the type of sums (f64, else f32), on as
  many threads.

  The table is of further runs, of code in which each op is compiled on its own,
  so that it can be timed: what fusion across ops saves is not in it. With --target
  the peak and the table are left out. Parameters are on the device before the first
  run; each run copies its input there and the logits back.
)",
                     bench);

static cl::opt<std::string>
    path(cl::Positional, cl::Required,
         cl::desc("<checkpoint directory or file.mlir>"), cl::sub(benchCommand),
         cl::cat(growCategory));
static cl::opt<int64_t> batch("batch", cl::desc("Sequences or images (1)"),
                              cl::init(1), cl::sub(benchCommand),
                              cl::cat(growCategory));
static cl::opt<int64_t> sequence("seq", cl::desc("Tokens in a sequence (128)"),
                                 cl::init(128), cl::sub(benchCommand),
                                 cl::cat(growCategory));
static cl::opt<int64_t> repeat("repeat", cl::desc("Runs that count (5)"),
                               cl::init(5), cl::sub(benchCommand),
                               cl::cat(growCategory));
static cl::opt<uint64_t> seed("seed", cl::desc("Seed of what is random (0)"),
                              cl::init(0), cl::sub(benchCommand),
                              cl::cat(growCategory));

static cl::opt<bool> ops("ops",
                         cl::desc("Also measure each op (default; --ops=false "
                                  "leaves the table out)"),
                         cl::init(true), cl::sub(benchCommand),
                         cl::cat(growCategory));

static InputSize getSize() {
  return {batch, sequence, batch.getNumOccurrences() > 0,
          sequence.getNumOccurrences() > 0};
}

static std::optional<std::string> findMisuse() {
  if (isIR(path) && getComputeType())
    return "--dtype is for checkpoints: IR says itself what it computes in";
  constexpr int64_t kMostRuns = 1 << 20;
  if (repeat < 1 || repeat > kMostRuns)
    return formatv("--repeat must be at least 1 and at most {0}", kMostRuns)
        .str();
  if (wantsDevice() && ops.getNumOccurrences() && ops)
    return "--ops measures ops on the CPU: leave one of them out";
  return findMisuse(getSize());
}

//===----------------------------------------------------------------------===//
// Measuring
//===----------------------------------------------------------------------===//

namespace {
/// Median and extremes of what runs took.
struct Spread {
  double median, least, most;

  explicit Spread(std::vector<double> values) {
    llvm::sort(values);
    size_t middle = values.size() / 2;
    median = values.size() % 2 ? values[middle]
                               : (values[middle - 1] + values[middle]) / 2;
    least = values.front();
    most = values.back();
  }
};

/// The time of ops of one kind in layers that share their code.
struct OpGroup {
  std::string op;
  std::vector<int64_t> layers;
  double calls, seconds, operations;

  /// Floating-point operations per second.
  double getRate() const { return seconds > 0 ? operations / seconds : 0; }
};

/// All that is reported.
struct Measurement {
  std::string type;
  /// The device's name; empty: the CPU.
  std::string device;
  int64_t batch, sequence;
  unsigned threads;
  ModelWork work;
  /// Of the CPU's multiplications and additions.
  std::optional<double> peak;
  std::vector<double> runs;
  double loadSeconds, compileSeconds, bindSeconds;
  uint64_t peakMemory;
  std::vector<OpGroup> ops;
};
} // namespace

/// The threads that compiled code runs on, as OpenMP decides it.
static unsigned getThreads() {
  unsigned threads = getCompileOptions().threads;
  if (threads > 0)
    return threads;
  StringRef asked = std::getenv("OMP_NUM_THREADS") ?: "";
  if (!asked.split(',').first.getAsInteger(10, threads) && threads > 0)
    return threads;
  return std::max(1u, std::thread::hardware_concurrency());
}

/// The most memory that this process has had resident, mapped files included.
/// The operating system's accounting of children is of no use: it starts from
/// what the parent had.
static uint64_t getPeakMemory() {
  auto status = MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!status)
    return 0;
  for (line_iterator line(**status); !line.is_at_end(); ++line) {
    StringRef text = *line;
    uint64_t kilobytes;
    if (text.consume_front("VmHWM:") &&
        !(text = text.trim()).consumeInteger(10, kilobytes))
      return kilobytes * 1024;
  }
  return 0;
}

/// The seconds of runs, the first of which, not counted, warms up.
static Expected<std::vector<double>> timeRuns(const CompiledModel &model,
                                              const RunInput &input) {
  std::vector<double> runs;
  for (int64_t i = 0; i <= repeat; ++i) {
    Stopwatch watch;
    Expected<HostTensor> logits = input.run(model);
    double seconds = watch.lap();
    if (!logits)
      return logits.takeError();
    if (i > 0)
      runs.push_back(seconds);
  }
  return runs;
}

/// Adds up what ops of one kind in the same layers took, in one run.
static std::vector<OpGroup> groupTimes(ArrayRef<OpTime> times) {
  std::vector<OpGroup> groups;
  for (const OpTime &time : times) {
    auto group = llvm::find_if(groups, [&](const OpGroup &group) {
      return group.op == time.op && group.layers == time.layers;
    });
    if (group == groups.end())
      group =
          groups.insert(groups.end(), OpGroup{time.op, time.layers, 0, 0, 0});
    group->calls += static_cast<double>(time.calls) / repeat;
    group->seconds += time.seconds / repeat;
    group->operations += time.operations;
  }
  return groups;
}

/// Times each op of the model, in code of its own.
static mlir::FailureOr<std::vector<OpGroup>>
timeOps(LoadedModel &model, TensorSource &parameters, const RunInput &input) {
  CompileOptions options = getCompileOptions();
  options.timeOps = true;
  auto runnable = RunnableModel::compile(model, parameters, options);
  if (failed(runnable))
    return failure();
  OpTimer &timer = *runnable->compiled.getTimer();
  for (int64_t i = 0; i <= repeat; ++i) {
    if (i == 1)
      timer.reset();
    Expected<HostTensor> logits = input.run(runnable->compiled);
    if (logits)
      continue;
    fail(logits.takeError());
    return failure();
  }
  return groupTimes(timer.getTimes(input.getBatch(), input.tokens.sequence));
}

/// Compiles and runs the model; what that takes is put into `result`.
static mlir::LogicalResult measureRuns(LoadedModel &model,
                                       TensorSource &parameters,
                                       const RunInput &input,
                                       Measurement &result) {
  auto runnable = RunnableModel::compile(model, parameters);
  if (failed(runnable))
    return failure();
  result.compileSeconds = runnable->compileSeconds;
  result.bindSeconds = runnable->bindSeconds;
  auto runs = timeRuns(runnable->compiled, input);
  if (!runs) {
    fail(runs.takeError());
    return failure();
  }
  result.runs = std::move(*runs);
  result.peakMemory = getPeakMemory();
  return success();
}

static mlir::FailureOr<Measurement> measure(Host &host) {
  Stopwatch watch;
  Measurement result;
  auto model =
      LoadedModel::loadForRun(host, path, host.getType(getComputeType()));
  if (failed(model))
    return failure();
  RunInput input = RunInput::draw(model->limits, getSize(), seed);
  Error misfit = model->limits.images && sequence.getNumOccurrences()
                     ? createStringError("--seq is for models of tokens: this "
                                         "one reads images")
                     : input.check(model->limits);
  if (misfit) {
    fail(std::move(misfit));
    return failure();
  }
  auto parameters = model->getParameters(seed);
  if (failed(parameters))
    return failure();
  result.loadSeconds = watch.lap();

  result.type = formatv("{0}", model->getLogitsType());
  result.batch = input.getBatch();
  result.sequence = input.tokens.sequence;
  result.threads = getThreads();
  if (std::shared_ptr<Device> device = getDevice())
    result.device = device->getInfo().name;
  result.work = countWork(*model->module, result.batch, result.sequence);
  if (failed(measureRuns(*model, **parameters, input, result)))
    return failure();
  if (!result.device.empty())
    return result;
  if (ops) {
    auto times = timeOps(*model, **parameters, input);
    if (failed(times))
      return failure();
    result.ops = std::move(*times);
  }
  auto peak = measurePeakRate(getAccumulatorType(model->getLogitsType()),
                              result.threads);
  if (failed(peak))
    return failure();
  result.peak = *peak;
  return result;
}

//===----------------------------------------------------------------------===//
// Report
//===----------------------------------------------------------------------===//

static json::Object toJSON(const OpGroup &group) {
  return json::Object{{"op", group.op},
                      {"layers", json::Array(group.layers)},
                      {"calls", group.calls},
                      {"seconds", group.seconds},
                      {"gflops", group.getRate() * 1e-9}};
}

static void reportJSON(const Measurement &result) {
  Spread seconds(result.runs);
  double rate = result.work.operations / seconds.median;
  json::Array groups;
  for (const OpGroup &group : result.ops)
    groups.push_back(toJSON(group));
  json::Object object{
      {"model", path.getValue()},
      {"dtype", result.type},
      {"batch", result.batch},
      {"tokens", result.work.tokens},
      {"repeat", repeat.getValue()},
      {"seed", seed.getValue()},
      {"tokens_per_second", result.work.tokens / seconds.median},
      {"seconds", seconds.median},
      {"seconds_min", seconds.least},
      {"seconds_max", seconds.most},
      {"runs", json::Array(result.runs)},
      {"operations", result.work.operations},
      {"gflops", rate * 1e-9},
      {"load_seconds", result.loadSeconds},
      {"jit_seconds", result.compileSeconds},
      {"bind_seconds", result.bindSeconds},
      {"peak_rss_bytes", result.peakMemory},
      {"ops", std::move(groups)}};
  if (result.sequence)
    object["sequence"] = result.sequence;
  if (result.device.empty())
    object["threads"] = result.threads;
  else
    object["device"] = result.device;
  if (wantsTF32())
    object["tf32"] = true;
  if (result.peak) {
    object["peak_gflops"] = *result.peak * 1e-9;
    object["peak_share"] = rate / *result.peak;
  }
  printJSON(std::move(object));
}

/// Such as `layers 0-11`, or nothing outside of layers.
static std::string formatLayers(ArrayRef<int64_t> layers) {
  std::string text;
  for (size_t begin = 0, end; begin < layers.size(); begin = end) {
    end = begin + 1;
    while (end < layers.size() && layers[end] == layers[end - 1] + 1)
      ++end;
    text += formatv("{0}{1}", text.empty() ? "" : ",", layers[begin]).str();
    if (end - begin > 1)
      text += formatv("-{0}", layers[end - 1]).str();
  }
  return text;
}

static void printOps(const Measurement &result) {
  double total = 0;
  for (const OpGroup &group : result.ops)
    total += group.seconds;
  outs() << formatv("\n{0,-20}{1,-14}{2,8}{3,12}{4,10}{5,10}\n", "op", "layers",
                    "calls", "seconds", "share", "GFLOP/s");
  for (const OpGroup &group : result.ops) {
    std::string rate = group.operations > 0
                           ? formatv("{0:f1}", group.getRate() * 1e-9).str()
                           : "";
    outs() << formatv("{0,-20}{1,-14}{2,8:f0}{3,12:f6}{4,10:P1}{5,10}\n",
                      group.op, formatLayers(group.layers), group.calls,
                      group.seconds, group.seconds / total, rate);
  }
  outs() << formatv("{0,-20}{1,-14}{2,8}{3,12:f6}\n", "all", "", "", total);
}

static void printRow(StringRef name, const Twine &value) {
  outs() << formatv("  {0,-20}{1}\n", name, value.str());
}

static void report(const Measurement &result) {
  Spread seconds(result.runs);
  double rate = result.work.operations / seconds.median;
  double tokens = result.work.tokens;
  std::string size =
      result.sequence
          ? formatv("{0} x {1} tokens", result.batch, result.sequence).str()
          : formatv("{0} images of {1} tokens", result.batch,
                    result.work.tokens / result.batch)
                .str();
  std::string place =
      result.device.empty()
          ? formatv("threads: {0}", result.threads).str()
          : "on " + result.device + (wantsTF32() ? " in TF32" : "");
  outs() << formatv("{0}: {1} in {2}, {3}, runs: {4}\n", path, size,
                    result.type, place, repeat);
  printRow("tokens per second",
           formatv("{0:f1} ({1:f1} to {2:f1})", tokens / seconds.median,
                   tokens / seconds.most, tokens / seconds.least)
               .str());
  printRow("seconds", formatv("{0:f4} ({1:f4} to {2:f4})", seconds.median,
                              seconds.least, seconds.most)
                          .str());
  std::string share;
  if (result.peak)
    share = formatv(", {0:P1} of the peak of {1:f1}", rate / *result.peak,
                    *result.peak * 1e-9)
                .str();
  printRow("GFLOP/s", formatv("{0:f1}{1}", rate * 1e-9, share).str());
  printRow("load", formatv("{0:f3} s", result.loadSeconds).str());
  printRow("compile", formatv("{0:f3} s", result.compileSeconds).str());
  printRow("bind parameters", formatv("{0:f3} s", result.bindSeconds).str());
  printRow("peak memory", formatBytes(result.peakMemory));
  if (ops && result.device.empty())
    printOps(result);
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

static ExitCode bench() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  if (Error error = openDevice())
    return fail(std::move(error));
  Host host;
  auto result = measure(host);
  if (failed(result))
    return ExitCode::Failure;
  if (isJSON())
    reportJSON(*result);
  else if (!isQuiet())
    report(*result);
  return ExitCode::Success;
}
