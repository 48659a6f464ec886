//===- Buffers.cpp - Which buffers can be parts of others -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Buffers.h"

#include "../Utils/BufferSizes.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;

bool grow::canBecomeView(memref::AllocOp alloc,
                         const BufferViewFlowAnalysis &views,
                         int64_t alignment) {
  MemRefType type = alloc.getType();
  if (alloc.getAlignment().value_or(1) > static_cast<uint64_t>(alignment) ||
      !type.getLayout().isIdentity() || type.getMemorySpace() ||
      !getElementBytes(type))
    return false;
  return llvm::none_of(views.resolve(alloc), [](Value view) {
    return llvm::any_of(view.getUsers(), [](Operation *user) {
      return isa<memref::DeallocOp, memref::ReallocOp,
                 memref::ExtractAlignedPointerAsIndexOp,
                 bufferization::DeallocOp, UnrealizedConversionCastOp>(user);
    });
  });
}
