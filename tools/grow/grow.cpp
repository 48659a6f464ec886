//===- grow.cpp - The command for people who train models -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "Plugins.h"
#include "grow/Execution/CodeCache.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/WithColor.h"

using namespace llvm;

static constexpr StringLiteral overview =
    "grow: make a transformer larger without changing what it computes\n";

static constexpr StringLiteral topLevelExamples = R"(EXAMPLES:

  grow inspect DIR                              what a checkpoint holds
  grow apply DIR -o OUT --mlp 6144 --layers +2  the same model, larger
  grow verify DIR OUT                           compare what both compute
  grow run OUT --ids 1,2,3 --new-tokens 20      let it continue
  grow bench OUT --batch 8 --seq 128            how fast it is
  grow compile DIR -o LIB                       the model as a shared library
  grow import DIR -o model.mlir                 the model as MLIR

  With --load-dialect-plugin=FILE.so every command knows the expansions and
  lemmas of another project, see docs/Extending.md:

  grow apply DIR -o OUT --schedule FILE.mlir --load-dialect-plugin=FILE.so
  grow verify DIR OUT --load-dialect-plugin=FILE.so

  `grow COMMAND --help` explains a command. Exit codes: 0 fine, 1 error,
  2 wrong usage, 3 models differ.
)";

cl::OptionCategory growCategory("Options");

static cl::opt<bool> jsonOption("json",
                                cl::desc("Print the report as one JSON object"),
                                cl::sub(cl::SubCommand::getAll()),
                                cl::cat(growCategory));
static cl::opt<bool>
    quietOption("quiet", cl::desc("Print errors, and what was asked for, only"),
                cl::sub(cl::SubCommand::getAll()), cl::cat(growCategory));

static cl::opt<std::string>
    cacheDirOption("cache-dir",
                   cl::desc("Where to keep compiled code for the next time "
                            "($GROW_CACHE_DIR or ~/.cache/grow/code)"),
                   cl::value_desc("directory"),
                   cl::sub(cl::SubCommand::getAll()), cl::cat(growCategory));
static cl::opt<bool>
    noCacheOption("no-cache",
                  cl::desc("Neither use code compiled before nor keep it"),
                  cl::sub(cl::SubCommand::getAll()), cl::cat(growCategory));
/// LLVM has a top-level option of this name, and subcommands are not there
/// before main: hence on demand.
static cl::opt<unsigned> &getThreadsOption() {
  static cl::opt<unsigned> option(
      "threads", cl::desc("Threads to compute with (0: one for each core)"),
      cl::value_desc("N"), cl::init(0), cl::sub(applyCommand),
      cl::sub(runCommand), cl::sub(verifyCommand), cl::sub(benchCommand),
      cl::sub(compileCommand), cl::cat(growCategory));
  return option;
}

static cl::opt<grow::Target> &getTargetOption() {
  using grow::Target;
  static cl::opt<Target> option(
      "target",
      cl::desc("What to compute on (cpu), see `grow inspect --devices`"),
      cl::values(clEnumValN(Target::CPU, "cpu", "this machine's processor"),
                 clEnumValN(Target::Vulkan, "vulkan",
                            "the GPU, or $GROW_VULKAN_DEVICE"),
                 clEnumValN(Target::CUDA, "cuda",
                            "the first NVIDIA GPU, or $GROW_CUDA_DEVICE")),
      cl::init(Target::CPU), cl::sub(applyCommand), cl::sub(runCommand),
      cl::sub(verifyCommand), cl::sub(benchCommand), cl::cat(growCategory));
  return option;
}

static cl::opt<bool> &getTF32Option() {
  static cl::opt<bool> option(
      "tf32",
      cl::desc("With --target=cuda, multiply f32 on tensor cores, rounded to "
               "TF32: 10 bits of mantissa instead of 23"),
      cl::sub(runCommand), cl::sub(verifyCommand), cl::sub(benchCommand),
      cl::sub(compileCommand), cl::cat(growCategory));
  return option;
}

/// On demand for the same reason, as those that follow.
static cl::list<std::string> &getIgnoredKeysOption() {
  static cl::list<std::string> option(
      "ignore-config-key",
      cl::desc("Key of config.json that may stand there although grow does not "
               "know what it means"),
      cl::value_desc("key"), cl::sub(cl::SubCommand::getAll()),
      cl::cat(growCategory));
  return option;
}

static cl::opt<std::string> &getArchitectureOption() {
  static cl::opt<std::string> option(
      "architecture",
      cl::desc("Description of the checkpoint's architecture, if grow does not "
               "have it: see docs/Architectures.md"),
      cl::value_desc("file"), cl::sub(cl::SubCommand::getAll()),
      cl::cat(growCategory));
  return option;
}

