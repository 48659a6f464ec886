//===- KernelInterface.cpp - What launches and kernels agree on -----------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"

namespace grow {
#define GEN_PASS_DEF_GPUKERNELINTERFACEPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// What addresses of buffers are multiples of.
static constexpr int64_t kBufferAlignment = 16;

namespace {

/// The type by which a kernel takes an argument.
Type getArgumentType(Type type) {
  if (isa<nvgpu::TensorMapDescriptorType>(type))
    return LLVM::LLVMPointerType::get(type.getContext());
  if (type.isIndex())
    return IntegerType::get(type.getContext(), 32);
  auto buffer = dyn_cast<MemRefType>(type);
  if (!buffer || buffer.getRank() != 1 || buffer.hasStaticShape())
    return type;
  return MemRefType::get({std::numeric_limits<int32_t>::max()},
                         buffer.getElementType(), MemRefLayoutAttrInterface(),
                         buffer.getMemorySpace());
}

Value convert(OpBuilder &b, Value argument, Type type) {
  Location loc = argument.getLoc();
  if (isa<nvgpu::TensorMapDescriptorType>(type))
    return UnrealizedConversionCastOp::create(b, loc, type, argument)
        .getResult(0);
  // Sizes are not negative.
  if (type.isIndex())
    return arith::IndexCastUIOp::create(b, loc, type, argument);
  return memref::CastOp::create(b, loc, type, argument);
}

void changeArguments(gpu::GPUFuncOp kernel) {
  auto b = OpBuilder::atBlockBegin(&kernel.getBody().front());
  SmallVector<Type> types;
  // Those after them are the memory of the workgroup.
  unsigned count = kernel.getFunctionType().getNumInputs();
  for (BlockArgument argument : kernel.getArguments().take_front(count)) {
    Type before = argument.getType(), type = getArgumentType(before);
    types.push_back(type);
    if (isa<MemRefType>(type))
      kernel.setArgAttr(argument.getArgNumber(),
                        LLVM::LLVMDialect::getAlignAttrName(),
                        b.getI64IntegerAttr(kBufferAlignment));
    if (type == before)
      continue;
    argument.setType(type);
    Value converted = convert(b, argument, before);
    argument.replaceAllUsesExcept(converted, converted.getDefiningOp());
  }
  kernel.setFunctionType(b.getFunctionType(types, {}));
}

struct KernelInterface
    : public grow::impl::GPUKernelInterfacePassBase<KernelInterface> {
  void runOnOperation() override {
    int64_t kernels = 0;
    for (auto kernel : getOperation().getOps<gpu::GPUFuncOp>()) {
      changeArguments(kernel);
      ++kernels;
    }
    grow::reportCount(getOperation(), getName(), kernels, "kernels",
                      "given the interface of drivers");
  }
};

} // namespace
