//===- Model.cpp - Running models that were compiled ahead ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Runtime/Model.h"
#include "Checkpoint.h"
#include "Processor.h"
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
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

} // namespace

//===----------------------------------------------------------------------===//
// GrowModel
//===----------------------------------------------------------------------===//

struct GrowModel {
  explicit GrowModel(const GrowModelCode &code) : code(code) {}

  Status open(const std::string &path);
  Status forward(const int64_t *ids, int64_t batch, int64_t sequence,
                 void *logits) const;
  Status forwardImages(const void *images, int64_t batch, void *logits) const;

private:
  Status findParameters();
  void bind();
  const char *getStored(unsigned parameter);
  const char *prepare(const Argument &argument);
  Status checkBatch(int64_t batch) const;
  Status checkTokens(const int64_t *ids, int64_t batch, int64_t sequence) const;
  void run(const void *input, int64_t batch, int64_t sequence,
           void *logits) const;

  GrowModelCode code;
  Manifest manifest;
  Checkpoint checkpoint;
  /// Of each parameter.
  std::vector<const StoredTensor *> stored;
  /// The slot of each argument after the input.
  std::vector<uint64_t> arguments;
  /// What some of them point to.
  std::vector<Buffer> buffers;
};

Status GrowModel::open(const std::string &path) {
  GROW_RETURN_IF_ERROR(
      manifest.parse({code.manifest, static_cast<size_t>(code.manifestBytes)}));
  GROW_RETURN_IF_ERROR(checkProcessor(manifest));
  GROW_RETURN_IF_ERROR(checkpoint.open(path));
  GROW_RETURN_IF_ERROR(findParameters());
  bind();
  return Status::success();
}

Status GrowModel::findParameters() {
  for (const Parameter &parameter : manifest.parameters) {
    const StoredTensor *tensor;
    GROW_RETURN_IF_ERROR(checkpoint.lookup(parameter, tensor));
    stored.push_back(tensor);
  }
  return Status::success();
}

/// Finds or makes all arguments. The largest that has to be made comes first:
/// while it is made, it is there twice, and so few others are there then.
void GrowModel::bind() {
  auto getSourceBytes = [&](const Argument &argument) {
    uint64_t bytes = 0;
    if (argument.function)
      for (unsigned parameter : argument.parameters)
        bytes += stored[parameter]->bytes.size();
    return bytes;
  };
  std::vector<std::pair<uint64_t, size_t>> order;
  for (const Argument &argument : manifest.arguments)
    order.push_back({getSourceBytes(argument), order.size()});
  std::sort(order.begin(), order.end(), std::greater<>());
  arguments.resize(order.size());
  for (auto [bytes, index] : order) {
    const Argument &argument = manifest.arguments[index];
    arguments[index] =
        toSlot(argument.function ? prepare(argument)
                                 : getStored(argument.parameters.front()));
  }
}

/// Where a parameter lies. Checkpoints may align their tensors less than code
/// expects.
const char *GrowModel::getStored(unsigned parameter) {
  std::string_view bytes = stored[parameter]->bytes;
  unsigned alignment =
      getElementBytes(manifest.parameters[parameter].type.dtype);
  if (reinterpret_cast<uintptr_t>(bytes.data()) % alignment == 0)
    return bytes.data();
  buffers.emplace_back(bytes.size());
  std::memcpy(buffers.back().get(), bytes.data(), bytes.size());
  return buffers.back().get();
}