grow::ImportOptions getImportOptions() {
  grow::ImportOptions options;
  options.ignoredConfigKeys = getIgnoredKeysOption();
  options.architectureFile = getArchitectureOption();
  return options;
}

std::vector<std::string> getModelOptions() {
  std::vector<std::string> options;
  for (const std::string &key : getIgnoredKeysOption())
    options.push_back("--ignore-config-key=" + key);
  if (!getArchitectureOption().empty())
    options.push_back("--architecture=" + getArchitectureOption());
  for (const std::string &file : getDialectPluginFiles())
    options.push_back("--load-dialect-plugin=" + file);
  return options;
}

cl::ValuesClass getFloatTypes() {
  return cl::values(clEnumValN(grow::DType::F64, "f64", "double precision"),
                    clEnumValN(grow::DType::F32, "f32", "single precision"),
                    clEnumValN(grow::DType::F16, "f16", "half precision"),
                    clEnumValN(grow::DType::BF16, "bf16", "bfloat16"));
}

static cl::opt<grow::DType> &getDTypeOption() {
  static cl::opt<grow::DType> option(
      "dtype",
      cl::desc("Type to compute in (default: f64 for checkpoints that hold "
               "it, else f32)"),
      getFloatTypes(), cl::sub(runCommand), cl::sub(benchCommand),
      cl::sub(compileCommand), cl::cat(growCategory));
  return option;
}

std::optional<grow::DType> getComputeType() {
  if (getDTypeOption().getNumOccurrences())
    return getDTypeOption().getValue();
  return std::nullopt;
}

bool isJSON() { return jsonOption; }
bool isQuiet() { return quietOption; }

static std::shared_ptr<grow::Device> openedDevice;

Error openDevice() {
  if (getTargetOption() == grow::Target::CPU)
    return Error::success();
  auto device = grow::Device::open(getTargetOption());
  if (!device)
    return device.takeError();
  openedDevice = std::move(*device);
  return Error::success();
}

std::shared_ptr<grow::Device> getDevice() { return openedDevice; }

bool wantsDevice() { return getTargetOption() != grow::Target::CPU; }

bool wantsTF32() { return getTF32Option(); }

std::optional<std::string> findTF32Misuse(grow::Target target) {
  if (!wantsTF32() || target == grow::Target::CUDA)
    return std::nullopt;
  return formatv("--tf32 is for --target=cuda, found {0}: no other target has "
                 "tensor cores that round so",
                 grow::getKindName(target))
      .str();
}

grow::CompileOptions getCompileOptions() {
  grow::CompileOptions options;
  options.device = openedDevice;
  options.threads = getThreadsOption();
  options.tf32 = wantsTF32();
  if (!cacheDirOption.empty())
    options.cacheDirectory = cacheDirOption;
  else if (!noCacheOption)
    options.cacheDirectory = grow::CodeCache::getDefaultDirectory();
  return options;
}

