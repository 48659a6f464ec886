//===- RunMemory.h - What runs allocate, kept for the next ------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_EXECUTION_RUNMEMORY_H
#define GROW_LIB_EXECUTION_RUNMEMORY_H

#include "llvm/ADT/StringRef.h"
#include <memory>
#include <mutex>
#include <vector>

namespace grow {

/// Keeps large blocks that the runs of a model have freed. To the operating
/// system's mind each would be a new one, whose pages have to be mapped and
/// cleared when they are first written. Several threads may run the model.
class RunMemory : public std::enable_shared_from_this<RunMemory> {
public:
  ~RunMemory();

  /// Lets code that this thread runs allocate from `memory`, until the end of
  /// the scope.
  class Scope {
  public:
    explicit Scope(RunMemory *memory) : previous(current) { current = memory; }
    ~Scope() { current = previous; }

  private:
    RunMemory *previous;
  };

  /// What compiled code and host tensors use in place of malloc and free.
  static void *allocate(size_t bytes);
  static void release(void *block);

  /// These, by the names that compiled code calls them by.
  static std::vector<std::pair<llvm::StringRef, void *>> getSymbols();

private:
  struct Header;

  static void *allocateCleared(size_t count, size_t bytes);
  Header *take(size_t bytes);
  void keep(Header *header);

  static thread_local RunMemory *current;

  std::mutex mutex;
  std::vector<Header *> idle;
};

} // namespace grow

#endif // GROW_LIB_EXECUTION_RUNMEMORY_H
