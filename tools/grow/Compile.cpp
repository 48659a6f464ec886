//===- Compile.cpp - grow compile: a model as a shared library ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "grow/Checkpoint/OutputDirectory.h"
#include "grow/Execution/Device.h"
#include "grow/Execution/ModelObject.h"
#include "grow/Runtime/Device.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/WithColor.h"
#include <atomic>

using namespace llvm;
using namespace grow;

static ExitCode run();

Command compileCommand("compile", "Make a shared library of a model",
                       R"(EXAMPLES:

  grow compile gpt2 -o gpt2-library
      Writes libgpt2.so, gpt2.o, gpt2.h and manifest.json for this machine. A
      program opens the library with the weights in gpt2, or with those of any
      checkpoint whose tensors have the same names, types and shapes.
  grow compile gpt2 -o portable --chip x86-64-v3
      For any processor with AVX2.
  grow compile gpt2 -o sequential --no-parallel
      On the thread that calls it alone; nothing else has to be shipped.
  grow compile gpt2 -o arm --triple aarch64-linux-gnu --chip neoverse-v1
      The object file for another machine, to be linked there.
  grow compile gpt2 -o gpu --target=cuda --chip=sm_90
      For NVIDIA GPUs of compute capability 9.0 and later: the library with the
      kernels inside, and kernels.ptx to be read. No GPU is needed to compile.
  grow compile gpt2 -o gpu --target=vulkan
      For any GPU with a driver of Vulkan; the kernels are in kernels/, too.
)",
                       run);

static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("<checkpoint directory | file.mlir>"),
                                 cl::sub(compileCommand),
                                 cl::cat(growCategory));
static cl::opt<std::string> output("o", cl::desc("Directory to write"),
                                   cl::value_desc("directory"),
                                   cl::sub(compileCommand),
                                   cl::cat(growCategory));
static cl::opt<grow::Target> target(
    "target", cl::desc("What runs the model"),
    cl::values(clEnumValN(grow::Target::CPU, "cpu", "a processor (default)"),
               clEnumValN(grow::Target::Vulkan, "vulkan", "any Vulkan device"),
               clEnumValN(grow::Target::CUDA, "cuda", "an NVIDIA GPU")),
    cl::init(grow::Target::CPU), cl::sub(compileCommand),
    cl::cat(growCategory));
static cl::opt<std::string>
    chip("chip",
         cl::desc("Processor, by LLVM's name for it, such as znver4 or "
                  "x86-64-v3, or with --target=cuda the GPU's compute "
                  "capability, such as sm_90 (native: this machine's)"),
         cl::value_desc("name"), cl::init("native"), cl::sub(compileCommand),
         cl::cat(growCategory));
static cl::opt<std::string> triple("triple",
                                   cl::desc("Kind of machine (this machine's)"),
                                   cl::value_desc("triple"),
                                   cl::sub(compileCommand),
                                   cl::cat(growCategory));
static cl::opt<std::string>
    name("name", cl::desc("What files and functions are called after (MODEL)"),
         cl::value_desc("identifier"), cl::sub(compileCommand),
         cl::cat(growCategory));
static cl::opt<bool>
    sequential("no-parallel", cl::desc("Use one thread, and no OpenMP library"),
               cl::sub(compileCommand), cl::cat(growCategory));
//===----------------------------------------------------------------------===//
// Command line
//===----------------------------------------------------------------------===//

/// The last part of the model's path, as an identifier.
static std::string getDefaultName() {
  SmallString<128> absolute(path);
  (void)sys::fs::make_absolute(absolute);
  sys::path::remove_dots(absolute, /*remove_dot_dot=*/true);
  std::string result =
      (isIR(path) ? sys::path::stem(absolute) : sys::path::filename(absolute))
          .str();
  for (char &c : result)
    if (!isAlnum(c))
      c = '_';
  return isModelName(result) ? result : "model_" + result;
}

static std::string getName() {
  return name.empty() ? getDefaultName() : name.getValue();
}

static bool isCUDAChip(StringRef name) {
  return is_contained(getCUDAChips(), name);
}

