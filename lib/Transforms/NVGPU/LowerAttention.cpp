//===- LowerAttention.cpp - Attention on tensor cores ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/NVGPU/Passes.h"

#include "Attention.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

namespace grow {
#define GEN_PASS_DEF_NVGPULOWERATTENTIONPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

namespace {

struct NVGPULowerAttention
    : public grow::impl::NVGPULowerAttentionPassBase<NVGPULowerAttention> {
  using Base::Base;

  void runOnOperation() override {
    AttentionTile tile{blockRows, blockKeys, warpRows};
    if (std::string problem = tile.check(); !problem.empty()) {
      getOperation()->emitError("the tile of attention does not do: ")
          << problem;
      return signalPassFailure();
    }
    SmallVector<FusedAttentionOp> ops;
    getOperation()->walk([&](FusedAttentionOp op) { ops.push_back(op); });
    for (FusedAttentionOp op : ops)
      if (failed(lower(op, tile)))
        return signalPassFailure();
    reportCount(getOperation(), getName(), ops.size(), "attentions",
                "lowered to tensor cores");
  }

  static LogicalResult lower(FusedAttentionOp op, const AttentionTile &tile) {
    if (!op.hasPureBufferSemantics())
      return op.emitOpError() << "works on tensors: expected buffers, run "
                                 "'one-shot-bufferize' first";
    if (std::string problem = tile.check(op); !problem.empty())
      return op.emitOpError("cannot run on tensor cores: ") << problem;
    LoopBuilder b(op.getLoc(), op);
    emitTensorCoreAttention(b, op, tile);
    op.erase();
    return success();
  }
};

} // namespace