const char *GrowModel::prepare(const Argument &argument) {
  // Copies for the sake of alignment are not needed afterwards.
  size_t copies = buffers.size();
  std::vector<uint64_t> slots;
  for (unsigned parameter : argument.parameters)
    slots.push_back(toSlot(getStored(parameter)));
  Buffer result(argument.type.getBytes());
  slots.push_back(toSlot(result.get()));
  code.functions[*argument.function](slots.data());
  buffers.erase(buffers.begin() + copies, buffers.end());
  for (unsigned parameter : argument.parameters)
    stored[parameter]->file->release(stored[parameter]->bytes);
  buffers.push_back(std::move(result));
  return buffers.back().get();
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

Status GrowModel::checkBatch(int64_t batch) const {
  int64_t expected = manifest.input.shape[0];
  if (expected < 0 || batch == expected)
    return Status::success();
  return Status::error("the batch has ", batch,
                       " entries, but the model is written for ", expected);
}

Status GrowModel::checkTokens(const int64_t *ids, int64_t batch,
                              int64_t sequence) const {
  if (manifest.readsImages())
    return Status::error("the model reads images, not token numbers");
  if (batch < 1 || sequence < 1)
    return Status::error("there are no tokens to run the model on");
  int64_t width = manifest.logits.shape.back() * sizeof(double);
  if (batch > std::numeric_limits<int64_t>::max() / width / sequence)
    return Status::error(batch, " x ", sequence, " tokens are too many");
  GROW_RETURN_IF_ERROR(checkBatch(batch));
  int64_t expected = manifest.input.shape[1];
  if (expected >= 0 && sequence != expected)
    return Status::error("the sequence has ", sequence,
                         " tokens, but the model is written for ", expected);
  if (manifest.positions && sequence > *manifest.positions)
    return Status::error(
        "the sequence has ", sequence, " tokens, but the model has only ",
        *manifest.positions, " positions: use at most that many");
  for (int64_t i = 0; i < batch * sequence; ++i)
    if (ids[i] < 0 || ids[i] >= manifest.vocabulary)
      return Status::error("token ", ids[i],
                           " is not in the model's vocabulary: expected 0 to ",
                           manifest.vocabulary - 1);
  return Status::success();
}

/// Calls the forward: input, arguments and result, each with the sizes of its
/// open axes. Those are the batch and, of tokens, the length.
void GrowModel::run(const void *input, int64_t batch, int64_t sequence,
                    void *logits) const {
  std::vector<uint64_t> slots;
  auto append = [&](const void *buffer, const TensorType &type) {
    slots.push_back(toSlot(buffer));
    for (size_t axis = 0; axis < type.shape.size(); ++axis)
      if (type.shape[axis] < 0)
        slots.push_back(axis == 0 ? batch : sequence);
  };
  append(input, manifest.input);
  slots.insert(slots.end(), arguments.begin(), arguments.end());
  append(logits, manifest.logits);
  code.functions[manifest.forward](slots.data());
}

Status GrowModel::forward(const int64_t *ids, int64_t batch, int64_t sequence,
                          void *logits) const {
  GROW_RETURN_IF_ERROR(checkTokens(ids, batch, sequence));
  if (manifest.input.dtype == "I64") {
    run(ids, batch, sequence, logits);
    return Status::success();
  }
  std::vector<int32_t> narrow(ids, ids + batch * sequence);
  run(narrow.data(), batch, sequence, logits);
  return Status::success();
}

Status GrowModel::forwardImages(const void *images, int64_t batch,
                                void *logits) const {
  if (!manifest.readsImages())
    return Status::error("the model reads token numbers, not images");
  if (batch < 1)
    return Status::error("there are no images to run the model on");
  GROW_RETURN_IF_ERROR(checkBatch(batch));
  run(images, batch, /*sequence=*/1, logits);
  return Status::success();
}

//===----------------------------------------------------------------------===//
// Plain C
//===----------------------------------------------------------------------===//

static thread_local std::string lastError;

/// Runs a function that returns a Status. No exception leaves this library.
template <typename Function>
static int report(const Function &function) {
  try {
    Status status = function();
    if (!status)
      return 0;
    lastError = status.getText();
  } catch (const std::bad_alloc &) {
    lastError = "there is not enough memory";
  } catch (const std::exception &error) {
    lastError = error.what();
  }
  return 1;
}

int growModelOpen(const GrowModelCode *code, const char *checkpoint,
                  GrowModel **model) {
  *model = nullptr;
  return report([&] {
    auto opened = std::make_unique<GrowModel>(*code);
    Status status = opened->open(checkpoint);
    if (!status)
      *model = opened.release();
    return status;
  });
}

void growModelClose(GrowModel *model) { delete model; }

const char *growModelError(void) { return lastError.c_str(); }

int growModelForward(const GrowModel *model, const int64_t *ids, int64_t batch,
                     int64_t sequence, void *logits) {
  return report([&] { return model->forward(ids, batch, sequence, logits); });
}

int growModelForwardImages(const GrowModel *model, const void *images,
                           int64_t batch, void *logits) {
  return report([&] { return model->forwardImages(images, batch, logits); });
}