/// Options that say nothing of the target.
static std::optional<std::string> findTargetMisuse() {
  if (std::optional<std::string> misuse = findTF32Misuse(target))
    return misuse;
  if (target == grow::Target::CPU) {
    if (StringRef(chip).starts_with("sm_"))
      return formatv("--chip: {0} is an NVIDIA GPU: use --target=cuda, too",
                     chip.getValue())
          .str();
    return std::nullopt;
  }
  if (!triple.empty())
    return "--triple is for --target=cpu: what calls kernels is for this "
           "machine";
  if (sequential || getCompileOptions().threads)
    return "--no-parallel and --threads are for --target=cpu";
  if (target == grow::Target::Vulkan && chip.getNumOccurrences())
    return "--chip says nothing of Vulkan: kernels are for all devices";
  if (target == grow::Target::CUDA && chip != "native" && !isCUDAChip(chip))
    return formatv("--chip: '{0}' is not a compute capability that kernels are "
                   "made for: expected {1} or native",
                   chip.getValue(), join(getCUDAChips(), ", "))
        .str();
  return std::nullopt;
}

static std::optional<std::string> findMisuse() {
  if (output.empty())
    return "expected -o and a directory to write";
  if (!isModelName(getName()))
    return formatv("--name: '{0}' is not an identifier of C: expected letters, "
                   "digits and underscores, and no digit first",
                   getName())
        .str();
  if (isIR(path) && getComputeType())
    return "--dtype is for checkpoints: IR says itself what it computes in";
  if (std::optional<std::string> misuse = findTargetMisuse())
    return misuse;
  if (!triple.empty() && chip == "native")
    return "--triple needs --chip: this machine's chip is of its own kind";
  if (sequential && getCompileOptions().threads > 1)
    return "--no-parallel and --threads exclude each other";
  return std::nullopt;
}

/// The compute capability to compile for: this machine's, or one that all GPUs
/// have which kernels run on.
static Expected<std::string> findCUDAChip() {
  if (chip != "native")
    return chip;
  auto device = grow::Device::open(grow::Target::CUDA);
  if (device)
    return getCUDAChip((*device)->getInfo());
  if (!chip.getNumOccurrences()) {
    consumeError(device.takeError());
    return getCUDAChips().front().str();
  }
  return createStringError("--chip=native: " + toString(device.takeError()) +
                           "; or name a chip, such as " +
                           getCUDAChips().front());
}

/// Fails if nothing can be compiled for what the options ask for.
static Expected<ModelObjectOptions> getOptions() {
  ModelObjectOptions options;
  options.name = getName();
  options.target = target;
  options.parallel = !sequential;
  options.threads = getCompileOptions().threads;
  options.version = GROW_VERSION;
  if (target == grow::Target::CPU) {
    options.triple = triple;
    options.chip = chip;
    return options;
  }
  if (growDeviceCheckKind(getKindName(target).data()))
    return createStringError(growDeviceError());
  if (target == grow::Target::Vulkan)
    return options;
  Expected<std::string> found = findCUDAChip();
  if (!found)
    return found.takeError();
  options.deviceChip = *found;
  options.tf32 = wantsTF32();
  return options;
}

//===----------------------------------------------------------------------===//
// Output
//===----------------------------------------------------------------------===//

/// The archive that models are linked with, beside the directory of this
/// program.
static std::string findRuntime() {
  static int anchor;
  SmallString<128> bin(sys::path::parent_path(
      sys::fs::getMainExecutable(/*argv0=*/nullptr, &anchor)));
  SmallString<128> found;
  for (StringRef directory : {"lib", GROW_LIBRARY_DIRECTORY}) {
    found = sys::path::parent_path(bin);
    sys::path::append(found, directory, "libGrowRuntime.a");
    if (sys::fs::exists(found))
      break;
  }
  return found.str().str();
}

static constexpr StringLiteral kKernelDirectory = "kernels";

/// Why there is only an object file; empty if there is a library.
static Expected<std::string> link(const ModelObject &model,
                                  const OutputDirectory &directory) {
  if (!model.isForHost)
    return "it is for another kind of machine";
  auto linker = SharedLibraryLinker::find();
  if (!linker)
    return toString(linker.takeError());
  std::string library = "lib" + getName() + ".so";
  if (Error error = linker->link(directory.pathOf(getName() + ".o"),
                                 findRuntime(), directory.pathOf(library),
                                 getName() + "_", model.usesOpenMP))
    return error;
  if (Error error = directory.syncFile(library))
    return error;
  return "";
}

