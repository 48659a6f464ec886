//===- LinkWorkgroupMemory.cpp - Memory that a launch sizes ---------------===//
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
#define GEN_PASS_DEF_NVGPULINKWORKGROUPMEMORYPASS
#include "grow/Transforms/NVGPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

constexpr uint64_t kAlignment = 1024; // of grow-nvgpu-plan-workgroup-memory

struct LinkWorkgroupMemory
    : public grow::impl::NVGPULinkWorkgroupMemoryPassBase<LinkWorkgroupMemory> {
  void runOnOperation() override {
    int64_t buffers = 0;
    for (auto global : getOperation().getOps<LLVM::GlobalOp>()) {
      auto type = dyn_cast<LLVM::LLVMArrayType>(global.getType());
      if (type && type.getNumElements() == 0 &&
          global.getAddrSpace() ==
              static_cast<unsigned>(NVVM::NVVMMemorySpace::Shared)) {
        global.setLinkage(LLVM::Linkage::External);
        global.setAlignment(kAlignment);
        ++buffers;
      }
    }
    grow::reportCount(getOperation(), getName(), buffers, "buffers",
                      "of workgroups left to the launch to size");
  }
};

} // namespace
