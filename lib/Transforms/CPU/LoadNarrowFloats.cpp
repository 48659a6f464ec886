//===- LoadNarrowFloats.cpp - bf16 and f16 in memory as integers ----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/CPU/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/TypeUtilities.h"

namespace grow {
#define GEN_PASS_DEF_CPULOADNARROWFLOATSPASS
#include "grow/Transforms/CPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// i16 or a vector of it in place of bf16 or f16; null for any other type.
Type getIntegers(Type type) {
  if (!isa<BFloat16Type, Float16Type>(getElementTypeOrSelf(type)))
    return {};
  Type integer = IntegerType::get(type.getContext(), 16);
  auto vector = dyn_cast<VectorType>(type);
  return vector ? Type(vector.clone(integer)) : integer;
}

bool isMemoryAccess(Operation *op) {
  return isa<LLVM::LoadOp, LLVM::StoreOp, LLVM::MaskedLoadOp,
             LLVM::MaskedStoreOp, LLVM::masked_gather, LLVM::masked_scatter,
             LLVM::masked_expandload, LLVM::masked_compressstore>(op);
}

/// Returns whether it is an access to narrow floats.
bool accessIntegers(Operation *op) {
  OpBuilder builder(op);
  bool isNarrow = false;
  for (OpOperand &operand : op->getOpOperands())
    if (Type integers = getIntegers(operand.get().getType())) {
      isNarrow = true;
      operand.set(LLVM::BitcastOp::create(builder, op->getLoc(), integers,
                                          operand.get()));
    }
  builder.setInsertionPointAfter(op);
  for (Value result : op->getResults()) {
    Type type = result.getType();
    Type integers = getIntegers(type);
    if (!integers)
      continue;
    isNarrow = true;
    result.setType(integers);
    auto cast = LLVM::BitcastOp::create(builder, op->getLoc(), type, result);
    result.replaceAllUsesExcept(cast, cast);
  }
  return isNarrow;
}

struct LoadNarrowFloats
    : public grow::impl::CPULoadNarrowFloatsPassBase<LoadNarrowFloats> {
  void runOnOperation() override {
    SmallVector<Operation *> accesses;
    getOperation()->walk([&](Operation *op) {
      if (isMemoryAccess(op))
        accesses.push_back(op);
    });
    int64_t changed = 0;
    for (Operation *access : accesses)
      changed += accessIntegers(access);
    grow::reportCount(getOperation(), getName(), changed, "accesses",
                      "to memory made by integers");
  }
};

} // namespace
