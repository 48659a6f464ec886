//===- Import.cpp - grow import: a checkpoint as MLIR ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Models.h"
#include "mlir/Support/FileUtilities.h"
#include "llvm/Support/ToolOutputFile.h"

using namespace llvm;
using namespace grow;

static ExitCode import();

Command importCommand("import", "Print a checkpoint's model as MLIR",
                      R"(EXAMPLES:

  grow import gpt2
      Prints the model; parameters name the tensors that they are stored in.
  grow import gpt2 -o gpt2.mlir && grow-opt gpt2.mlir --grow-to-linalg
)",
                      import);

static cl::opt<std::string> path(cl::Positional, cl::Required,
                                 cl::desc("<checkpoint directory>"),
                                 cl::sub(importCommand), cl::cat(growCategory));
static cl::opt<std::string> output("o", cl::desc("Write to this file"),
                                   cl::value_desc("file"), cl::init("-"),
                                   cl::sub(importCommand),
                                   cl::cat(growCategory));

static ExitCode import() {
  if (isJSON() && output == "-")
    return failUsage("--json needs -o: without it the model goes to stdout");
  Host host;
  auto model = LoadedModel::load(host, path);
  if (failed(model))
    return ExitCode::Failure;
  std::string message;
  auto file = mlir::openOutputFile(output, &message);
  if (!file)
    return fail(message);
  file->os() << **model->module << '\n';
  file->keep();
  if (isJSON())
    printJSON(json::Object{{"output", output.getValue()}});
  return ExitCode::Success;
}
