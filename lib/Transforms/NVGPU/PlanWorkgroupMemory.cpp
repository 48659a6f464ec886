//===- PlanWorkgroupMemory.cpp - One block of workgroup memory ------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/NVGPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "BufferLifetimes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

namespace grow {
#define GEN_PASS_DEF_NVGPUPLANWORKGROUPMEMORYPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

/// Of a buffer that checkBuffers has let pass.
int64_t getBytes(BlockArgument buffer) {
  return *grow::getBytes(cast<MemRefType>(buffer.getType()));
}

/// Reports buffers whose places cannot be counted.
LogicalResult checkBuffers(gpu::GPUFuncOp kernel) {
  for (BlockArgument buffer : kernel.getWorkgroupAttributions()) {
    auto type = cast<MemRefType>(buffer.getType());
    std::optional<int64_t> bytes = grow::getBytes(type);
    if (!bytes || *bytes > std::numeric_limits<int32_t>::max())
      return kernel.emitOpError()
             << "declares workgroup memory of type " << type
             << ": expected a contiguous buffer of numbers of 1, 2, 4 or 8 "
                "bytes, of a known shape and less than 2 GB";
  }
  return success();
}

/// Where copies that swizzle repeat their pattern; small buffers are none of
/// theirs.
int64_t getAlignment(int64_t bytes) { return bytes < 4096 ? 128 : 1024; }

/// A place in the workgroup's memory.
struct Place {
  BlockArgument buffer;
  int64_t first, bytes;
};

/// Gives each buffer the first place that is free while it is used, the largest
/// buffer first.
SmallVector<Place> plan(gpu::GPUFuncOp kernel) {
  BufferLifetimes lifetimes(kernel);
  SmallVector<BlockArgument> buffers(kernel.getWorkgroupAttributions());
  llvm::sort(buffers, [](BlockArgument x, BlockArgument y) {
    return getBytes(x) > getBytes(y);
  });
  SmallVector<Place> places; // in the order of their first bytes
  for (BlockArgument buffer : buffers) {
    Place place{buffer, 0, getBytes(buffer)};
    for (const Place &other : places) {
      if (place.first + place.bytes <= other.first)
        break;
      if (!lifetimes.canShare(buffer, other.buffer))
        place.first = std::max<int64_t>(
            place.first, llvm::alignTo(other.first + other.bytes,
                                       getAlignment(place.bytes)));
    }
    places.insert(llvm::upper_bound(places, place,
                                    [](const Place &x, const Place &y) {
                                      return x.first < y.first;
                                    }),
                  place);
  }
  return places;
}

/// Replaces the workgroup memory that a kernel declares; returns the bytes that
/// it needs.
int64_t replaceAttributions(gpu::GPUFuncOp kernel) {
  unsigned count = kernel.getNumWorkgroupAttributions();
  if (count == 0)
    return 0;
  SmallVector<Place> places = plan(kernel);
  Block &body = kernel.getBody().front();
  auto b = OpBuilder::atBlockBegin(&body);
  Location loc = kernel.getLoc();
  auto space =
      gpu::AddressSpaceAttr::get(b.getContext(), gpu::AddressSpace::Workgroup);
  auto whole = MemRefType::get({ShapedType::kDynamic}, b.getI8Type(),
                               MemRefLayoutAttrInterface(), space);
  Value memory = gpu::DynamicSharedMemoryOp::create(b, loc, whole);
  int64_t bytes = 0;
  for (auto [buffer, first, size] : places) {
    Value offset = arith::ConstantIndexOp::create(b, loc, first);
    buffer.replaceAllUsesWith(
        memref::ViewOp::create(b, loc, cast<MemRefType>(buffer.getType()),
                               memory, offset, ValueRange()));
    bytes = std::max(bytes, first + size);
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
    // Launches count the bytes with 32 bits.
    if (limit < 0 || limit > std::numeric_limits<int32_t>::max()) {
      emitError(module.getLoc())
          << "'limit' is " << limit.getValue() << ": expected 0 to "
          << std::numeric_limits<int32_t>::max();
      return signalPassFailure();
    }
    llvm::DenseMap<Operation *, int64_t> bytes;
    int64_t most = 0;
    WalkResult result = module.walk([&](gpu::GPUFuncOp kernel) {
      if (failed(checkBuffers(kernel)))
        return WalkResult::interrupt();
      int64_t needed = replaceAttributions(kernel);
      bytes[kernel] = needed;
      most = std::max(most, needed);
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
    int64_t kernels = llvm::count_if(
        bytes, [](const auto &kernel) { return kernel.second > 0; });
    if (kernels > 0)
      reportPassed(module, getName())
          << remark::reason(
                 "{0} kernels use up to {1} bytes of workgroup memory", kernels,
                 most)
          << remark::metric("kernels", kernels)
          << remark::metric("most-bytes", most);
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
