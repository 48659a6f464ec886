//===- GrowModel.h - A compiled model that is open --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What models have in common wherever they run. Those of processors and those
// of GPUs are opened by functions in different files: a library holds no more
// of this one than its model uses.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_GROWMODEL_H
#define GROW_LIB_RUNTIME_GROWMODEL_H

#include "Checkpoint.h"
#include "grow/Runtime/Model.h"
#include <functional>

struct GrowModel {
  virtual ~GrowModel() = default;

  grow::runtime::Status forward(const int64_t *ids, int64_t batch,
                                int64_t sequence, void *logits) const;
  grow::runtime::Status forwardImages(const void *images, int64_t batch,
                                      void *logits) const;

protected:
  /// Calls `function` with the tokens in the type that the model reads, if they
  /// are tokens that it can read.
  grow::runtime::Status readTokens(
      const int64_t *ids, int64_t batch, int64_t sequence,
      const std::function<grow::runtime::Status(const void *)> &function) const;
  using Argument = grow::runtime::Argument;
  using Status = grow::runtime::Status;
  using StoredTensor = grow::runtime::StoredTensor;

  explicit GrowModel(const GrowModelCode &code) : code(code) {}

  /// Reads the manifest and finds the parameters in the checkpoint at `path`.
  Status load(const std::string &path);
  /// Fills in the slots of all arguments after the input.
  Status bind();
  /// A parameter as it is stored.
  virtual Status keep(unsigned parameter, uint64_t &slot) = 0;
  /// What a function makes of parameters.
  virtual Status prepare(const Argument &argument, uint64_t &slot) = 0;
  /// Computes the logits of an input that was checked.
  virtual Status run(const void *input, int64_t batch, int64_t sequence,
                     void *logits) const = 0;

  /// What the forward is called with: input, arguments and result, each with
  /// the sizes of its open axes.
  std::vector<uint64_t> makeSlots(uint64_t input, int64_t batch,
                                  int64_t sequence, uint64_t logits) const;
  /// The bytes of an input or of its logits.
  static uint64_t getBytes(const grow::runtime::TensorType &type, int64_t batch,
                           int64_t sequence);
  /// Tells the system that these parameters will not be read again soon.
  void release(const std::vector<unsigned> &parameters) const;

  GrowModelCode code;
  grow::runtime::Manifest manifest;
  /// Of each parameter.
  std::vector<const StoredTensor *> stored;

private:
  Status checkBatch(int64_t batch) const;
  Status checkTokens(const int64_t *ids, int64_t batch, int64_t sequence) const;

  grow::runtime::Checkpoint checkpoint;
  /// The slot of each argument after the input.
  std::vector<uint64_t> arguments;
};

namespace grow::runtime {

/// Runs what may fail: 0, or 1 and growModelError() says why. No exception
/// leaves this library.
int report(const std::function<Status()> &function);

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_GROWMODEL_H
