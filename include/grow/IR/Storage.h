//===- Storage.h - Stored tensors and their parameters ----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_STORAGE_H
#define GROW_IR_STORAGE_H

#include "grow/IR/GrowOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace grow {

/// A parameter's place in a stored tensor.
struct StoredPart {
  ParamOp param;
  /// Where the part begins in the run of concatenated parts, counted in
  /// entries of the stored dimension. 0 unless the tensor is fused.
  int64_t offset = 0;
  /// How many of these entries the part has.
  int64_t extent = 0;
};

/// A tensor of a checkpoint and the parameters that lie in it.
struct StoredTensor {
  std::string name;
  llvm::SmallVector<int64_t> shape;
  mlir::Type elementType;
  /// In order of their part numbers; a single one unless the tensor is fused.
  llvm::SmallVector<StoredPart, 1> parts;

  mlir::RankedTensorType getType() const {
    return mlir::RankedTensorType::get(shape, elementType);
  }
};

/// The stored tensors of a model: its parameters' `storage` attributes taken
/// together, layer numbers filled in and the offsets of parts worked out.
class StorageMap {
public:
  /// Emits an error and fails if parts are missing, doubled or disagree, if a
  /// parameter has no storage, or if `{layer}` has no or several meanings.
  static mlir::FailureOr<StorageMap> resolve(mlir::ModuleOp module);

  llvm::ArrayRef<StoredTensor> getTensors() const { return tensors; }
  /// The stored tensor that the parameter lies in.
  const StoredTensor &lookup(ParamOp param) const;
  const StoredPart &lookupPart(ParamOp param) const;

private:
  std::vector<StoredTensor> tensors;
  llvm::DenseMap<mlir::Operation *, size_t> tensorOfParam;
};

} // namespace grow

#endif // GROW_IR_STORAGE_H
