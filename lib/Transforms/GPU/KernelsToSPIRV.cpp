//===- KernelsToSPIRV.cpp - Kernels for Vulkan ----------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "mlir/Conversion/ArithToSPIRV/ArithToSPIRV.h"
#include "mlir/Conversion/GPUToSPIRV/GPUToSPIRV.h"
#include "mlir/Conversion/MathToSPIRV/MathToSPIRV.h"
#include "mlir/Conversion/MemRefToSPIRV/MemRefToSPIRV.h"
#include "mlir/Conversion/SCFToSPIRV/SCFToSPIRV.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/Dialect/SPIRV/IR/TargetAndABI.h"
#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"
#include "mlir/Transforms/DialectConversion.h"

namespace grow {
#define GEN_PASS_DEF_GPUKERNELSTOSPIRVPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// Push constants that every Vulkan device has room for: 128 bytes.
static constexpr unsigned kPushConstantWords = 32;

namespace {

bool isNarrow(Type type) { return isa<BFloat16Type, Float16Type>(type); }

//===----------------------------------------------------------------------===//
// Before the conversion
//===----------------------------------------------------------------------===//

/// Reports branches: loops and conditions tell SPIR-V where they end.
LogicalResult checkBlocks(gpu::GPUFuncOp kernel) {
  if (kernel.getBody().hasOneBlock())
    return success();
  return kernel.emitOpError()
         << "consists of " << llvm::range_size(kernel.getBody())
         << " blocks: expected one, with loops and conditions as ops of scf";
}

/// Reports functions that Vulkan has for f32 only.
LogicalResult checkFunctions(gpu::GPUFuncOp kernel) {
  WalkResult result = kernel.walk([](Operation *op) -> WalkResult {
    if (!isa_and_nonnull<math::MathDialect>(op->getDialect()) ||
        isa<math::FmaOp, math::SqrtOp, math::AbsFOp, math::FloorOp,
            math::CeilOp, math::CopySignOp>(op))
      return WalkResult::advance();
    for (Type type : op->getResultTypes())
      if (getElementTypeOrSelf(type).isF64())
        return op->emitOpError()
               << "is not available in f64 on Vulkan devices: compute it in "
                  "f32, or run this on the CPU";
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Gives buffers the storage class `space`, and bf16 and f16 in them the type
/// i16.
class BufferTyper {
public:
  explicit BufferTyper(gpu::GPUFuncOp kernel)
      : kernel(kernel), builder(kernel.getContext()) {}

  void run() {
    // Without memory of the workgroup, which are arguments of the block, too.
    SmallVector<Type> types;
    for (BlockArgument argument :
         kernel.getArguments().take_front(kernel.getNumArguments())) {
      if (isa<MemRefType>(argument.getType()))
        setType(argument, spirv::StorageClass::StorageBuffer);
      types.push_back(argument.getType());
    }
    kernel.setFunctionType(FunctionType::get(kernel.getContext(), types, {}));
    kernel.walk([&](memref::AllocaOp alloca) {
      setType(alloca, spirv::StorageClass::Function);
    });
    allocateWorkgroupMemory();
  }

private:
  void setType(Value buffer, spirv::StorageClass space) {
    auto type = cast<MemRefType>(buffer.getType());
    Type element = type.getElementType();
    if (isNarrow(element))
      moveAsIntegers(buffer, element);
    SmallVector<int64_t> shape(type.getShape());
    if (space == spirv::StorageClass::StorageBuffer)
      shape.assign(shape.size(), ShapedType::kDynamic);
    buffer.setType(MemRefType::get(
        shape, isNarrow(element) ? builder.getI16Type() : element, AffineMap(),
        spirv::StorageClassAttr::get(kernel.getContext(), space)));
  }

  void moveAsIntegers(Value buffer, Type element) {
    OpBuilder::InsertionGuard guard(builder);
    for (Operation *user : buffer.getUsers()) {
      if (auto load = dyn_cast<memref::LoadOp>(user)) {
        builder.setInsertionPointAfter(load);
        load.getResult().setType(builder.getI16Type());
        auto cast = arith::BitcastOp::create(builder, load.getLoc(), element,
                                             load.getResult());
        load.getResult().replaceAllUsesExcept(cast, cast);
      } else if (auto store = dyn_cast<memref::StoreOp>(user)) {
        builder.setInsertionPoint(store);
        store.getValueMutable().assign(arith::BitcastOp::create(
            builder, store.getLoc(), builder.getI16Type(), store.getValue()));
      }
    }
  }

  /// As upstream's conversion of allocations wants it.
  void allocateWorkgroupMemory() {
    builder.setInsertionPointToStart(&kernel.getBody().front());
    unsigned first = kernel.getNumArguments();
    while (kernel.getNumWorkgroupAttributions() > 0) {
      BlockArgument attribution = kernel.getWorkgroupAttributions().front();
      setType(attribution, spirv::StorageClass::Workgroup);
      auto alloc = memref::AllocOp::create(
          builder, kernel.getLoc(), cast<MemRefType>(attribution.getType()));
      attribution.replaceAllUsesWith(alloc);
      kernel.getBody().eraseArgument(first);
      kernel->setAttr(
          kernel.getNumWorkgroupAttributionsAttrName(),
          builder.getI64IntegerAttr(kernel.getNumWorkgroupAttributions() - 1));
    }
  }

  gpu::GPUFuncOp kernel;
  OpBuilder builder;
};

//===----------------------------------------------------------------------===//
// Conversion
//===----------------------------------------------------------------------===//

/// A constant of bf16 or f16 as its bits.
struct ConvertNarrowConstant : public OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto value = dyn_cast<FloatAttr>(op.getValue());
    if (!value || !isNarrow(value.getType()))
      return failure();
    rewriter.replaceOpWithNewOp<spirv::ConstantOp>(
        op, rewriter.getI16Type(),
        rewriter.getIntegerAttr(rewriter.getI16Type(),
                                value.getValue().bitcastToAPInt()));
    return success();
  }
};

/// bf16 and f16 are integers of 16 bits here.
struct ConvertNarrowBitcast : public OpConversionPattern<arith::BitcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::BitcastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!isNarrow(op.getType()) && !isNarrow(op.getIn().getType()))
      return failure();
    rewriter.replaceOp(op, adaptor.getIn());
    return success();
  }
};

