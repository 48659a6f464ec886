//===- PlanWorkgroupMemory.cpp - One block of workgroup memory ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/NVGPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

namespace grow {
#define GEN_PASS_DEF_NVGPUPLANWORKGROUPMEMORYPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

int64_t getBytes(MemRefType type) {
  int64_t bits = type.getElementTypeBitWidth();
  return type.getNumElements() * llvm::divideCeil(bits, 8);
}

/// Where copies that swizzle repeat their pattern; small buffers are none of
/// theirs.
int64_t getAlignment(int64_t bytes) { return bytes < 4096 ? 128 : 1024; }

/// Replaces the workgroup memory that a kernel declares; returns the bytes that
/// it needs.
int64_t replaceAttributions(gpu::GPUFuncOp kernel) {
  unsigned count = kernel.getNumWorkgroupAttributions();
  if (count == 0)
    return 0;
  Block &body = kernel.getBody().front();
  auto b = OpBuilder::atBlockBegin(&body);
  Location loc = kernel.getLoc();
  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  auto whole = MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                               MemRefLayoutAttrInterface(), space);
  Value memory = gpu::DynamicSharedMemoryOp::create(b, loc, whole);
  int64_t bytes = 0;
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(buffer.getType());
    bytes = llvm::alignTo(bytes, getAlignment(getBytes(type)));
    Value offset = arith::ConstantIndexOp::create(b, loc, bytes);
    buffer.replaceAllUsesWith(
        memref::ViewOp::create(b, loc, type, memory, offset, ValueRange()));
    bytes += getBytes(type);
  }
  body.eraseArguments(kernel.getNumArguments(), count);
  kernel->removeAttr(gpu::GPUFuncOp::getNumWorkgroupAttributionsAttrName());
  kernel.removeWorkgroupAttribAttrsAttr();
  return llvm::alignTo(bytes, getAlignment(0));
}

struct PlanWorkgroupMemory
    : public grow::impl::NVGPUPlanWorkgroupMemoryPassBase<PlanWorkgroupMemory> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::DenseMap<Operation *, int64_t> bytes;
    WalkResult result = module.walk([&](gpu::GPUFuncOp kernel) {
      int64_t needed = replaceAttributions(kernel);
      bytes[kernel] = needed;
      if (needed <= limit)
        return WalkResult::advance();
      kernel.emitOpError() << "needs " << needed
                           << " bytes of workgroup memory, but the target has "
                           << limit.getValue() << ": choose smaller blocks";
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    module.walk([&](gpu::LaunchFuncOp launch) {
      auto kernel = module.lookupSymbol<gpu::GPUFuncOp>(launch.getKernelAttr());
      setMemory(launch, kernel ? bytes.lookup(kernel) : 0);
    });
  }

  void setMemory(gpu::LaunchFuncOp launch, int64_t bytes) {
    if (bytes == 0)
      return;
    OpBuilder b(launch);
    launch.getDynamicSharedMemorySizeMutable().assign(
        arith::ConstantIntOp::create(b, launch.getLoc(), bytes, 32));
  }
};

} // namespace
