//===- Report.h - Checkpoints in tables and in JSON -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_REPORT_H
#define GROW_TOOLS_GROW_REPORT_H

#include "Models.h"
#include "grow/Checkpoint/Inspect.h"

/// A checkpoint's sizes by name, `parameters`, `bytes` and so on.
llvm::json::Object toJSON(const grow::CheckpointSummary &summary);

/// Prints what a checkpoint holds and how it can grow.
void printSummary(const grow::CheckpointSummary &summary);

/// Prints what growth has changed, before and after.
void printChanges(const grow::CheckpointSummary &before,
                  const grow::CheckpointSummary &after);

#endif // GROW_TOOLS_GROW_REPORT_H