LogicalResult convert(gpu::GPUModuleOp kernels, spirv::TargetEnvAttr target) {
  MLIRContext *context = kernels.getContext();
  SPIRVTypeConverter types(target, SPIRVConversionOptions());
  types.addConversion([](FloatType type) -> std::optional<Type> {
    if (!isNarrow(type))
      return std::nullopt;
    return IntegerType::get(type.getContext(), 16);
  });
  RewritePatternSet patterns(context);
  populateGPUToSPIRVPatterns(types, patterns);
  ScfToSPIRVContext loops;
  populateSCFToSPIRVPatterns(types, loops, patterns);
  arith::populateArithToSPIRVPatterns(types, patterns);
  populateMathToSPIRVPatterns(types, patterns);
  populateMemRefToSPIRVPatterns(types, patterns);
  patterns.add<ConvertNarrowBitcast, ConvertNarrowConstant>(types, context,
                                                            /*benefit=*/10);
  std::unique_ptr<ConversionTarget> legal = SPIRVConversionTarget::get(target);
  return applyFullConversion(kernels, *legal, std::move(patterns));
}

//===----------------------------------------------------------------------===//
// After the conversion
//===----------------------------------------------------------------------===//

/// Makes numbers push constants and numbers the bindings of buffers.
class ArgumentBinder {
public:
  explicit ArgumentBinder(spirv::FuncOp kernel)
      : kernel(kernel), builder(kernel.getContext()) {}

  LogicalResult run() {
    for (BlockArgument argument : kernel.getArguments())
      words += getWords(argument.getType());
    if (words > kPushConstantWords)
      return kernel.emitOpError()
             << "takes " << words << " words of sizes and offsets, but "
             << "Vulkan devices need not have room for more than "
             << kPushConstantWords
             << ": give more of the tensors static shapes";
    builder.setInsertionPointToStart(&kernel.front());
    unsigned word = 0, binding = 0;
    llvm::BitVector numbers(kernel.getNumArguments());
    for (BlockArgument argument : kernel.getArguments()) {
      unsigned size = getWords(argument.getType());
      if (size == 0) {
        kernel.setArgAttr(
            argument.getArgNumber(), spirv::getInterfaceVarABIAttrName(),
            spirv::getInterfaceVarABIAttr(/*descriptorSet=*/0, binding++,
                                          std::nullopt, kernel.getContext()));
        continue;
      }
      argument.replaceAllUsesWith(load(argument.getType(), word));
      word += size;
      numbers.set(argument.getArgNumber());
    }
    return kernel.eraseArguments(numbers);
  }

private:
  static unsigned getWords(Type type) {
    return type.isIntOrFloat()
               ? llvm::divideCeil(type.getIntOrFloatBitWidth(), 32)
               : 0;
  }

  Value loadWord(unsigned word) {
    return spirv::getPushConstantValue(kernel.front().getTerminator(), words,
                                       word, builder.getI32Type(), builder);
  }

  Value load(Type type, unsigned word) {
    Location loc = kernel.getLoc();
    Value low = loadWord(word);
    unsigned width = type.getIntOrFloatBitWidth();
    if (width == 1)
      return spirv::INotEqualOp::create(
          builder, loc, low,
          spirv::ConstantOp::getZero(builder.getI32Type(), loc, builder));
    if (width == 64) {
      Type wide = builder.getI64Type();
      Value high =
          spirv::UConvertOp::create(builder, loc, wide, loadWord(word + 1));
      high = spirv::ShiftLeftLogicalOp::create(
          builder, loc, wide, high,
          spirv::ConstantOp::create(builder, loc, wide,
                                    builder.getI64IntegerAttr(32)));
      low = spirv::UConvertOp::create(builder, loc, wide, low);
      low = spirv::BitwiseOrOp::create(builder, loc, high, low);
    } else if (width < 32) {
      low = spirv::UConvertOp::create(builder, loc,
                                      builder.getIntegerType(width), low);
    }
    return low.getType() == type
               ? low
               : spirv::BitcastOp::create(builder, loc, type, low);
  }

