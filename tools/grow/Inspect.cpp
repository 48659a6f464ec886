//===- Inspect.cpp - grow inspect: what a checkpoint holds ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Devices.h"
#include "Report.h"

using namespace llvm;
using namespace grow;

static ExitCode inspect();

Command inspectCommand("inspect", "Show what a checkpoint holds",
                       R"(EXAMPLES:

  grow inspect gpt2
  grow inspect gpt2 --json
  grow inspect --devices
)",
                       inspect);

static cl::opt<std::string> path(cl::Positional,
                                 cl::desc("<checkpoint directory>"),
                                 cl::sub(inspectCommand),
                                 cl::cat(growCategory));

static cl::opt<bool>
    devices("devices",
            cl::desc("Show what models can run on here instead, and what other "
                     "devices lack"),
            cl::sub(inspectCommand), cl::cat(growCategory));

static ExitCode inspect() {
  if (devices)
    return path.empty() ? inspectDevices()
                        : failUsage("--devices and a checkpoint directory "
                                    "exclude each other");
  if (path.empty())
    return failUsage("expected a checkpoint directory, or --devices");
  Expected<CheckpointDir> dir = CheckpointDir::open(path);
  if (!dir)
    return fail(dir.takeError());
  Host host;
  auto summary =
      summarizeCheckpoint(*dir, &host.getContext(), getImportOptions());
  if (failed(summary))
    return ExitCode::Failure;
  if (isJSON())
    printJSON(toJSON(*summary));
  else if (!isQuiet())
    printSummary(*summary);
  return ExitCode::Success;
}
