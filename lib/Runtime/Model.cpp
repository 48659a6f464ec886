//===- Model.cpp - Running models that were compiled ahead ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "GrowModel.h"
#include "Processor.h"
#include <algorithm>
#include <exception>
#include <limits>
#include <new>

using namespace grow::runtime;

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

Status GrowModel::load(const std::string &path) {
  GROW_RETURN_IF_ERROR(
      manifest.parse({code.manifest, static_cast<size_t>(code.manifestBytes)}));
  GROW_RETURN_IF_ERROR(checkProcessor(manifest));
  GROW_RETURN_IF_ERROR(checkpoint.open(path));
  for (const Parameter &parameter : manifest.parameters) {
    const StoredTensor *tensor;
    GROW_RETURN_IF_ERROR(checkpoint.lookup(parameter, tensor));
    stored.push_back(tensor);
  }
  return Status::success();
}

/// The largest that has to be made comes first: while it is made, it is there
/// twice, and so few others are there then.
Status GrowModel::bind() {
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
    GROW_RETURN_IF_ERROR(argument.function ? prepare(argument, arguments[index])
                                           : keep(argument.parameters.front(),
                                                  arguments[index]));
  }
  return Status::success();
}

void GrowModel::release(const std::vector<unsigned> &parameters) const {
  for (unsigned parameter : parameters)
    stored[parameter]->file->release(stored[parameter]->bytes);
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

/// The sizes of the open axes: the batch and, of tokens, the length.
static std::vector<uint64_t> getOpenSizes(const TensorType &type, int64_t batch,
                                          int64_t sequence) {
  std::vector<uint64_t> sizes;
  for (size_t axis = 0; axis < type.shape.size(); ++axis)
    if (type.shape[axis] < 0)
      sizes.push_back(axis == 0 ? batch : sequence);
  return sizes;
}

uint64_t GrowModel::getBytes(const TensorType &type, int64_t batch,
                             int64_t sequence) {
  uint64_t bytes = type.getBytes();
  for (uint64_t size : getOpenSizes(type, batch, sequence))
    bytes *= size;
  return bytes;
}

std::vector<uint64_t> GrowModel::makeSlots(uint64_t input, int64_t batch,
                                           int64_t sequence,
                                           uint64_t logits) const {
  std::vector<uint64_t> slots;
  auto append = [&](uint64_t buffer, const TensorType &type) {
    slots.push_back(buffer);
    for (uint64_t size : getOpenSizes(type, batch, sequence))
      slots.push_back(size);
  };
  append(input, manifest.input);
  slots.insert(slots.end(), arguments.begin(), arguments.end());
  append(logits, manifest.logits);
  return slots;
}

Status GrowModel::readTokens(
    const int64_t *ids, int64_t batch, int64_t sequence,
    const std::function<Status(const void *)> &function) const {
  GROW_RETURN_IF_ERROR(checkTokens(ids, batch, sequence));
  if (manifest.input.dtype == "I64")
    return function(ids);
  std::vector<int32_t> narrow(ids, ids + batch * sequence);
  return function(narrow.data());
}

Status GrowModel::forward(const int64_t *ids, int64_t batch, int64_t sequence,
                          void *logits) const {
  return readTokens(ids, batch, sequence, [&](const void *tokens) {
    return run(tokens, batch, sequence, logits);
  });
}

Status GrowModel::forwardImages(const void *images, int64_t batch,
                                void *logits) const {
  if (!manifest.readsImages())
    return Status::error("the model reads token numbers, not images");
  if (batch < 1)
    return Status::error("there are no images to run the model on");
  GROW_RETURN_IF_ERROR(checkBatch(batch));
  return run(images, batch, /*sequence=*/1, logits);
}

//===----------------------------------------------------------------------===//
// Plain C
//===----------------------------------------------------------------------===//

static thread_local std::string lastError;

int grow::runtime::report(const std::function<Status()> &function) {
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
