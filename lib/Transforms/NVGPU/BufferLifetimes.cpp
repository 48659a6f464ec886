//===- BufferLifetimes.cpp - When a kernel uses its buffers ---------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BufferLifetimes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace grow;

BufferLifetimes::BufferLifetimes(gpu::GPUFuncOp kernel)
    : isStructured(kernel.getBody().hasOneBlock()) {
  kernel.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
    numbers[op] = numbers.size();
    if (isa<gpu::BarrierOp>(op))
      barriers.push_back(op);
  });
  for (BlockArgument buffer : kernel.getWorkgroupAttributions())
    lifetimes[buffer] = measure(buffer);
}

/// The outermost loop around an op of a kernel, or the op itself.
static Operation *getOutermostLoop(Operation *op) {
  Operation *result = op;
  for (; !isa<gpu::GPUFuncOp>(op); op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op))
      result = op;
  return result;
}

void BufferLifetimes::extend(Lifetime &lifetime, Operation *use) const {
  Operation *whole = getOutermostLoop(use);
  unsigned first = numbers.lookup(whole), last = first;
  whole->walk(
      [&](Operation *inner) { last = std::max(last, numbers.lookup(inner)); });
  if (!lifetime.firstUse || first < lifetime.first) {
    lifetime.first = first;
    lifetime.firstUse = whole;
  }
  if (!lifetime.lastUse || last > lifetime.last) {
    lifetime.last = last;
    lifetime.lastUse = whole;
  }
}

/// Whether a buffer that the op uses may be what another value is, too.
static bool mayPassOn(Operation *op) {
  return isa<RegionBranchOpInterface, memref::ExtractAlignedPointerAsIndexOp>(
             op) ||
         op->hasTrait<OpTrait::IsTerminator>() ||
         llvm::any_of(op->getResultTypes(), llvm::IsaPred<BaseMemRefType>);
}

BufferLifetimes::Lifetime BufferLifetimes::measure(BlockArgument buffer) const {
  Lifetime lifetime;
  lifetime.isForever = !isStructured;
  SmallVector<Value> aliases{buffer};
  while (!aliases.empty())
    for (Operation *use : aliases.pop_back_val().getUsers()) {
      // To look at a buffer in another way is no use of what it holds.
      if (isa<ViewLikeOpInterface, memref::ExtractStridedMetadataOp>(use)) {
        llvm::append_range(aliases, use->getResults());
        continue;
      }
      extend(lifetime, use);
      lifetime.isForever |= mayPassOn(use);
    }
  return lifetime;
}

/// The part of the branch that `op` is in; null if it is in none.
static Region *getPart(scf::IfOp branch, Operation *op) {
  Region *region = op->getParentRegion();
  while (region && region->getParentOp() != branch)
    region = region->getParentRegion();
  return region;
}

/// Whether all of x happens in one part of a branch and all of y in the other,
/// of which but one runs.
bool BufferLifetimes::areAlternatives(const Lifetime &x, const Lifetime &y) {
  for (auto branch = x.lastUse->getParentOfType<scf::IfOp>(); branch;
       branch = branch->getParentOfType<scf::IfOp>()) {
    Region *ofX = getPart(branch, x.lastUse);
    Region *ofY = getPart(branch, y.firstUse);
    if (ofY && ofX != ofY)
      return getPart(branch, x.firstUse) == ofX &&
             getPart(branch, y.lastUse) == ofY;
  }
  return false;
}

bool BufferLifetimes::endsBefore(const Lifetime &x, const Lifetime &y) const {
  if (x.last >= y.first)
    return false;
  if (areAlternatives(x, y))
    return true;
  return llvm::any_of(barriers, [&](Operation *barrier) {
    unsigned number = numbers.lookup(barrier);
    Block *block = barrier->getBlock();
    return number > x.last && number < y.first &&
           block->findAncestorOpInBlock(*x.lastUse) &&
           block->findAncestorOpInBlock(*y.firstUse);
  });
}

bool BufferLifetimes::canShare(BlockArgument x, BlockArgument y) const {
  const Lifetime &first = lifetimes.at(x), &second = lifetimes.at(y);
  if (first.isForever || second.isForever)
    return false;
  return !first.firstUse || !second.firstUse || endsBefore(first, second) ||
         endsBefore(second, first);
}
