//===- LowerScopes.cpp - Scopes of stack buffers --------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/PatternMatch.h"

namespace grow {
#define GEN_PASS_DEF_CPULOWERSCOPESPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Puts the ops of a scope between those that save and restore the stack.
void lower(IRRewriter &rewriter, memref::AllocaScopeOp scope) {
  Location loc = scope.getLoc();
  Block &body = scope.getBodyRegion().front();
  Operation *end = body.getTerminator();
  rewriter.setInsertionPoint(scope);
  auto pointer = LLVM::LLVMPointerType::get(scope.getContext());
  Value stack = LLVM::StackSaveOp::create(rewriter, loc, pointer);
  rewriter.setInsertionPoint(end);
  LLVM::StackRestoreOp::create(rewriter, loc, stack);
  SmallVector<Value> results(end->getOperands());
  rewriter.eraseOp(end);
  rewriter.inlineBlockBefore(&body, scope);
  rewriter.replaceOp(scope, results);
}

struct LowerScopes : public grow::impl::CPULowerScopesPassBase<LowerScopes> {
  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    int64_t lowered = 0;
    getOperation()->walk<WalkOrder::PostOrder>(
        [&](memref::AllocaScopeOp scope) {
          lower(rewriter, scope);
          ++lowered;
        });
    grow::reportCount(getOperation(), getName(), lowered, "scopes", "lowered");
  }
};

} // namespace
