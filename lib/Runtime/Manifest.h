//===- Manifest.h - What a compiled model reads -----------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_RUNTIME_MANIFEST_H
#define GROW_LIB_RUNTIME_MANIFEST_H

#include "Status.h"
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace grow::runtime {

/// A type of tensors. Types of elements are spelled as in safetensors.
struct TensorType {
  std::string dtype;
  /// An axis of -1 is as long as the input makes it.
  std::vector<int64_t> shape;

  /// The bytes of all entries, as if open axes were of length 1.
  uint64_t getBytes() const;
  /// Such as `F32 of shape [2, 3]`.
  std::string describe() const;
};

/// The bytes of an element that models compute with; 0 of any other.
unsigned getElementBytes(std::string_view dtype);

/// A tensor of the checkpoint.
struct Parameter {
  std::string name;
  TensorType type;
};

/// An argument of the forward after its input: a parameter as it is stored, or
/// what a function makes of some.
struct Argument {
  std::optional<unsigned> function;
  std::vector<unsigned> parameters;
  TensorType type;
};

/// What `grow compile` wrote about a model. It is part of the code: mistakes in
/// it are not the user's, but they must not lead elsewhere in memory.
struct Manifest {
  /// Of the files that this library reads.
  static constexpr int64_t kVersion = 1;

  /// Fails unless all numbers and types are such that the model can be run.
  Status parse(std::string_view text);
  bool readsImages() const { return input.shape.size() == 4; }

  std::string name;
  /// What runs the kernels: cpu, or a kind of devices as in Device.h.
  std::string kind;
  /// Of the processor, which calls kernels.
  std::string triple, chip;
  std::vector<std::string> features;
  /// For which GPU kernels are, such as sm_80; empty: for any.
  std::string deviceChip;
  TensorType input, logits;
  int64_t vocabulary = 0;
  std::optional<int64_t> positions;
  unsigned forward = 0;
  std::vector<Parameter> parameters;
  std::vector<Argument> arguments;

private:
  Status check(size_t functions) const;
};

} // namespace grow::runtime

#endif // GROW_LIB_RUNTIME_MANIFEST_H
