// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the instructions of an NVIDIA GPU do, for kernels that tests compile for
// the CPU: see emulate.py. Each thread of a block is a fiber; instructions that
// several threads execute together let a fiber wait for the others. Fragments
// are those of the PTX ISA, "Warp Level Matrix Instructions". Threads run until
// they have to wait, in an order that a seed shuffles: code that lacks a
// barrier computes something else sooner or later. Asynchronous copies happen
// at once or as late as they may, when they are waited for, as the seed is odd
// or even.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <setjmp.h>
#include <ucontext.h>
#include <vector>

namespace {

constexpr int kLanes = 32;
constexpr size_t kStack = 256 << 10;
constexpr size_t kWorkgroupMemory = 228 << 10;

struct Copy {
  char *to;
  const char *from;
  int bytes, read;
};

struct Thread {
  ucontext_t start;
  jmp_buf place; // once it has started
  std::unique_ptr<char[]> stack;
  int index = 0;
  bool started = false, done = false;
  // What it waits for, if it does: whether that has come, and of what.
  bool (*hasCome)(const void *) = nullptr;
  const void *event = nullptr;
  std::vector<Copy> uncommitted;
  std::deque<std::vector<Copy>> groups;
};

struct Meeting { // of the threads of a warp or of a block
  int size = 0, arrived = 0, generation = 0;
};

struct Warp {
  Meeting meeting;
  const void *arguments[kLanes]; // of an instruction of the whole warp
  uint32_t results[kLanes][4];
};

std::vector<Thread> threads;
std::vector<Warp> warps;
Meeting block;
jmp_buf scheduler;
Thread *current;
uint32_t blockIndex[3], blockCount[3], threadCount[3];
void (*entry)(void **);
void **arguments;
bool copiesAtOnce;

[[noreturn]] void fail(const char *what) {
  fprintf(stderr, "emulator: block %u,%u,%u, thread %d: %s\n", blockIndex[0],
          blockIndex[1], blockIndex[2], current ? current->index : -1, what);
  // Not exit: this is the stack of a fiber, which destructors would free.
  _Exit(1);
}

void perform(const Copy &copy) {
  memcpy(copy.to, copy.from, copy.read);
  memset(copy.to + copy.read, 0, copy.bytes - copy.read);
}

/// Lets other threads run until a condition holds. The scheduler evaluates it:
/// that takes less time than to come back here in vain.
template <typename Condition>
void waitUntil(Condition holds) {
  if (holds())
    return;
  current->hasCome = [](const void *condition) {
    return (*static_cast<const Condition *>(condition))();
  };
  current->event = &holds;
  if (!_setjmp(current->place))
    _longjmp(scheduler, 1);
  current->hasCome = nullptr;
}

/// Waits until all threads of a meeting are here; the last to come acts.
template <typename Action>
void meet(Meeting &meeting, Action last) {
  if (++meeting.arrived == meeting.size) {
    last();
    meeting.arrived = 0;
    ++meeting.generation;
    return;
  }
  waitUntil([&meeting, generation = meeting.generation] {
    return meeting.generation != generation;
  });
}

Warp &getWarp() { return warps[current->index / kLanes]; }
int getLane() { return current->index % kLanes; }

void run() {
  entry(arguments);
  current->done = true;
  _longjmp(scheduler, 1);
}

/// Runs the current thread until it waits or ends. Only its start takes a
/// context: unlike swapcontext, _longjmp calls no kernel for signals' masks.
void resume() {
  if (_setjmp(scheduler))
    return;
  if (current->started)
    _longjmp(current->place, 1);
  current->started = true;
  setcontext(&current->start);
}

float fromBF16(uint16_t bits) {
  uint32_t word = uint32_t(bits) << 16;
  float value;
  memcpy(&value, &word, 4);
  return value;
}

float fromF16(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  float value = exponent == 31 ? (mantissa ? NAN : INFINITY)
                : exponent == 0
                    ? std::ldexp(float(mantissa), -24)
                    : std::ldexp(float(mantissa | 1024), exponent - 25);
  return bits & 0x8000 ? -value : value;
}

/// What mma.sync multiplies, as intrinsics.ll numbers it.
enum Kind { F16, BF16, TF32 };

/// An entry of a register. Of TF32 the last 13 bits of a word are not read.
float unpack(uint32_t word, int half, Kind kind) {
  if (kind == TF32) {
    word &= 0xffffe000;
    float value;
    memcpy(&value, &word, 4);
    return value;
  }
  uint16_t bits = half ? word >> 16 : word & 0xffff;
  return kind == BF16 ? fromBF16(bits) : fromF16(bits);
}

// Of hopper.inc.
void beginHopper(std::mt19937 &random, uint32_t seed);
bool advanceHopper();
void endHopper();
void logHopper();

void runBlock(std::mt19937 &random, uint32_t seed) {
  size_t count = threads.size();
  for (size_t i = 0; i < count; ++i) {
    Thread &thread = threads[i];
    thread.index = i;
    thread.started = thread.done = false;
    thread.uncommitted.clear();
    thread.groups.clear();
    getcontext(&thread.start);
    if (!thread.stack)
      thread.stack.reset(new char[kStack]);
    thread.start.uc_stack.ss_sp = thread.stack.get();
    thread.start.uc_stack.ss_size = kStack;
    makecontext(&thread.start, run, 0);
  }
  block = Meeting{int(count), 0, 0};
  warps.assign((count + kLanes - 1) / kLanes, Warp{{kLanes, 0, 0}, {}, {}});
  beginHopper(random, seed);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::vector<bool> isAsleep(warps.size());
  for (size_t left = count, idle = 0, rounds = 0; left;) {
    std::shuffle(order.begin(), order.end(), random);
    bool isIdle = true;
    // Some warps stay behind for a while, now and then a long one.
    if (rounds-- == 0) {
      rounds = random() % 4 ? random() % 4 : random() % 400;
      for (size_t i = 0; i < warps.size(); ++i)
        isAsleep[i] = random() % 2;
    }
    for (size_t i : order) {
      current = &threads[i];
      if (current->done || isAsleep[i / kLanes] ||
          (current->hasCome && !current->hasCome(current->event)))
        continue;
      isIdle = false;
      resume();
      left -= current->done;
    }
    bool isUnderWay = advanceHopper();
    idle = isIdle && !isUnderWay ? idle + 1 : 0;
    // Nothing happens before other warps wake up.
    if (idle)
      rounds = 0;
    if (idle > 1000)
      fail("threads wait for one another");
  }
  endHopper();
  current = nullptr;
}

} // namespace

