//===- MarkTensorMaps.cpp - Tensor maps among arguments -------------------===//
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
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

namespace grow {
#define GEN_PASS_DEF_NVGPUMARKTENSORMAPSPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// An argument of a kernel: 128 bytes, aligned as CUDA's interface has it.
void passByValue(LLVM::LLVMFuncOp kernel, unsigned argument) {
  OpBuilder b(kernel.getContext());
  auto bytes = LLVM::LLVMArrayType::get(b.getI8Type(), 128);
  kernel.setArgAttr(argument, LLVM::LLVMDialect::getByValAttrName(),
                    TypeAttr::get(bytes));
  kernel.setArgAttr(argument, LLVM::LLVMDialect::getAlignAttrName(),
                    b.getI64IntegerAttr(64));
  kernel.setArgAttr(argument, NVVM::NVVMDialect::getGridConstantAttrName(),
                    b.getUnitAttr());
}

struct MarkTensorMaps
    : public grow::impl::NVGPUMarkTensorMapsPassBase<MarkTensorMaps> {
  void runOnOperation() override {
    llvm::SmallPtrSet<Value, 8> maps;
    getOperation().walk([&](NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp op) {
      auto map = dyn_cast<BlockArgument>(op.getTmaDescriptor());
      auto kernel = op->getParentOfType<LLVM::LLVMFuncOp>();
      if (map && kernel && map.getOwner() == &kernel.front() &&
          maps.insert(map).second)
        passByValue(kernel, map.getArgNumber());
    });
    grow::reportCount(getOperation(), getName(), maps.size(), "tensor-maps",
                      "passed by value");
  }
};

} // namespace