/// Text for all kernels goes beside the library, other files to a directory.
static Error writeKernels(const ModelObject &model,
                          const OutputDirectory &directory) {
  if (!model.hasKernelDirectory()) {
    for (const auto &[file, text] : model.kernels)
      if (Error error = directory.writeFile(file, text))
        return error;
    return Error::success();
  }
  auto kernels = OutputDirectory::create(directory.pathOf(kKernelDirectory));
  if (!kernels)
    return kernels.takeError();
  for (const auto &[file, text] : model.kernels)
    if (Error error = kernels->writeFile(file, text))
      return error;
  return kernels->commit();
}

/// Set by an interrupt, which must not leave a hidden directory.
static std::atomic<bool> interrupted{false};

static void noteInterrupts() {
  sys::SetInterruptFunction([] { interrupted = true; });
}

static Expected<std::string> write(const ModelObject &model) {
  noteInterrupts();
  Expected<OutputDirectory> directory = OutputDirectory::create(output);
  if (!directory)
    return directory.takeError();
  std::pair<std::string, StringRef> files[] = {
      {getName() + ".o", model.object->getBuffer()},
      {getName() + ".h", model.header},
      {"manifest.json", model.manifest}};
  for (const auto &[file, text] : files)
    if (Error error = directory->writeFile(file, text))
      return error;
  if (Error error = writeKernels(model, *directory))
    return error;
  Expected<std::string> unlinked = link(model, *directory);
  if (!unlinked)
    return unlinked;
  if (interrupted)
    return createStringError("interrupted");
  if (Error error = directory->commit())
    return error;
  return unlinked;
}

static void report(const ModelObject &model, StringRef unlinked,
                   double seconds) {
  bool isLinked = unlinked.empty();
  if (isJSON()) {
    json::Array files{getName() + ".o", getName() + ".h", "manifest.json"};
    if (isLinked)
      files.push_back("lib" + getName() + ".so");
    if (model.hasKernelDirectory())
      files.push_back(kKernelDirectory);
    else
      for (const auto &[file, text] : model.kernels)
        files.push_back(file);
    json::Object object{{"directory", output.getValue()},
                        {"name", getName()},
                        {"target", getKindName(target)},
                        {"triple", model.triple},
                        {"chip", model.chip},
                        {"files", std::move(files)},
                        {"seconds", seconds}};
    if (target == grow::Target::CUDA)
      object["tf32"] = wantsTF32();
    if (!isLinked)
      object["unlinked"] = unlinked;
    return printJSON(std::move(object));
  }
  if (isQuiet())
    return;
  std::string file = isLinked ? "lib" + getName() + ".so" : getName() + ".o";
  outs() << formatv("{0}: {1} for {2}, {3} tensors\n", output, file,
                    model.machine, model.parameters);
  if (isLinked)
    return;
  outs().flush();
  WithColor::note() << "only an object file, since " << unlinked
                    << ": link it with libGrowRuntime.a of the machine that "
                       "runs it, see docs/Compile.md\n";
}

//===----------------------------------------------------------------------===//
// Command
//===----------------------------------------------------------------------===//

/// Fails if the directory cannot be written: better now than after the work.
static Error checkOutput() {
  noteInterrupts();
  Expected<OutputDirectory> directory = OutputDirectory::create(output);
  if (!directory)
    return directory.takeError();
  // What takes long is not waited for.
  sys::SetInterruptFunction(nullptr);
  return interrupted ? createStringError("interrupted") : Error::success();
}

static ExitCode run() {
  if (std::optional<std::string> misuse = findMisuse())
    return failUsage(*misuse);
  Expected<ModelObjectOptions> options = getOptions();
  if (!options)
    return fail(options.takeError());
  if (Error error = checkOutput())
    return fail(std::move(error));
  Stopwatch watch;
  Host host;
  auto loaded =
      LoadedModel::loadForRun(host, path, host.getType(getComputeType()));
  if (failed(loaded))
    return ExitCode::Failure;
  auto model = ModelObject::compile(*loaded->module, *options);
  if (failed(model))
    return ExitCode::Failure;
  Expected<std::string> unlinked = write(*model);
  if (!unlinked)
    return fail(unlinked.takeError());
  report(*model, *unlinked, watch.lap());
  return ExitCode::Success;
}