extern "C" {

/// Of the compiler's runtime library, which may not be there: to nearest even.
__bf16 __truncsfbf2(float value) {
  uint32_t word;
  memcpy(&word, &value, 4);
  bool isNaN = (word & 0x7fffffff) > 0x7f800000;
  uint16_t half =
      isNaN ? word >> 16 | 0x40 : (word + 0x7fff + (word >> 16 & 1)) >> 16;
  __bf16 result;
  memcpy(&result, &half, 2);
  return result;
}

alignas(1 << 20) char emulated_workgroup_memory[1 << 20];

uint32_t emulated_thread(int axis) {
  uint32_t index = current->index;
  if (axis == 0)
    return index % threadCount[0];
  index /= threadCount[0];
  return axis == 1 ? index % threadCount[1] : index / threadCount[1];
}
uint32_t emulated_block(int axis) { return blockIndex[axis]; }
uint32_t emulated_block_size(int axis) { return threadCount[axis]; }
uint32_t emulated_grid_size(int axis) { return blockCount[axis]; }

void emulated_barrier() {
  meet(block, [] {});
}

void emulated_copy_async(char *to, const char *from, int bytes, int read) {
  if (uintptr_t(to) % bytes || uintptr_t(from) % bytes)
    fail("an asynchronous copy is not aligned");
  if (read < 0 || read > bytes)
    fail("an asynchronous copy reads more than it writes");
  if (copiesAtOnce)
    perform({to, from, bytes, read});
  else
    current->uncommitted.push_back({to, from, bytes, read});
}

void emulated_commit() {
  current->groups.push_back(std::move(current->uncommitted));
  current->uncommitted.clear();
}

void emulated_wait(int pending) {
  while (int(current->groups.size()) > pending) {
    for (const Copy &copy : current->groups.front())
      perform(copy);
    current->groups.pop_front();
  }
}

/// Lane l gives the address of row l mod 8 of matrix l / 8 and gets two entries
/// of each: of row l / 4, or, transposed, of column l / 4.
void emulated_ldmatrix(const char *address, uint32_t *result, int transposed) {
  Warp &warp = getWarp();
  if (uintptr_t(address) % 16)
    fail("a row for ldmatrix is not aligned");
  warp.arguments[getLane()] = address;
  meet(warp.meeting, [&] {
    for (int lane = 0; lane < kLanes; ++lane)
      for (int matrix = 0; matrix < 4; ++matrix) {
        auto entry = [&](int i, int j) {
          auto *row = (const uint16_t *)warp.arguments[matrix * 8 + i];
          return uint32_t(row[j]);
        };
        int i = lane / 4, j = lane % 4 * 2;
        uint32_t low = transposed ? entry(j, i) : entry(i, j);
        uint32_t high = transposed ? entry(j + 1, i) : entry(i, j + 1);
        warp.results[lane][matrix] = low | high << 16;
      }
  });
  memcpy(result, warp.results[getLane()], 16);
}

struct MmaArguments {
  uint32_t rows[4], columns[2];
  float sums[4];
};

/// cvt.rna.tf32.f32: to nearest, away from zero if two are as near.
uint32_t emulated_round_tf32(uint32_t word) {
  if ((word & 0x7fffffff) > 0x7f800000)
    return 0x7fffffff;
  return (word + 0x1000) & 0xffffe000;
}

void emulated_mma(const MmaArguments *values, float *result, Kind kind) {
  Warp &warp = getWarp();
  warp.arguments[getLane()] = values;
  meet(warp.meeting, [&] {
    auto of = [&](int lane) -> const MmaArguments & {
      return *(const MmaArguments *)warp.arguments[lane];
    };
    float rows[16][16], columns[16][8];
    // A register holds so many entries; four lanes' registers, half the depth.
    int entries = kind == TF32 ? 1 : 2, part = 4 * entries;
    for (int lane = 0; lane < kLanes; ++lane) {
      int group = lane / 4, first = lane % 4 * entries;
      for (int r = 0; r < 4; ++r)
        for (int i = 0; i < entries; ++i)
          rows[group + r % 2 * 8][first + i + r / 2 * part] =
              unpack(of(lane).rows[r], i, kind);
      for (int r = 0; r < 2; ++r)
        for (int i = 0; i < entries; ++i)
          columns[first + i + r * part][group] =
              unpack(of(lane).columns[r], i, kind);
    }
    for (int lane = 0; lane < kLanes; ++lane)
      for (int s = 0; s < 4; ++s) {
        double sum = of(lane).sums[s];
        for (int k = 0; k < 2 * part; ++k)
          sum += double(rows[lane / 4 + s / 2 * 8][k]) *
                 columns[k][lane % 4 * 2 + s % 2];
        float rounded = sum;
        memcpy(&warp.results[lane][s], &rounded, 4);
      }
  });
  memcpy(result, warp.results[getLane()], 16);
}

//===----------------------------------------------------------------------===//
// Values of other lanes
//===----------------------------------------------------------------------===//

/// shfl.sync.bfly among all lanes of a warp.
uint32_t emulated_shuffle_xor(uint32_t mask, uint32_t word, uint32_t distance,
                              uint32_t clamp) {
  if (mask != 0xffffffff || clamp != 31)
    fail("a shuffle of a part of a warp");
  Warp &warp = getWarp();
  warp.arguments[getLane()] = &word;
  meet(warp.meeting, [&] {
    for (int lane = 0; lane < kLanes; ++lane)
      warp.results[lane][0] =
          *(const uint32_t *)warp.arguments[lane ^ (distance & 31)];
  });
  return warp.results[getLane()][0];
}

float emulated_exp2(float x) { return std::exp2(x); }

/// Runs a kernel; `kernel` takes the addresses of its arguments.
void emulate(void (*kernel)(void **), const uint32_t *grid,
             const uint32_t *threadsOfBlock, uint32_t workgroupBytes,
             void **values, uint32_t seed) {
  if (workgroupBytes > kWorkgroupMemory)
    fail("a block has less workgroup memory than that");
  std::mt19937 random(seed);
  copiesAtOnce = seed % 2;
  entry = kernel;
  arguments = values;
  std::copy(grid, grid + 3, blockCount);
  std::copy(threadsOfBlock, threadsOfBlock + 3, threadCount);
  threads =
      std::vector<Thread>(threadCount[0] * threadCount[1] * threadCount[2]);
  for (blockIndex[2] = 0; blockIndex[2] < grid[2]; ++blockIndex[2])
    for (blockIndex[1] = 0; blockIndex[1] < grid[1]; ++blockIndex[1])
      for (blockIndex[0] = 0; blockIndex[0] < grid[0]; ++blockIndex[0]) {
        // What a block finds there is not what another one left: NaN.
        memset(emulated_workgroup_memory, 0xff,
               sizeof emulated_workgroup_memory);
        runBlock(random, seed);
      }
  logHopper();
}

} // extern "C"

#include "hopper.inc"
