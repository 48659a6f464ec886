//===- GrowToLinalg.cpp - The conversion pass -----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Conversion/Passes.h"
#include "grow/IR/GrowOps.h"
#include "grow/IR/KernelOps.h"
#include "grow/Support/Remarks.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"
#include "mlir/Transforms/RegionUtils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace grow {
#define GEN_PASS_DEF_CONVERTGROWTOLINALGPASS
#include "grow/Conversion/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

/// Replaces a layer by the ops in its region.
static void inlineLayer(IRRewriter &rewriter, LayerOp layer) {
  Value result = layer.getYielded();
  Operation *yield = layer.getBody().front().getTerminator();
  rewriter.setInsertionPoint(layer);
  rewriter.replaceAllUsesWith(layer.getResult(), result);
  rewriter.eraseOp(yield);
  rewriter.inlineBlockBefore(&layer.getBody().front(), layer,
                             layer.getInputs());
  rewriter.eraseOp(layer);
}

/// Reports what keeps `op` from being lowered.
static LogicalResult refuse(Operation *op) {
  if (isa<GetOp>(op))
    return op->emitOpError() << "reads a parameter of the model: run "
                                "'grow-externalize-params' first";
  if (isa<FillOp, ExtendOp>(op))
    return op->emitOpError()
           << "draws random numbers without a key, or has a fill of an unknown "
              "kind: give it a 'key' operand or name the key in the fill";
  return op->emitOpError() << "cannot be lowered to linalg";
}

namespace {
struct ConvertGrowToLinalgPass
    : public grow::impl::ConvertGrowToLinalgPassBase<ConvertGrowToLinalgPass> {
  using Base::Base;

  void runOnOperation() override {
    AttentionBlocks blocks{attentionRows, attentionKeys, keyPanel,
                           fusedAttention};
    if (failed(check(blocks)))
      return signalPassFailure();
    RewritePatternSet patterns(&getContext());
    populateModelToLinalgPatterns(patterns, blocks);
    populateDerivationToLinalgPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    IRRewriter rewriter(&getContext());
    int64_t ops = countOps(), functions = 0;
    for (auto function : getOperation().getOps<FunctionOpInterface>()) {
      ++functions;
      SmallVector<LayerOp> layers;
      function.walk([&](LayerOp layer) { layers.push_back(layer); });
      for (LayerOp layer : layers)
        inlineLayer(rewriter, layer);
      walkAndApplyPatterns(function, frozen);
      // Transpositions that contractions looked through have no use now.
      (void)runRegionDCE(rewriter, function->getRegions());
      WalkResult result = function.walk([](Operation *op) {
        bool isOurs = isa_and_nonnull<GrowDialect>(op->getDialect()) &&
                      !isa<FusedAttentionOp>(op);
        return isOurs ? WalkResult(refuse(op)) : WalkResult::advance();
      });
      if (result.wasInterrupted())
        return signalPassFailure();
    }
    if (ops > 0)
      reportPassed(getOperation(), getName())
          << remark::reason("{0} ops in {1} functions are lowered", ops,
                            functions)
          << remark::metric("ops", ops)
          << remark::metric("functions", functions);
  }

private:
  /// The ops of the dialect in functions.
  int64_t countOps() {
    int64_t count = 0;
    for (auto function : getOperation().getOps<FunctionOpInterface>())
      function.walk([&](Operation *op) {
        count += isa_and_nonnull<GrowDialect>(op->getDialect());
      });
    return count;
  }

  LogicalResult check(const AttentionBlocks &blocks) {
    bool isOff = blocks.rows == 0 && blocks.keys == 0 && blocks.panel == 0;
    bool isOn = blocks.rows > 0 && blocks.keys > 0 && blocks.panel >= 0;
    if (isOff ||
        (isOn && (blocks.panel == 0 || blocks.keys % blocks.panel == 0)))
      return success();
    return emitError(getOperation().getLoc())
           << "blocks of attention need positive 'attention-rows' and "
              "'attention-keys', a multiple of 'key-panel' unless that is 0; "
              "found "
           << blocks.rows << ", " << blocks.keys << " and " << blocks.panel
           << ": give these, or none for attention as a whole";
  }
};
} // namespace
