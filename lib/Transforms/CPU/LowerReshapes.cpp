//===- LowerReshapes.cpp - expand_shape with several dynamic sizes --------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
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
  return llvm::any_of(op.getReassociationIndices(),
                      [&](const ReassociationIndices &group) {
                        return llvm::count_if(group, [&](int64_t i) {
                                 return ShapedType::isDynamic(shape[i]);
                               }) > 1;
                      });
}

/// Returns `x * y`. What is static must stay so: the result type says it, too.
OpFoldResult multiply(RewriterBase &rewriter, Location loc, OpFoldResult x,
                      OpFoldResult y) {
  std::optional<int64_t> xStatic = getConstantIntValue(x),
                         yStatic = getConstantIntValue(y);
  if (xStatic && yStatic)
    return rewriter.getIndexAttr(*xStatic * *yStatic);
  return arith::MulIOp::create(
             rewriter, loc, getValueOrCreateConstantIndexOp(rewriter, loc, x),
             getValueOrCreateConstantIndexOp(rewriter, loc, y))
      .getResult();
}

/// Within a group each stride is the next one times the next size.
SmallVector<OpFoldResult> getStrides(RewriterBase &rewriter,
                                     memref::ExpandShapeOp op,
                                     ArrayRef<OpFoldResult> sourceStrides,
                                     ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> strides(sizes.size());
  for (auto [group, stride] :
       llvm::zip_equal(op.getReassociationIndices(), sourceStrides)) {
    strides[group.back()] = stride;
    for (int64_t i : llvm::reverse(ArrayRef(group).drop_front()))
      strides[i - 1] = multiply(rewriter, op.getLoc(), strides[i], sizes[i]);
  }
  return strides;
}

struct LowerReshapes
    : public grow::impl::CPULowerReshapesPassBase<LowerReshapes> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    int64_t lowered = 0;
    getOperation()->walk([&](memref::ExpandShapeOp op) {
      if (!hasSeveralDynamicSizes(op))
        return;
      rewriter.setInsertionPoint(op);
      auto source = memref::ExtractStridedMetadataOp::create(
          rewriter, op.getLoc(), op.getSrc());
      SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
      SmallVector<OpFoldResult> strides =
          getStrides(rewriter, op, source.getConstifiedMixedStrides(), sizes);
      rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
          op, op.getResultType(), source.getBaseBuffer(),
          source.getConstifiedMixedOffset(), sizes, strides);
      ++lowered;
    });
    grow::reportCount(getOperation(), getName(), lowered, "reshapes",
                      "lowered to casts");
  }
};

} // namespace