grow::DerivationOptions getDerivationOptions() {
  grow::DerivationOptions options;
  options.device = openedDevice;
  options.threads = getThreadsOption();
  options.cacheDirectory = getCompileOptions().cacheDirectory;
  return options;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

ExitCode fail(const Twine &message) {
  WithColor::error() << message << '\n';
  return ExitCode::Failure;
}

ExitCode fail(Error error) { return fail(toString(std::move(error))); }

static Command *getSelected() {
  for (Command *command :
       {&inspectCommand, &importCommand, &applyCommand, &verifyCommand,
        &runCommand, &benchCommand, &compileCommand})
    if (*command)
      return command;
  return nullptr;
}

ExitCode failUsage(const Twine &message) {
  fail(message);
  errs() << "try: grow ";
  if (Command *command = getSelected())
    errs() << command->getName() << ' ';
  errs() << "--help\n";
  return ExitCode::Usage;
}

ExitCode failUsage(Error error) {
  return failUsage(toString(std::move(error)));
}

void printJSON(json::Object object) {
  outs() << formatv("{0:2}\n", json::Value(std::move(object)));
}

std::string formatCount(uint64_t value) {
  std::string digits = std::to_string(value);
  for (size_t i = digits.size(); i > 3; i -= 3)
    digits.insert(i - 3, ",");
  return digits;
}

std::string formatBytes(uint64_t value) {
  static constexpr StringLiteral units[] = {"B", "kB", "MB", "GB", "TB"};
  double scaled = value;
  size_t unit = 0;
  while (scaled >= 1000 && unit + 1 < std::size(units)) {
    scaled /= 1000;
    ++unit;
  }
  return formatv(unit ? "{0:f1} {1}" : "{0:f0} {1}", scaled, units[unit]);
}

std::optional<uint64_t> parseBytes(StringRef text) {
  uint64_t value;
  if (text.consumeInteger(10, value))
    return std::nullopt;
  std::optional<uint64_t> unit =
      StringSwitch<std::optional<uint64_t>>(text.trim().upper())
          .Cases({"", "B"}, 1)
          .Case("KB", 1000)
          .Case("MB", 1000 * 1000)
          .Case("GB", 1000 * 1000 * 1000)
          .Case("KIB", 1 << 10)
          .Case("MIB", 1 << 20)
          .Case("GIB", 1 << 30)
          .Default(std::nullopt);
  bool overflowed = false;
  uint64_t bytes = unit ? SaturatingMultiply(value, *unit, &overflowed) : 0;
  if (!unit || overflowed || bytes == 0)
    return std::nullopt;
  return bytes;
}

//===----------------------------------------------------------------------===//
// Command line
//===----------------------------------------------------------------------===//

Command::Command(StringRef name, StringRef description, StringRef examples,
                 function_ref<ExitCode()> run)
    : SubCommand(name, description), examples(examples), run(run) {}

/// llvm::cl lets the last of several occurrences win without a word.
static cl::Option *findRepeated(Command &command) {
  for (auto &[name, option] : cl::getRegisteredOptions(command))
    if (option->getNumOccurrences() > 1 &&
        is_contained(option->Categories, &growCategory) &&
        option->getNumOccurrencesFlag() != cl::ZeroOrMore)
      return option;
  return nullptr;
}

static std::optional<std::string> findMisuse() {
  if (noCacheOption && cacheDirOption.getNumOccurrences())
    return "--no-cache and --cache-dir exclude each other";
  if (cacheDirOption.getNumOccurrences() && cacheDirOption.empty())
    return "--cache-dir names no directory: use --no-cache to keep nothing";
  constexpr unsigned kMostThreads = 1024;
  if (getThreadsOption() > kMostThreads)
    return formatv("--threads must be at most {0}", kMostThreads).str();
  // `compile` has a --target of its own.
  if (!compileCommand)
    return findTF32Misuse(getTargetOption());
  return std::nullopt;
}

static ExitCode runSelected() {
  Command *command = getSelected();
  if (!command)
    return failUsage("expected a command: inspect, import, apply, verify, run, "
                     "bench or compile");
  if (cl::Option *option = findRepeated(*command))
    return failUsage(
        formatv("{0}{1} is given {2} times: say which one you mean",
                option->ArgStr.size() == 1 ? "-" : "--", option->ArgStr,
                option->getNumOccurrences()));
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  if (Error error = loadPlugins())
    return fail(std::move(error));
  return command->run();
}

/// What was printed must have arrived; if not, llvm::outs() would end the
/// process with a report of a crash.
static ExitCode flushOutput(ExitCode code) {
  outs().flush();
  if (!outs().has_error())
    return code;
  std::error_code error = outs().error();
  outs().clear_error();
  return fail("cannot write to the standard output: " + error.message());
}

int main(int argc, char **argv) {
  InitLLVM initialize(argc, argv);
  // A closed descriptor would go to the next file that is opened, and messages
  // would be written into a checkpoint.
  if (std::error_code error = sys::Process::FixupStandardFileDescriptors())
    return static_cast<int>(fail(error.message()));
  cl::SetVersionPrinter(
      [](raw_ostream &os) { os << "grow " << GROW_VERSION << '\n'; });
  Command *commands[] = {&inspectCommand, &importCommand, &applyCommand,
                         &verifyCommand,  &runCommand,    &benchCommand,
                         &compileCommand};
  (void)getThreadsOption();
  (void)getTargetOption();
  (void)getTF32Option();
  (void)getIgnoredKeysOption();
  (void)getArchitectureOption();
  (void)getDTypeOption();
  cl::HideUnrelatedOptions(growCategory);
  StringRef examples = topLevelExamples;
  for (Command *command : commands) {
    cl::HideUnrelatedOptions(growCategory, *command);
    if (argc > 1 && command->getName() == argv[1])
      examples = command->examples;
  }
  cl::extrahelp help(examples);
  if (!cl::ParseCommandLineOptions(argc, argv, overview, &errs()))
    return static_cast<int>(ExitCode::Usage);
  ExitCode code = runSelected();
  // Before drivers are unloaded at exit.
  openedDevice.reset();
  return static_cast<int>(flushOutput(code));
}
