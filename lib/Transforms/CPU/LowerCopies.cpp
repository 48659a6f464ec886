//===- LowerCopies.cpp - Copies of strided buffers ------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERCOPIESPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Whether the lowering to LLVM sees that the buffer is one piece.
bool isContiguous(Value buffer) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && type.hasStaticShape() &&
         type.areTrailingDimsContiguous(type.getRank());
}

struct LowerCopies : public grow::impl::CPULowerCopiesPassBase<LowerCopies> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    int64_t lowered = 0;
    getOperation()->walk([&](memref::CopyOp op) {
      if (!isa<MemRefType>(op.getSource().getType()) ||
          !isa<MemRefType>(op.getTarget().getType()) ||
          (isContiguous(op.getSource()) && isContiguous(op.getTarget())))
        return;
      rewriter.setInsertionPoint(op);
      rewriter.replaceOpWithNewOp<linalg::CopyOp>(op, op.getSource(),
                                                  op.getTarget());
      ++lowered;
    });
    grow::reportCount(getOperation(), getName(), lowered, "copies",
                      "lowered to loops");
  }
};

} // namespace
