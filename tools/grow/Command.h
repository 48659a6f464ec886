//===- Command.h - What the subcommands share -------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_COMMAND_H
#define GROW_TOOLS_GROW_COMMAND_H

#include "grow/Checkpoint/Import.h"
#include "grow/Checkpoint/Safetensors.h"
#include "grow/Execution/CompiledModule.h"
#include "grow/Execution/Derivations.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"

/// What the process exits with.
enum class ExitCode { Success = 0, Failure = 1, Usage = 2, NotEquivalent = 3 };

/// A subcommand. Defined once in a file of its own, beside its options.
struct Command : llvm::cl::SubCommand {
  Command(llvm::StringRef name, llvm::StringRef description,
          llvm::StringRef examples, llvm::function_ref<ExitCode()> run);

  /// Command lines to show after the list of options.
  llvm::StringRef examples;
  llvm::function_ref<ExitCode()> run;
};

extern Command inspectCommand, importCommand, applyCommand, verifyCommand,
    runCommand, benchCommand, compileCommand;

/// Options of all subcommands are in here; those of LLVM are not shown.
extern llvm::cl::OptionCategory growCategory;

/// Whether the report goes to stdout as one JSON object.
bool isJSON();
/// Whether only errors are printed, and what was asked for expressly.
bool isQuiet();

/// Opens the device that --target names, if it names one. To be called before
/// what takes long.
llvm::Error openDevice();
/// The device that was opened; null: models run on the CPU.
std::shared_ptr<grow::Device> getDevice();
/// Whether --target names a device, not the CPU.
bool wantsDevice();
/// Whether --tf32 is given; what is wrong with that for `target`.
bool wantsTF32();
std::optional<std::string> findTF32Misuse(grow::Target target);

/// The cache, the threads and the device that the command line asks for.
grow::CompileOptions getCompileOptions();
grow::DerivationOptions getDerivationOptions();

/// How checkpoints are to be read.
grow::ImportOptions getImportOptions();

/// The options of this command line that another command needs, too, to read
/// the same checkpoints and schedules.
std::vector<std::string> getModelOptions();

/// The values of options that choose a type of floating-point numbers.
llvm::cl::ValuesClass getFloatTypes();
/// The type that `--dtype` of `run`, `bench` and `compile` asks to compute in,
/// if given.
std::optional<grow::DType> getComputeType();

/// Prints `error: MESSAGE` and returns the exit code of a failure.
ExitCode fail(const llvm::Twine &message);
ExitCode fail(llvm::Error error);
/// Prints the message and how to get help.
ExitCode failUsage(const llvm::Twine &message);
ExitCode failUsage(llvm::Error error);

void printJSON(llvm::json::Object object);

/// A number with commas between groups of three digits.
std::string formatCount(uint64_t value);
/// A number of bytes in a unit that suits it.
std::string formatBytes(uint64_t value);

/// Parses a number of bytes such as `500MB`, `5GB` or `1GiB`.
std::optional<uint64_t> parseBytes(llvm::StringRef text);

#endif // GROW_TOOLS_GROW_COMMAND_H
