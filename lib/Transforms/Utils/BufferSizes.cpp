//===- BufferSizes.cpp - How many bytes buffers have ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferSizes.h"

#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

std::optional<int64_t> grow::getElementBytes(MemRefType type) {
  Type element = type.getElementType();
  if (element.isIndex())
    return sizeof(int64_t);
  if (!element.isIntOrFloat())
    return std::nullopt;
  int64_t bytes = llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
  bool isPlain = llvm::isPowerOf2_64(bytes) && bytes <= 8;
  return isPlain ? std::optional(bytes) : std::nullopt;
}

std::optional<int64_t> grow::getBytes(MemRefType type) {
  std::optional<int64_t> result = getElementBytes(type);
  if (!result || !type.hasStaticShape() || !type.getLayout().isIdentity())
    return std::nullopt;
  for (int64_t size : type.getShape())
    if (llvm::MulOverflow(*result, size, *result))
      return std::nullopt;
  return result;
}

std::optional<int64_t> grow::getMostBytes(memref::AllocOp alloc) {
  MemRefType type = alloc.getType();
  int64_t bytes = *getElementBytes(type);
  unsigned next = 0;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::UB,
          ValueBoundsConstraintSet::Variable(alloc.getDynamicSizes()[next++]),
          /*stopCondition=*/nullptr, /*closedUB=*/true);
      if (failed(bound))
        return std::nullopt;
      size = *bound;
    }
    if (llvm::MulOverflow(bytes, std::max<int64_t>(size, 0), bytes))
      return std::nullopt;
  }
  return bytes;
}
