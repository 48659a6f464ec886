//===- Device.cpp - Memory and kernels of a GPU ---------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Backend.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

using namespace grow::runtime;

//===----------------------------------------------------------------------===//
// Errors
//===----------------------------------------------------------------------===//

static thread_local std::string lastError;
static thread_local GrowDevice *currentDevice = nullptr;
/// Of calls of compiled code while this thread had no device.
static thread_local Status strayError;

static int report(const Status &status) {
  if (!status)
    return 0;
  lastError = status.getText();
  return 1;
}

const char *growDeviceError(void) { return lastError.c_str(); }

//===----------------------------------------------------------------------===//
// Choice
//===----------------------------------------------------------------------===//

Status grow::runtime::chooseDevice(const char *kind, uint32_t index,
                                   const char *variable, uint32_t preferred,
                                   uint32_t count, uint32_t &chosen) {
  std::string origin;
  chosen = index;
  if (index == GROW_DEVICE_DEFAULT) {
    chosen = preferred;
    const char *wanted = std::getenv(variable);
    if (wanted && *wanted) {
      char *end;
      unsigned long number = std::strtoul(wanted, &end, 10);
      if (*wanted < '0' || *wanted > '9' || *end || number >= UINT32_MAX)
        return Status::error(variable, "=", wanted,
                             ": expected the index of a device, see `grow "
                             "inspect --devices`");
      chosen = static_cast<uint32_t>(number);
      origin = std::string(" (") + variable + ")";
    }
  }
  if (chosen < count)
    return Status::success();
  return Status::error("there is no ", kind, " device ", chosen, origin,
                       ": expected an index below ", count,
                       ", see `grow inspect --devices`");
}

Status grow::runtime::openLibrary(const char *variable, const char *name,
                                  const char *advice, void *&library) {
  const char *chosen = std::getenv(variable);
  bool byVariable = chosen && *chosen;
  library = dlopen(byVariable ? chosen : name, RTLD_NOW | RTLD_LOCAL);
  if (library)
    return Status::success();
  const char *reason = dlerror();
  // Most often the reason begins with the name.
  return Status::error(reason ? reason : "dlopen failed",
                       byVariable ? std::string(" (") + variable + ")" : "",
                       "; ", advice);
}

static Status checkKind(const char *kind) {
  if (!std::strcmp(kind, "vulkan"))
    return checkVulkan();
  if (!std::strcmp(kind, "cuda"))
    return Status::success();
  return Status::error("unknown kind of device '", kind,
                       "': expected vulkan or cuda");
}

static Status listDevices(const char *kind,
                          std::vector<GrowDeviceInfo> &devices) {
  GROW_RETURN_IF_ERROR(checkKind(kind));
  return std::strcmp(kind, "cuda") ? listVulkan(devices) : listCUDA(devices);
}

static Status openDevice(const char *kind, uint32_t index,
                         std::unique_ptr<Backend> &backend,
                         GrowDeviceInfo &info) {
  GROW_RETURN_IF_ERROR(checkKind(kind));
  return std::strcmp(kind, "cuda") ? openVulkan(index, backend, info)
                                   : openCUDA(index, backend, info);
}

int growDeviceCheckKind(const char *kind) { return report(checkKind(kind)); }

int growDeviceList(const char *kind, GrowDeviceInfo *devices, uint32_t capacity,
                   uint32_t *count) {
  std::vector<GrowDeviceInfo> found;
  *count = 0;
  if (int result = report(listDevices(kind, found)))
    return result;
  *count = static_cast<uint32_t>(found.size());
  std::copy_n(found.begin(), std::min<size_t>(capacity, found.size()), devices);
  return 0;
}

//===----------------------------------------------------------------------===//
// GrowDevice
//===----------------------------------------------------------------------===//

namespace {

/// A call of compiled code, which may come again.
struct KnownCall {
  enum State { Seen, Recorded, Unrecordable };

  bool isFor(const GrowDeviceCall &call) const {
    return function == call.function &&
           std::equal(arguments.begin(), arguments.end(), call.arguments,
                      call.arguments + call.argumentCount);
  }

  void (*function)(uint64_t *slots);
  std::vector<uint64_t> arguments;
  State state = Seen;

  // Of a call that was recorded:
  /// Of the backend.
  uint64_t recording = 0;
  /// What it borrows: sizes by address.
  std::map<uint64_t, uint64_t> memory;
  /// What of that it does not give back.
  std::set<uint64_t> kept;
  std::vector<uint64_t> results;
};

} // namespace

struct GrowDevice {
  ~GrowDevice() { forgetCalls(); }

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  /// Allocates, if necessary after giving up what nobody borrows.
  Status allocate(uint64_t bytes, uint64_t &address) {
    Status status = backend->allocate(bytes, address);
    if (!status || unused.empty())
      return status;
    GROW_RETURN_IF_ERROR(freeUnused());
    return backend->allocate(bytes, address);
  }

