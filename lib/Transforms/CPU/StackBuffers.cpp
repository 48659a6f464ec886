//===- StackBuffers.cpp - Buffers of a block on the stack -----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "Buffers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace grow {
#define GEN_PASS_DEF_CPUSTACKBUFFERSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

/// Where buffers begin: a cache line, and the widest vector.
static constexpr int64_t kAlignment = 64;

namespace {

/// Whether a loop around the buffer carries it on: the next iteration still
/// reads it when it makes its own.
bool outlivesIteration(memref::AllocOp alloc, BufferViewFlowAnalysis &views) {
  return llvm::any_of(views.resolve(alloc), [&](Value view) {
    auto loop = dyn_cast_or_null<LoopLikeOpInterface>(
        isa<BlockArgument>(view) ? view.getParentBlock()->getParentOp()
                                 : view.getDefiningOp());
    return loop && loop->isProperAncestor(alloc);
  });
}

struct StackBuffers : public grow::impl::CPUStackBuffersPassBase<StackBuffers> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<scf::ParallelOp> loops;
    getOperation()->walk([&](scf::ParallelOp loop) {
      // What a loop reduces leaves its body, and could not leave a scope.
      if (!loop->getParentOfType<scf::ParallelOp>() &&
          loop.getNumResults() == 0)
        loops.push_back(loop);
    });
    BufferViewFlowAnalysis views(getOperation());
    int64_t moved = 0;
    for (scf::ParallelOp loop : loops)
      moved += moveToStack(loop, views);
    reportCount(getOperation(), getName(), moved, "buffers",
                "moved to the stack");
  }

private:
  /// Returns the number of buffers.
  int64_t moveToStack(scf::ParallelOp loop, BufferViewFlowAnalysis &views) {
    SmallVector<std::pair<memref::AllocOp, int64_t>> buffers;
    int64_t left = bytes;
    loop.walk([&](memref::AllocOp alloc) {
      // Threads of a loop inside would share it.
      if (alloc->getParentOfType<scf::ParallelOp>() != loop ||
          !canBecomeView(alloc, views, kAlignment))
        return;
      std::optional<int64_t> size = getMostBytes(alloc);
      if (!size || *size > left || outlivesIteration(alloc, views))
        return;
      left -= *size;
      buffers.push_back({alloc, *size});
    });
    if (buffers.empty())
      return 0;
    Block *body = createScope(loop);
    for (auto [alloc, size] : buffers) {
      OpBuilder builder = OpBuilder::atBlockBegin(body);
      auto type = MemRefType::get(size, builder.getI8Type());
      Value storage = memref::AllocaOp::create(
          builder, alloc.getLoc(), type, builder.getI64IntegerAttr(kAlignment));
      builder.setInsertionPoint(alloc);
      Value zero = arith::ConstantIndexOp::create(builder, alloc.getLoc(), 0);
      alloc.replaceAllUsesWith(
          memref::ViewOp::create(builder, alloc.getLoc(), alloc.getType(),
                                 storage, zero, alloc.getDynamicSizes())
              .getResult());
      alloc.erase();
    }
    return buffers.size();
  }

  /// Moves the loop's body into a scope that frees its part of the stack.
  static Block *createScope(scf::ParallelOp loop) {
    Block *body = loop.getBody();
    OpBuilder builder = OpBuilder::atBlockBegin(body);
    auto scope =
        memref::AllocaScopeOp::create(builder, loop.getLoc(), TypeRange());
    Block *inside = builder.createBlock(&scope.getBodyRegion());
    inside->getOperations().splice(inside->end(), body->getOperations(),
                                   std::next(scope->getIterator()),
                                   body->getTerminator()->getIterator());
    memref::AllocaScopeReturnOp::create(builder, loop.getLoc(), ValueRange());
    return inside;
  }
};

} // namespace
