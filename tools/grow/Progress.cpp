//===- Progress.cpp - A line that says how far a job is -------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Progress.h"
#include "Command.h"

using namespace llvm;

static constexpr StringLiteral wipeLine = "\r\x1b[K";

Progress::Progress(StringRef job, uint64_t totalBytes)
    : job(job), totalBytes(totalBytes),
      enabled(!isQuiet() && errs().is_displayed()) {}

Progress::~Progress() {
  if (shown)
    errs() << wipeLine;
}

void Progress::advance(uint64_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  doneBytes += bytes;
  Clock::time_point now = Clock::now();
  if (!enabled || now < nextUpdate)
    return;
  nextUpdate = now + std::chrono::milliseconds(200);
  shown = true;
  double seconds = std::chrono::duration<double>(now - start).count();
  double rest = seconds * (totalBytes - doneBytes) / doneBytes;
  errs() << wipeLine
         << formatv("{0}: {1} of {2}, {3}/s, {4:f0} s left", job,
                    formatBytes(doneBytes), formatBytes(totalBytes),
                    formatBytes(doneBytes / seconds), rest);
}
