//===- Tensors.h - Tensors in host memory -----------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_TENSORS_H
#define GROW_EXECUTION_TENSORS_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <cstdlib>
#include <memory>

namespace grow {

class CheckpointDir;

/// The bytes of a tensor of this type: dense, row-major, without padding.
uint64_t getByteSize(mlir::RankedTensorType type);

/// The entries of a tensor, which live elsewhere: dense, row-major.
struct TensorView {
  mlir::RankedTensorType type;
  llvm::ArrayRef<char> bytes;
};

/// The entries of a tensor, allocated by compiled code or by allocate().
class HostTensor {
public:
  static HostTensor allocate(mlir::RankedTensorType type);

  HostTensor() = default;
  /// Takes over `data`, which compiled code has allocated at `allocated`.
  HostTensor(mlir::RankedTensorType type, void *allocated, char *data)
      : type(type), allocated(allocated), data(data) {}

  mlir::RankedTensorType getType() const { return type; }
  llvm::MutableArrayRef<char> getBytes() const {
    return {data, static_cast<size_t>(getByteSize(type))};
  }
  operator TensorView() const { return {type, getBytes()}; }

  /// Entry `index`, counted row-major, as the double that it is exactly.
  double at(int64_t index) const;

private:
  struct Free {
    void operator()(void *memory) const;
  };

  mlir::RankedTensorType type;
  std::unique_ptr<void, Free> allocated;
  char *data = nullptr;
};

/// Where compiled code finds the tensors that a checkpoint stores. All members
/// may be called from several threads.
class TensorSource {
public:
  virtual ~TensorSource() = default;

  /// The entries of the tensor `name`, which stay where they are as long as the
  /// source lives. Fails unless there is such a tensor and it has this type.
  virtual llvm::Expected<TensorView> lookup(llvm::StringRef name,
                                            mlir::RankedTensorType type) = 0;
  /// Tells that the tensor will not be read again soon.
  virtual void release(llvm::StringRef name) {}
};

/// The tensors of a checkpoint, mapped into memory and not copied.
class CheckpointSource : public TensorSource {
public:
  explicit CheckpointSource(const CheckpointDir &dir) : dir(dir) {}

  llvm::Expected<TensorView> lookup(llvm::StringRef name,
                                    mlir::RankedTensorType type) override;
  void release(llvm::StringRef name) override;

private:
  const CheckpointDir &dir;
};

/// Tensors by name, in memory.
class MemorySource : public TensorSource {
public:
  void insert(llvm::StringRef name, HostTensor tensor) {
    tensors[name] = std::move(tensor);
  }
  llvm::Expected<TensorView> lookup(llvm::StringRef name,
                                    mlir::RankedTensorType type) override;

private:
  llvm::StringMap<HostTensor> tensors;
};

/// A tensor of random entries between -1 and 1, a function of `seed`.
HostTensor drawTensor(mlir::RankedTensorType type, uint64_t seed);

/// Random entries for every tensor that the parameters of `model` are stored
/// in, a function of `seed` and the tensor's name. Meant for models without a
/// checkpoint: matrices keep the size of what they multiply, vectors are around
/// one. Emits an error if the model's storage does not fit together.
mlir::FailureOr<MemorySource> drawParameters(mlir::ModuleOp model,
                                             uint64_t seed);

} // namespace grow

#endif // GROW_EXECUTION_TENSORS_H
