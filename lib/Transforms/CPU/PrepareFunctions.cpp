//===- PrepareFunctions.cpp - The interface that a host calls -------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

namespace grow {
#define GEN_PASS_DEF_CPUPREPAREFUNCTIONSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

void preparePublic(func::FuncOp function) {
  Builder builder(function.getContext());
  function->setAttr(LLVM::LLVMDialect::getEmitCWrapperAttrName(),
                    builder.getUnitAttr());
  StringRef writable = bufferization::BufferizationDialect::kWritableAttrName;
  for (auto [index, type] : llvm::enumerate(function.getArgumentTypes()))
    if (isa<TensorType>(type) && !function.getArgAttr(index, writable))
      function.setArgAttr(index, writable, builder.getBoolAttr(false));
}

/// Names what is missing before the pipeline, instead of failing far inside of
/// it. These passes know upstream dialects only, so the name has to do. Ops in
/// destination style are kernel ops, which the target lowers.
WalkResult refuseModelOp(func::FuncOp function) {
  return function.walk([](Operation *op) -> WalkResult {
    if (op->getName().getDialectNamespace() != "grow" ||
        isa<DestinationStyleOpInterface>(op))
      return WalkResult::advance();
    return op->emitOpError()
           << "is not linalg: run 'convert-grow-to-linalg' first";
  });
}

struct PrepareFunctions
    : public grow::impl::CPUPrepareFunctionsPassBase<PrepareFunctions> {
  void runOnOperation() override {
    if (getOperation()->walk(refuseModelOp).wasInterrupted())
      return signalPassFailure();
    int64_t prepared = 0;
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      if (!function.isPublic() || function.isExternal())
        continue;
      preparePublic(function);
      ++prepared;
    }
    grow::reportCount(getOperation(), getName(), prepared, "functions",
                      "prepared for hosts");
  }
};

} // namespace
