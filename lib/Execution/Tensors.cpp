//===- Tensors.cpp - Tensors in host memory -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Execution/Tensors.h"
#include "RunMemory.h"
#include "grow/Checkpoint/CheckpointDir.h"
#include "grow/Checkpoint/Import.h"
#include "grow/IR/Storage.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/xxhash.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace grow;

static llvm::Error makeError(const llvm::formatv_object_base &message) {
  return llvm::createStringError(message.str());
}

uint64_t grow::getByteSize(RankedTensorType type) {
  return type.getNumElements() * (type.getElementTypeBitWidth() / 8);
}

//===----------------------------------------------------------------------===//
// HostTensor
//===----------------------------------------------------------------------===//

void HostTensor::Free::operator()(void *memory) const {
  RunMemory::release(memory);
}

HostTensor HostTensor::allocate(RankedTensorType type) {
  void *memory = RunMemory::allocate(getByteSize(type));
  return HostTensor(type, memory, static_cast<char *>(memory));
}

double HostTensor::at(int64_t index) const {
  auto element = cast<FloatType>(type.getElementType());
  const char *entry = data + index * (element.getWidth() / 8);
  if (element.isF64())
    return llvm::bit_cast<double>(llvm::support::endian::read64le(entry));
  if (element.isF32())
    return llvm::bit_cast<float>(llvm::support::endian::read32le(entry));
  llvm::APFloat value(element.getFloatSemantics(),
                      llvm::APInt(16, llvm::support::endian::read16le(entry)));
  bool losesInfo;
  value.convert(llvm::APFloat::IEEEdouble(), llvm::APFloat::rmNearestTiesToEven,
                &losesInfo);
  return value.convertToDouble();
}

//===----------------------------------------------------------------------===//
// Sources
//===----------------------------------------------------------------------===//

static std::string describe(DType dtype, ArrayRef<int64_t> shape) {
  return llvm::formatv("{0} of shape [{1:$[, ]}]", stringifyDType(dtype),
                       llvm::make_range(shape.begin(), shape.end()));
}

llvm::Expected<TensorView> CheckpointSource::lookup(llvm::StringRef name,
                                                    RankedTensorType type) {
  std::optional<CheckpointDir::StoredTensor> stored = dir.lookup(name);
  if (!stored)
    return makeError(llvm::formatv("{0}: has no tensor '{1}', which the model "
                                   "reads",
                                   dir.getPath(), name));
  DType dtype = getDType(type.getElementType());
  if (stored->info->dtype != dtype ||
      ArrayRef<int64_t>(stored->info->shape) != type.getShape())
    return makeError(llvm::formatv(
        "{0}: tensor '{1}' is {2}, expected {3}", stored->file->getPath(), name,
        describe(stored->info->dtype, stored->info->shape),
        describe(dtype, type.getShape())));
  return TensorView{type, stored->file->getData(*stored->info)};
}

void CheckpointSource::release(llvm::StringRef name) {
  if (std::optional<CheckpointDir::StoredTensor> stored = dir.lookup(name))
    stored->file->releasePages(*stored->info);
}

llvm::Expected<TensorView> MemorySource::lookup(llvm::StringRef name,
                                                RankedTensorType type) {
  auto it = tensors.find(name);
  if (it == tensors.end())
    return makeError(llvm::formatv(
        "no parameter is stored as '{0}', which the model reads", name));
  if (it->second.getType() != type)
    return makeError(llvm::formatv("the tensor '{0}' is {1}, expected {2}",
                                   name, it->second.getType(), type));
  return it->second;
}

//===----------------------------------------------------------------------===//
// Random tensors
//===----------------------------------------------------------------------===//

/// Stores `value`, rounded to nearest, as entry `index` of a tensor.
static void setEntry(const HostTensor &tensor, int64_t index, double value) {
  auto element = cast<FloatType>(tensor.getType().getElementType());
  llvm::APFloat rounded(value);
  bool losesInfo;
  rounded.convert(element.getFloatSemantics(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  unsigned bytes = element.getWidth() / 8;
  llvm::StoreIntToMemory(
      rounded.bitcastToAPInt(),
      reinterpret_cast<uint8_t *>(tensor.getBytes().data() + index * bytes),
      bytes);
}

/// A tensor of random entries at most `bound` away from `center`.
static HostTensor drawAround(double center, double bound, RankedTensorType type,
                             uint64_t seed) {
  HostTensor tensor = HostTensor::allocate(type);
  // The standard fixes what this engine draws, but not what its distributions
  // make of it.
  std::mt19937_64 engine(seed);
  for (int64_t i = 0, e = type.getNumElements(); i < e; ++i) {
    double unit = std::ldexp(static_cast<double>(engine() >> 11), -52) - 1;
    setEntry(tensor, i, center + bound * unit);
  }
  return tensor;
}

HostTensor grow::drawTensor(RankedTensorType type, uint64_t seed) {
  return drawAround(/*center=*/0, /*bound=*/1, type, seed);
}

static HostTensor drawParameter(const StoredTensor &stored, uint64_t seed) {
  bool isVector = stored.shape.size() == 1;
  double center = isVector ? 1 : 0;
  double bound =
      isVector ? 0.5 : 2 / std::sqrt(*llvm::min_element(stored.shape));
  return drawAround(center, bound, stored.getType(),
                    seed ^ llvm::xxh3_64bits(stored.name));
}

FailureOr<MemorySource> grow::drawParameters(ModuleOp model, uint64_t seed) {
  FailureOr<StorageMap> storage = StorageMap::resolve(model);
  if (failed(storage))
    return failure();
  MemorySource source;
  for (const StoredTensor &stored : storage->getTensors())
    source.insert(stored.name, drawParameter(stored, seed));
  return source;
}