  spirv::FuncOp kernel;
  OpBuilder builder;
  unsigned words = 0;
};

/// Forbids drivers what would change results.
void pinArithmetic(spirv::ModuleOp module, bool floatControls, bool denormals) {
  bool usesDouble = false;
  module.walk([&](Operation *op) {
    for (Type type : op->getResultTypes())
      usesDouble |= type.isF64();
    if (isa<spirv::FAddOp, spirv::FSubOp, spirv::FMulOp, spirv::GLFmaOp>(op))
      op->setAttr("no_contraction", UnitAttr::get(op->getContext()));
    // Upstream's barrier orders workgroup memory only.
    if (auto barrier = dyn_cast<spirv::ControlBarrierOp>(op))
      barrier.setMemorySemantics(spirv::MemorySemantics::AcquireRelease |
                                 spirv::MemorySemantics::UniformMemory |
                                 spirv::MemorySemantics::WorkgroupMemory);
  });
  SmallVector<spirv::ExecutionMode> modes;
  if (floatControls)
    modes = {spirv::ExecutionMode::RoundingModeRTE,
             spirv::ExecutionMode::SignedZeroInfNanPreserve};
  if (denormals)
    modes.push_back(spirv::ExecutionMode::DenormPreserve);
  SmallVector<int32_t> widths{32};
  if (usesDouble)
    widths.push_back(64);
  for (auto kernel : llvm::to_vector(module.getOps<spirv::FuncOp>())) {
    OpBuilder builder(kernel);
    builder.setInsertionPointAfter(kernel);
    for (spirv::ExecutionMode mode : modes)
      for (int32_t width : widths)
        spirv::ExecutionModeOp::create(builder, kernel.getLoc(), kernel, mode,
                                       width);
  }
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

struct KernelsToSPIRV
    : public grow::impl::GPUKernelsToSPIRVPassBase<KernelsToSPIRV> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<gpu::GPUModuleOp> modules(
        getOperation().getOps<gpu::GPUModuleOp>());
    for (gpu::GPUModuleOp module : modules)
      if (failed(convertModule(module)))
        return signalPassFailure();
    grow::reportCount(getOperation(), getName(), modules.size(), "modules",
                      "of kernels lowered to SPIR-V");
  }

private:
  LogicalResult convertModule(gpu::GPUModuleOp module) {
    spirv::TargetEnvAttr target = getTarget(module);
    if (!target)
      return module.emitOpError()
             << "names no target environment of SPIR-V: run "
                "'spirv-attach-target' first";
    for (auto kernel : module.getOps<gpu::GPUFuncOp>())
      if (failed(checkBlocks(kernel)) || failed(checkFunctions(kernel)))
        return failure();
    // Launches refer to the kernels that were there before.
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    auto copy = cast<gpu::GPUModuleOp>(builder.clone(*module));
    copy->removeAttr(copy.getTargetsAttrName());
    for (auto kernel : copy.getOps<gpu::GPUFuncOp>()) {
      ArrayRef<int32_t> threads =
          kernel.getKnownBlockSize().value_or(ArrayRef<int32_t>());
      if (threads.empty())
        return kernel.emitOpError() << "is launched by workgroups of different "
                                       "sizes: expected a constant size";
      kernel->setAttr(spirv::getEntryPointABIAttrName(),
                      spirv::getEntryPointABIAttr(&getContext(), threads));
      BufferTyper(kernel).run();
    }
    if (failed(convert(copy, target)))
      return failure();
    for (auto kernel : module.getOps<gpu::GPUFuncOp>())
      eraseBody(kernel);
    for (auto binary : module.getOps<spirv::ModuleOp>()) {
      binary->setAttr(spirv::getTargetEnvAttrName(), target);
      for (auto kernel : binary.getOps<spirv::FuncOp>())
        if (failed(ArgumentBinder(kernel).run()))
          return failure();
      pinArithmetic(binary, floatControls, denormals);
    }
    return success();
  }

  static spirv::TargetEnvAttr getTarget(gpu::GPUModuleOp module) {
    if (ArrayAttr targets = module.getTargetsAttr())
      for (Attribute target : targets)
        if (auto environment = dyn_cast<spirv::TargetEnvAttr>(target))
          return environment;
    return {};
  }

  static void eraseBody(gpu::GPUFuncOp kernel) {
    Block &entry = kernel.getBody().front();
    while (!llvm::hasSingleElement(entry))
      std::prev(entry.end(), 2)->erase();
  }
};

} // namespace