  /// Recordings go, too: they use such memory.
  Status freeUnused() {
    if (!unused.empty())
      forgetCalls();
    while (!unused.empty()) {
      uint64_t address = unused.begin()->second;
      unused.erase(unused.begin());
      GROW_RETURN_IF_ERROR(backend->free(address));
    }
    return Status::success();
  }

  Status borrow(uint64_t bytes, uint64_t &address) {
    auto it = unused.lower_bound({bytes, 0});
    if (it != unused.end()) {
      address = it->second;
      lend(it);
      return Status::success();
    }
    // Programs need more as their inputs grow: what was too small stays so.
    GROW_RETURN_IF_ERROR(freeUnused());
    GROW_RETURN_IF_ERROR(backend->allocate(bytes, address));
    borrowed[address] = bytes;
    noteBorrowed(address);
    return Status::success();
  }

  Status giveBack(uint64_t address) {
    auto it = borrowed.find(address);
    if (it == borrowed.end())
      return Status::error("address ", address, " was not borrowed");
    unused.insert({it->second, address});
    borrowed.erase(it);
    // What others have borrowed is not the call's to return again.
    if (beingRecorded && !beingRecorded->kept.erase(address))
      isRecordingLost = true;
    return Status::success();
  }

  //===--------------------------------------------------------------------===//
  // Errors
  //===--------------------------------------------------------------------===//

  /// Takes note of an error in what compiled code asked for.
  void note(Status status) {
    if (status && !pending)
      pending = std::move(status);
  }

  /// The first error that was noted, once, or what waiting said.
  Status takePending(Status waited) {
    if (!pending)
      return waited;
    Status first = std::move(pending);
    pending = Status::success();
    return first;
  }

  //===--------------------------------------------------------------------===//
  // Calls
  //===--------------------------------------------------------------------===//

  void call(const GrowDeviceCall &call) {
    if (pending || !backend->canRecord())
      return run(call);
    KnownCall *known = recall(call);
    if (!known)
      remember(call);
    else if (known->state == KnownCall::Seen)
      known = record(call);
    if (!known || known->state != KnownCall::Recorded || !replay(*known, call))
      run(call);
  }

  void forgetCalls() {
    for (KnownCall &known : calls)
      if (known.state == KnownCall::Recorded)
        backend->forgetRecording(known.recording);
    calls.clear();
    isRecordingLost = true;
  }

  /// Several calls of one thread may be inside of each other: compiled code
  /// launches.
  std::recursive_mutex mutex;
  std::unique_ptr<Backend> backend;
  GrowDeviceInfo info{};
  Status pending = Status::success();

private:
  /// Sizes and addresses: those of a size are borrowed in the same order each
  /// time, whichever was given back first.
  using Unused = std::set<std::pair<uint64_t, uint64_t>>;

  static void run(const GrowDeviceCall &call) {
    std::vector<uint64_t> slots;
    if (call.resultCount)
      slots.push_back(reinterpret_cast<uintptr_t>(call.results));
    slots.insert(slots.end(), call.arguments,
                 call.arguments + call.argumentCount);
    call.function(slots.data());
  }

  void lend(Unused::iterator it) {
    borrowed[it->second] = it->first;
    noteBorrowed(it->second);
    unused.erase(it);
  }

  void noteBorrowed(uint64_t address) {
    if (!beingRecorded)
      return;
    beingRecorded->memory[address] = borrowed[address];
    beingRecorded->kept.insert(address);
  }

  /// A call that came before, which is the latest then.
  KnownCall *recall(const GrowDeviceCall &call) {
    auto it = std::find_if(calls.begin(), calls.end(),
                           [&](KnownCall &known) { return known.isFor(call); });
    if (it == calls.end())
      return nullptr;
    calls.splice(calls.begin(), calls, it);
    return &calls.front();
  }

  /// Makes room for the new by forgetting what did not come for long.
  KnownCall &remember(const GrowDeviceCall &call) {
    constexpr size_t kMostCalls = 32;
    if (calls.size() >= kMostCalls) {
      if (calls.back().state == KnownCall::Recorded)
        backend->forgetRecording(calls.back().recording);
      calls.pop_back();
    }
    KnownCall known;
    known.function = call.function;
    known.arguments.assign(call.arguments, call.arguments + call.argumentCount);
    calls.push_front(std::move(known));
    return calls.front();
  }

  /// Runs the function without doing its launches. Whatever goes wrong will do
  /// so again when it is run as usual, or is none of the user's concern.
  KnownCall *record(const GrowDeviceCall &call) {
    KnownCall recorded;
    isRecordingLost = false;
    bool failed = bool(backend->beginRecording());
    if (!failed) {
      beingRecorded = &recorded;
      run(call);
      beingRecorded = nullptr;
      failed = bool(backend->endRecording(recorded.recording));
      if (!failed && (pending || isRecordingLost)) {
        backend->forgetRecording(recorded.recording);
        failed = true;
      }
      pending = Status::success();
      for (uint64_t address : recorded.kept)
        note(giveBack(address));
    }
    // All calls may have been forgotten since.
    KnownCall *known = recall(call);
    if (!known)
      known = &remember(call);
    known->state = failed ? KnownCall::Unrecordable : KnownCall::Recorded;
    if (failed)
      return known;
    known->recording = recorded.recording;
    known->memory = std::move(recorded.memory);
    known->kept = std::move(recorded.kept);
    known->results.assign(call.results, call.results + call.resultCount);
    return known;
  }

