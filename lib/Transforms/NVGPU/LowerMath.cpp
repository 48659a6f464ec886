//===- LowerMath.cpp - Functions of real numbers without libdevice --------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/NVGPU/Passes.h"

#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

namespace grow {
#define GEN_PASS_DEF_NVGPULOWERMATHPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// The intrinsic that NVPTX has instructions for; empty if there is none.
StringRef getIntrinsic(Operation *op) {
  return TypeSwitch<Operation *, StringRef>(op)
      .Case<math::AbsFOp>([](auto) { return "llvm.fabs"; })
      .Case<math::CeilOp>([](auto) { return "llvm.ceil"; })
      .Case<math::CopySignOp>([](auto) { return "llvm.copysign"; })
      .Case<math::Exp2Op>([](math::Exp2Op exp2) -> StringRef {
        bool isRough = arith::bitEnumContainsAny(exp2.getFastmath(),
                                                 arith::FastMathFlags::afn);
        return isRough && exp2.getType().isF32() ? "llvm.nvvm.ex2.approx.ftz"
                                                 : "";
      })
      .Case<math::FloorOp>([](auto) { return "llvm.floor"; })
      .Case<math::FmaOp>([](auto) { return "llvm.fma"; })
      .Case<math::RoundEvenOp>([](auto) { return "llvm.roundeven"; })
      .Case<math::SqrtOp>([](auto) { return "llvm.sqrt"; })
      .Case<math::TruncOp>([](auto) { return "llvm.trunc"; })
      .Default(StringRef());
}

LogicalResult lower(Operation *op) {
  StringRef intrinsic = getIntrinsic(op);
  if (intrinsic.empty())
    return op->emitOpError()
           << "on " << op->getResult(0).getType()
           << " has no instruction on NVIDIA GPUs: run "
              "'grow-cpu-approximate-math' and 'grow-gpu-expand-math' before, "
              "which know functions of f32";
  OpBuilder b(op);
  auto call = LLVM::CallIntrinsicOp::create(
      b, op->getLoc(), op->getResult(0).getType(), b.getStringAttr(intrinsic),
      op->getOperands());
  op->replaceAllUsesWith(call);
  op->erase();
  return success();
}

struct NVGPULowerMath
    : public grow::impl::NVGPULowerMathPassBase<NVGPULowerMath> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation()->walk([&](Operation *op) {
      if (isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
          isa<FloatType>(op->getResult(0).getType()))
        ops.push_back(op);
    });
    for (Operation *op : ops)
      if (failed(lower(op)))
        return signalPassFailure();
    grow::reportCount(getOperation(), getName(), ops.size(), "ops",
                      "lowered to instructions");
  }
};

} // namespace
