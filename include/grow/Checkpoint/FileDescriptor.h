//===- FileDescriptor.h - An open file that closes itself -------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_FILEDESCRIPTOR_H
#define GROW_CHECKPOINT_FILEDESCRIPTOR_H

#include <system_error>
#include <utility>

namespace grow {

/// Owns a POSIX file descriptor. LLVM's file types own one only together with a
/// stream or a temporary name, and checkpoint files have neither.
class FileDescriptor {
public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd(fd) {}
  FileDescriptor(FileDescriptor &&other) : fd(std::exchange(other.fd, -1)) {}
  FileDescriptor &operator=(FileDescriptor &&other) {
    std::swap(fd, other.fd);
    return *this;
  }
  ~FileDescriptor() { (void)close(); }

  int get() const { return fd; }

  /// Closes the file now: a network file system may report here that an earlier
  /// write was lost.
  std::error_code close();

private:
  int fd = -1;
};

} // namespace grow

#endif // GROW_CHECKPOINT_FILEDESCRIPTOR_H
