//===- LowerReshapes.cpp - expand_shape with several dynamic sizes --------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERRESHAPESPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

bool hasSeveralDynamicSizes(memref::ExpandShapeOp op) {
  ArrayRef<int64_t> shape = op.getResultType().getShape();
  return llvm::any_of(
      op.getReassociationIndices(), [&](const ReassociationIndices &group) {
        return llvm::count_if(group, [&](int64_t i) {
                 return ShapedType::isDynamic(shape[i]);
               }) > 1;
      });
}

/// Within a group each stride is the next one times the next size.
SmallVector<OpFoldResult> getStrides(RewriterBase &rewriter,
                                     memref::ExpandShapeOp op,
                                     ArrayRef<OpFoldResult> sourceStrides,
                                     ArrayRef<OpFoldResult> sizes) {
  AffineExpr product =
      rewriter.getAffineSymbolExpr(0) * rewriter.getAffineSymbolExpr(1);
  SmallVector<OpFoldResult> strides(sizes.size());
  for (auto [group, stride] :
       llvm::zip_equal(op.getReassociationIndices(), sourceStrides)) {
    OpFoldResult current = stride;
    for (int64_t i : llvm::reverse(group)) {
      strides[i] = current;
      current = affine::makeComposedFoldedAffineApply(
          rewriter, op.getLoc(), product, {current, sizes[i]});
    }
  }
  return strides;
}

struct LowerReshapes
    : public grow::impl::CPULowerReshapesPassBase<LowerReshapes> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    getOperation()->walk([&](memref::ExpandShapeOp op) {
      if (!hasSeveralDynamicSizes(op))
        return;
      rewriter.setInsertionPoint(op);
      auto source = memref::ExtractStridedMetadataOp::create(
          rewriter, op.getLoc(), op.getSrc());
      SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
      SmallVector<OpFoldResult> strides = getStrides(
          rewriter, op, source.getConstifiedMixedStrides(), sizes);
      rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
          op, op.getResultType(), source.getBaseBuffer(),
          source.getConstifiedMixedOffset(), sizes, strides);
    });
  }
};

} // namespace
