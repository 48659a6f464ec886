//===- FileDescriptor.cpp - An open file that closes itself ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Checkpoint/FileDescriptor.h"
#include "llvm/Support/Process.h"

std::error_code grow::FileDescriptor::close() {
  int closing = std::exchange(fd, -1);
  if (closing == -1)
    return std::error_code();
  return llvm::sys::Process::SafelyCloseFileDescriptor(closing);
}