  /// Fails if memory is in use elsewhere, or if the backend does.
  bool replay(KnownCall &known, const GrowDeviceCall &call) {
    for (auto [address, bytes] : known.memory)
      if (!unused.count({bytes, address}))
        return false;
    if (backend->replay(known.recording)) {
      backend->forgetRecording(known.recording);
      known.state = KnownCall::Unrecordable;
      return false;
    }
    for (uint64_t address : known.kept)
      lend(unused.find({known.memory[address], address}));
    std::copy(known.results.begin(), known.results.end(), call.results);
    return true;
  }

  Unused unused;
  /// Sizes by address.
  std::unordered_map<uint64_t, uint64_t> borrowed;
  /// The latest first.
  std::list<KnownCall> calls;
  KnownCall *beingRecorded = nullptr;
  /// Whether what was recorded so far cannot be repeated.
  bool isRecordingLost = false;
};

int growDeviceOpen(const char *kind, uint32_t index, GrowDevice **device) {
  *device = nullptr;
  auto opened = std::make_unique<GrowDevice>();
  if (int result =
          report(openDevice(kind, index, opened->backend, opened->info)))
    return result;
  *device = opened.release();
  return 0;
}

void growDeviceClose(GrowDevice *device) {
  if (currentDevice == device)
    currentDevice = nullptr;
  delete device;
}

void growDeviceDescribe(const GrowDevice *device, GrowDeviceInfo *info) {
  *info = device->info;
}

int growDeviceAllocate(GrowDevice *device, uint64_t bytes, uint64_t *address) {
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  *address = 0;
  return report(device->allocate(bytes, *address));
}

int growDeviceFree(GrowDevice *device, uint64_t address) {
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  return address ? report(device->backend->free(address)) : 0;
}

int growDeviceWrite(GrowDevice *device, uint64_t address, const void *from,
                    uint64_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  return bytes ? report(device->backend->write(address, from, bytes)) : 0;
}

int growDeviceRead(GrowDevice *device, void *to, uint64_t address,
                   uint64_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  Status waited = bytes ? device->backend->read(to, address, bytes)
                        : device->backend->synchronize();
  Status stray = std::move(strayError);
  strayError = Status::success();
  return report(stray ? stray : device->takePending(std::move(waited)));
}

int growDeviceSynchronize(GrowDevice *device) {
  return growDeviceRead(device, nullptr, 0, 0);
}

int growDeviceForgetKernels(GrowDevice *device) {
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  device->forgetCalls();
  return report(device->backend->forgetKernels());
}

//===----------------------------------------------------------------------===//
// Called by compiled code
//===----------------------------------------------------------------------===//

void growDeviceMakeCurrent(GrowDevice *device) { currentDevice = device; }

void growDeviceCall(GrowDevice *device, const GrowDeviceCall *call) {
  // Others wait: what they do to the device must not get into a recording.
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  GrowDevice *previous = std::exchange(currentDevice, device);
  device->call(*call);
  currentDevice = previous;
}

/// The current device; null, and an error is noted, if there is none.
static GrowDevice *getCurrent() {
  if (!currentDevice && !strayError)
    strayError = Status::error("compiled code ran without a device: call "
                               "growDeviceMakeCurrent in the thread that calls "
                               "it");
  return currentDevice;
}

uint64_t growDeviceBorrow(uint64_t bytes) {
  GrowDevice *device = getCurrent();
  if (!device)
    return 0;
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  uint64_t address = 0;
  if (!device->pending)
    device->note(device->borrow(bytes, address));
  return address;
}

void growDeviceReturn(uint64_t address) {
  GrowDevice *device = address ? getCurrent() : nullptr;
  if (!device)
    return;
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  device->note(device->giveBack(address));
}

void growDeviceCheckEntries(uint64_t entries, const char *kernel) {
  if (entries <= INT32_MAX)
    return;
  GrowDevice *device = getCurrent();
  if (!device)
    return;
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  device->note(
      Status::error("the kernel '", kernel, "' needs a buffer of ", entries,
                    " entries, but kernels count no further than ", INT32_MAX,
                    ": run with a smaller batch or shorter sequences"));
}

void growDeviceLaunch(const void *binary, uint64_t binaryBytes,
                      const char *kernel, const uint32_t grid[3],
                      const uint32_t block[3], uint32_t sharedBytes,
                      const uint64_t *arguments, const char *kinds) {
  GrowDevice *device = getCurrent();
  if (!device || !grid[0] || !grid[1] || !grid[2])
    return;
  std::lock_guard<std::recursive_mutex> lock(device->mutex);
  if (!device->pending)
    device->note(
        device->backend->launch({binary, binaryBytes, kernel, grid, block,
                                 sharedBytes, arguments, kinds}));
}
