//===- RunMemory.cpp - What runs allocate, kept for the next --------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RunMemory.h"
#include "llvm/Support/MemAlloc.h"
#include <cstring>
#include <utility>

using namespace grow;

/// Smaller blocks are malloc's business, which keeps them itself.
static constexpr size_t kLeastBytes = 1 << 20;

/// Precedes each block, which is aligned as malloc aligns.
struct alignas(std::max_align_t) RunMemory::Header {
  size_t bytes;
  /// Where the block returns to; null if it is not kept. Logits may outlive
  /// their model.
  std::shared_ptr<RunMemory> owner;

  void *getBlock() { return this + 1; }
};

thread_local RunMemory *RunMemory::current = nullptr;

RunMemory::~RunMemory() {
  for (Header *header : idle)
    std::free(header);
}

void *RunMemory::allocate(size_t bytes) {
  RunMemory *memory = bytes < kLeastBytes ? nullptr : current;
  Header *header = memory ? memory->take(bytes) : nullptr;
  if (!header)
    header = static_cast<Header *>(llvm::safe_malloc(sizeof(Header) + bytes));
  new (header) Header{bytes, memory ? memory->shared_from_this() : nullptr};
  return header->getBlock();
}

void *RunMemory::allocateCleared(size_t count, size_t bytes) {
  return std::memset(allocate(count * bytes), 0, count * bytes);
}

void RunMemory::release(void *block) {
  if (!block)
    return;
  Header *header = static_cast<Header *>(block) - 1;
  std::shared_ptr<RunMemory> owner = std::move(header->owner);
  header->owner.~shared_ptr();
  if (owner)
    owner->keep(header);
  else
    std::free(header);
}

/// A block of this size that is idle. If there is none the input has changed,
/// and others would lie idle for ever.
RunMemory::Header *RunMemory::take(size_t bytes) {
  std::lock_guard<std::mutex> lock(mutex);
  for (Header *&header : idle) {
    if (header->bytes != bytes)
      continue;
    std::swap(header, idle.back());
    Header *found = idle.back();
    idle.pop_back();
    return found;
  }
  for (Header *header : idle)
    std::free(header);
  idle.clear();
  return nullptr;
}

void RunMemory::keep(Header *header) {
  std::lock_guard<std::mutex> lock(mutex);
  idle.push_back(header);
}

std::vector<std::pair<llvm::StringRef, void *>> RunMemory::getSymbols() {
  // LLVM makes calloc of malloc and memset.
  return {{"malloc", reinterpret_cast<void *>(&allocate)},
          {"calloc", reinterpret_cast<void *>(&allocateCleared)},
          {"free", reinterpret_cast<void *>(&release)}};
}
