//===- HostModel.cpp - Models that run on processors ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GrowModel.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

using namespace grow::runtime;

namespace {

/// Memory that is aligned as vectors and caches like it.
class Buffer {
public:
  explicit Buffer(uint64_t bytes) {
    constexpr size_t kAlignment = 64;
    size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
    data.reset(static_cast<char *>(
        std::aligned_alloc(kAlignment, std::max(rounded, kAlignment))));
    if (!data)
      throw std::bad_alloc();
  }

  char *get() const { return data.get(); }

private:
  struct Free {
    void operator()(char *memory) const { std::free(memory); }
  };
  std::unique_ptr<char, Free> data;
};

uint64_t toSlot(const void *address) {
  return reinterpret_cast<uintptr_t>(address);
}

class HostModel : public GrowModel {
public:
  explicit HostModel(const GrowModelCode &code) : GrowModel(code) {}

  Status open(const std::string &path) {
    GROW_RETURN_IF_ERROR(load(path));
    return bind();
  }

private:
  Status keep(unsigned parameter, uint64_t &slot) override {
    slot = getStored(parameter);
    return Status::success();
  }
  Status prepare(const Argument &argument, uint64_t &slot) override;
  Status run(const void *input, int64_t batch, int64_t sequence,
             void *logits) const override {
    std::vector<uint64_t> slots =
        makeSlots(toSlot(input), batch, sequence, toSlot(logits));
    code.functions[manifest.forward](slots.data());
    return Status::success();
  }
  uint64_t getStored(unsigned parameter);

  /// What arguments point to that lies in no file.
  std::vector<Buffer> buffers;
};

} // namespace

/// Where a parameter lies. Checkpoints may align their tensors less than code
/// expects.
uint64_t HostModel::getStored(unsigned parameter) {
  std::string_view bytes = stored[parameter]->bytes;
  unsigned alignment =
      getElementBytes(manifest.parameters[parameter].type.dtype);
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0)
    return toSlot(bytes.data());
  buffers.emplace_back(bytes.size());
  std::memcpy(buffers.back().get(), bytes.data(), bytes.size());
  return toSlot(buffers.back().get());
}

Status HostModel::prepare(const Argument &argument, uint64_t &slot) {
  // Copies for the sake of alignment are not needed afterwards.
  size_t copies = buffers.size();
  std::vector<uint64_t> slots;
  for (unsigned parameter : argument.parameters)
    slots.push_back(getStored(parameter));
  Buffer result(argument.type.getBytes());
  slot = toSlot(result.get());
  slots.push_back(slot);
  code.functions[*argument.function](slots.data());
  buffers.erase(buffers.begin() + copies, buffers.end());
  release(argument.parameters);
  buffers.push_back(std::move(result));
  return Status::success();
}

int growModelOpen(const GrowModelCode *code, const char *checkpoint,
                  GrowModel **model) {
  *model = nullptr;
  return report([&] {
    auto opened = std::make_unique<HostModel>(*code);
    Status status = opened->open(checkpoint);
    if (!status)
      *model = opened.release();
    return status;
  });
}
