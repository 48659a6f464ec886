//===- Progress.h - A line that says how far a job is -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_PROGRESS_H
#define GROW_TOOLS_GROW_PROGRESS_H

#include "llvm/ADT/StringRef.h"
#include <chrono>
#include <mutex>

/// Shows on a terminal how many bytes of a job are done, from its first second
/// on, and wipes the line at the end. Shows nothing anywhere else.
class Progress {
public:
  Progress(llvm::StringRef job, uint64_t totalBytes);
  ~Progress();

  /// Safe to call from several threads.
  void advance(uint64_t bytes);

private:
  using Clock = std::chrono::steady_clock;

  const std::string job;
  const uint64_t totalBytes;
  const bool enabled;
  const Clock::time_point start = Clock::now();
  std::mutex mutex;
  Clock::time_point nextUpdate = start + std::chrono::seconds(1);
  uint64_t doneBytes = 0;
  bool shown = false;
};

#endif // GROW_TOOLS_GROW_PROGRESS_H
