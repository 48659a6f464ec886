//===- LaunchesToCalls.cpp - Calls of grow's runtime ----------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/FunctionCallUtils.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/SymbolTable.h"

namespace grow {
#define GEN_PASS_DEF_GPULAUNCHESTOCALLSPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

/// Constants are called PREFIX NAME, those of kernels with a suffix.
static constexpr StringLiteral kConstantPrefix = "__grow.";
static constexpr StringLiteral kBinarySuffix = ".binary";
/// On a kernel's constant: its assembly, if that is something else.
static constexpr StringLiteral kAssembly = "grow.assembly";

std::vector<grow::KernelBinary> grow::getKernelBinaries(ModuleOp module) {
  std::vector<KernelBinary> binaries;
  for (auto global : module.getOps<LLVM::GlobalOp>()) {
    StringRef name = global.getSymName();
    auto code = dyn_cast_or_null<StringAttr>(global.getValueAttr());
    if (!code || !name.consume_front(kConstantPrefix) ||
        !name.consume_back(kBinarySuffix))
      continue;
    auto assembly = global->getAttrOfType<StringAttr>(kAssembly);
    binaries.push_back(
        {name.str(), code.str(), assembly ? assembly.str() : std::string()});
  }
  return binaries;
}

namespace {

/// Rewrites what the host's functions of a module do with the device.
class HostRewriter {
public:
  explicit HostRewriter(ModuleOp module)
      : module(module), symbols(module), context(module.getContext()),
        builder(module.getLoc(), context), types(context),
        pointer(LLVM::LLVMPointerType::get(context)),
        integer(builder.getI64Type()) {}

  LogicalResult run() {
    SmallVector<Operation *> ops;
    for (auto function : module.getOps<func::FuncOp>())
      function.walk([&](Operation *op) {
        if (isa<gpu::LaunchFuncOp, memref::AllocOp, memref::DeallocOp>(op))
          ops.push_back(op);
        else if (auto map = dyn_cast<nvgpu::TmaCreateDescriptorOp>(op))
          maps.push_back(map);
      });
    int64_t launches = llvm::count_if(ops, llvm::IsaPred<gpu::LaunchFuncOp>);
    for (Operation *op : ops)
      if (failed(rewrite(op)))
        return failure();
    for (nvgpu::TmaCreateDescriptorOp map : maps)
      if (failed(erase(map)))
        return failure();
    auto binaries = llvm::to_vector(module.getOps<gpu::BinaryOp>());
    if (launches > 0)
      grow::reportPassed(module.getLoc(), "GPULaunchesToCalls")
          << remark::reason("{0} launches of {1} modules of kernels", launches,
                            binaries.size())
          << remark::metric("launches", launches)
          << remark::metric("modules", binaries.size());
    for (gpu::BinaryOp binary : binaries)
      binary.erase();
    module->removeAttr(gpu::GPUDialect::getContainerModuleAttrName());
    return success();
  }

private:
  LogicalResult rewrite(Operation *op) {
    builder.setInsertionPoint(op);
    builder.setLoc(op->getLoc());
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
      return call(launch);
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return borrow(alloc);
    return giveBack(cast<memref::DeallocOp>(op));
  }

  //===--------------------------------------------------------------------===//
  // Memory
  //===--------------------------------------------------------------------===//

  LogicalResult borrow(memref::AllocOp alloc) {
    MemRefType type = alloc.getType();
    std::optional<int64_t> entryBytes = grow::getElementBytes(type);
    if (!entryBytes || !type.getLayout().isIdentity() || type.getMemorySpace())
      return alloc.emitOpError()
             << "has the type " << type
             << ": expected a contiguous buffer of numbers of 1, 2, 4 or 8 "
                "bytes";
    Value bytes = arith::ConstantIndexOp::create(builder, *entryBytes);
    for (OpFoldResult size : alloc.getMixedSizes())
      bytes = builder.createOrFold<arith::MulIOp>(
          bytes,
          getValueOrCreateConstantIndexOp(builder, alloc.getLoc(), size));
    FailureOr<LLVM::LLVMFuncOp> function =
        declare("growDeviceBorrow", {integer}, integer);
    if (failed(function))
      return failure();
    Value address =
        LLVM::CallOp::create(builder, *function, toInteger(bytes)).getResult();
    Value begin = LLVM::IntToPtrOp::create(builder, pointer, address);
    auto bytesType = MemRefType::get(ShapedType::kDynamic, builder.getI8Type());
    auto descriptor = MemRefDescriptor::poison(builder, alloc.getLoc(),
                                               types.convertType(bytesType));
    Location loc = alloc.getLoc();
    descriptor.setAllocatedPtr(builder, loc, begin);
    descriptor.setAlignedPtr(builder, loc, begin);
    descriptor.setConstantOffset(builder, loc, 0);
    descriptor.setSize(builder, loc, 0, toInteger(bytes));
    descriptor.setConstantStride(builder, loc, 0, 1);
    Value buffer = UnrealizedConversionCastOp::create(builder, bytesType,
                                                      Value(descriptor))
                       .getResult(0);
    if (type != bytesType) {
      Value zero = arith::ConstantIndexOp::create(builder, 0);
      buffer = memref::ViewOp::create(builder, type, buffer, zero,
                                      alloc.getDynamicSizes());
    }
    alloc.replaceAllUsesWith(buffer);
    alloc.erase();
    return success();
  }

  LogicalResult giveBack(memref::DeallocOp dealloc) {
    FailureOr<LLVM::LLVMFuncOp> function =
        declare("growDeviceReturn", {integer}, Type());
    if (failed(function))
      return failure();
    LLVM::CallOp::create(builder, *function, getAddress(dealloc.getMemref()));
    dealloc.erase();
    return success();
  }

  Value getAddress(Value buffer) {
    return toInteger(
        memref::ExtractAlignedPointerAsIndexOp::create(builder, buffer));
  }

  Value toInteger(Value index) {
    return arith::IndexCastOp::create(builder, integer, index);
  }

  //===--------------------------------------------------------------------===//
  // Launches
  //===--------------------------------------------------------------------===//

  LogicalResult call(gpu::LaunchFuncOp launch) {
    if (launch.getAsyncToken() || !launch.getAsyncDependencies().empty())
      return launch.emitOpError()
             << "waits for tokens or returns one: expected a launch without, "
                "the runtime keeps launches in order";
    auto binary = symbols.lookup<gpu::BinaryOp>(launch.getKernelModuleName());
    if (!binary)
      return launch.emitOpError()
             << "runs a kernel of @" << launch.getKernelModuleName().getValue()
             << ", of which there is no binary: run 'gpu-module-to-binary' "
                "first";
    std::string kinds;
    SmallVector<Value> arguments;
    for (Value operand : launch.getKernelOperands()) {
      FailureOr<Value> bits = getBits(launch, operand, kinds);
      if (failed(bits))
        return failure();
      arguments.push_back(*bits);
    }
    auto object = cast<gpu::ObjectAttr>(binary.getObjects()[0]);
    Type word = builder.getI32Type();
    FailureOr<LLVM::LLVMFuncOp> function = declare(
        "growDeviceLaunch",
        {pointer, integer, pointer, pointer, pointer, word, pointer, pointer},
        Type());
    if (failed(function))
      return failure();
    gpu::KernelDim3 grid = launch.getGridSizeOperandValues();
    gpu::KernelDim3 block = launch.getBlockSizeOperandValues();
    Value sharedBytes = launch.getDynamicSharedMemorySize();
    if (!sharedBytes)
      sharedBytes = LLVM::ConstantOp::create(builder, word, 0);
    std::string kernel = getEntryName(launch, object);
    Value name = getConstant(kernel + ".name", kernel + '\0', /*alignment=*/1);
    if (failed(checkEntries(launch, name)))
      return failure();
    Value operands[] = {
        getCode(binary),
        LLVM::ConstantOp::create(
            builder, integer, static_cast<int64_t>(object.getObject().size())),
        name,
        store(launch, word, toWords(grid)),
        store(launch, word, toWords(block)),
        sharedBytes,
        store(launch, integer, arguments),
        getConstant("kinds." + kinds, kinds + '\0', /*alignment=*/1)};
    LLVM::CallOp::create(builder, *function, operands);
    launch.erase();
    return success();
  }

  /// The first object of a binary.
  Value getCode(gpu::BinaryOp binary) {
    auto objects = binary.getObjects().getAsRange<gpu::ObjectAttr>();
    LLVM::GlobalOp code =
        getGlobal(binary.getSymName() + kBinarySuffix,
                  (*objects.begin()).getObject(), /*alignment=*/16);
    for (gpu::ObjectAttr object : llvm::drop_begin(objects))
      if (object.getFormat() == gpu::CompilationTarget::Assembly)
        code->setAttr(kAssembly, object.getObject());
    return LLVM::AddressOfOp::create(builder, code);
  }

  /// Has the runtime refuse buffers with more entries than kernels can count,
  /// as far as types do not say how many there are.
  LogicalResult checkEntries(gpu::LaunchFuncOp launch, Value name) {
    Value most;
    for (Value operand : launch.getKernelOperands()) {
      auto type = dyn_cast<MemRefType>(operand.getType());
      if (!type || type.hasStaticShape())
        continue;
      Value entries = memref::DimOp::create(builder, operand, 0);
      most =
          most ? builder.createOrFold<arith::MaxUIOp>(most, entries) : entries;
    }
    if (!most)
      return success();
    FailureOr<LLVM::LLVMFuncOp> function =
        declare("growDeviceCheckEntries", {integer, pointer}, Type());
    if (failed(function))
      return failure();
    LLVM::CallOp::create(builder, *function, ValueRange{toInteger(most), name});
    return success();
  }

  /// The kernel's name in the binary. PTX knows no dots in names; LLVM writes
  /// "_$_" for them.
  static std::string getEntryName(gpu::LaunchFuncOp launch,
                                  gpu::ObjectAttr object) {
    std::string name = launch.getKernelName().str();
    if (!isa<NVVM::NVVMTargetAttr>(object.getTarget()))
      return name;
    std::string entry;
    for (char c : name)
      entry += c == '.' ? std::string("_$_") : std::string(1, c);
    return entry;
  }

  /// A number or an address as 64 bits; appends its kind.
  FailureOr<Value> getBits(gpu::LaunchFuncOp launch, Value value,
                           std::string &kinds) {
    Type type = value.getType();
    if (auto map = value.getDefiningOp<nvgpu::TmaCreateDescriptorOp>()) {
      kinds += 't';
      return describe(map);
    }
    if (isa<MemRefType>(type)) {
      kinds += 'b';
      return getAddress(value);
    }
    if (type.isIndex()) {
      kinds += 'w';
      return toInteger(value);
    }
    if (!type.isSignlessIntOrFloat() || type.getIntOrFloatBitWidth() > 64)
      return launch.emitOpError()
             << "passes a value of type " << type
             << ": expected buffers, numbers and tensor maps";
    unsigned width = type.getIntOrFloatBitWidth();
    kinds += width > 32 ? 'l' : 'w';
    if (!type.isInteger())
      value = arith::BitcastOp::create(builder, builder.getIntegerType(width),
                                       value);
    return width == 64 ? value
                       : Value(arith::ExtUIOp::create(builder, integer, value));
  }

  //===--------------------------------------------------------------------===//
  // Tensor maps
  //===--------------------------------------------------------------------===//

  /// The address of a `GrowTensorMap` on the stack.
  FailureOr<Value> describe(nvgpu::TmaCreateDescriptorOp map) {
    nvgpu::TensorMapDescriptorType type = map.getTensorMap().getType();
    auto cast = map.getTensor().getDefiningOp<memref::CastOp>();
    auto buffer = dyn_cast_or_null<MemRefType>(cast ? cast.getSource().getType()
                                                    : Type());
    Type element = type.getTensor().getElementType();
    if (!buffer || !buffer.isStrided() || buffer.getRank() == 0 ||
        buffer.getRank() > kLargestRank ||
        (!element.isF16() && !element.isBF16()) ||
        type.getOob() != nvgpu::TensorMapOOBKind::OOB_ZERO ||
        type.getInterleave() != nvgpu::TensorMapInterleaveKind::INTERLEAVE_NONE)
      return map.emitOpError()
             << "describes what the runtime has no tensor map for: expected a "
                "buffer of bf16 or f16 with 1 to "
             << kLargestRank
             << " axes, zeros beyond its ends, and no interleave";
    if (map.getBoxDimensions().size() != static_cast<size_t>(buffer.getRank()))
      return map.emitOpError()
             << "has a box of " << map.getBoxDimensions().size()
             << " axes for a buffer of " << buffer.getRank()
             << ": expected as many";
    Value fields = store(map, integer, getFields(map, cast.getSource()));
    return LLVM::PtrToIntOp::create(builder, integer, fields).getResult();
  }

  /// What a `GrowTensorMap` consists of, in that order.
  SmallVector<Value> getFields(nvgpu::TmaCreateDescriptorOp map, Value buffer) {
    nvgpu::TensorMapDescriptorType type = map.getTensorMap().getType();
    unsigned rank = cast<MemRefType>(buffer.getType()).getRank();
    constexpr int64_t kEntryBytes = 2;
    auto parts = memref::ExtractStridedMetadataOp::create(builder, buffer);
    Value bytes = arith::ConstantIndexOp::create(builder, kEntryBytes);
    auto toBytes = [&](Value entries) {
      return toInteger(arith::MulIOp::create(builder, entries, bytes));
    };
    auto constant = [&](int64_t value) -> Value {
      return LLVM::ConstantOp::create(builder, integer, value);
    };
    Value address = arith::AddIOp::create(builder, getAddress(buffer),
                                          toBytes(parts.getOffset()));
    constexpr int64_t kSwizzleBytes[] = {0, 32, 64, 128};
    SmallVector<Value> fields = {
        address,
        constant(type.getTensor().getElementType().isBF16() ? kBF16 : kF16),
        constant(kSwizzleBytes[static_cast<unsigned>(type.getSwizzle())]),
        constant(rank)};
    auto append = [&](function_ref<Value(unsigned axis)> get) {
      for (unsigned i = 0; i < kLargestRank; ++i)
        fields.push_back(i < rank ? get(rank - 1 - i) : constant(1));
    };
    append([&](unsigned axis) { return toInteger(parts.getSizes()[axis]); });
    append([&](unsigned axis) { return toBytes(parts.getStrides()[axis]); });
    append(
        [&](unsigned axis) { return toInteger(map.getBoxDimensions()[axis]); });
    return fields;
  }

  LogicalResult erase(nvgpu::TmaCreateDescriptorOp map) {
    if (!map->use_empty())
      return map.emitOpError()
             << "is used by another op than a launch: expected none";
    auto cast = map.getTensor().getDefiningOp<memref::CastOp>();
    map.erase();
    if (cast && cast->use_empty())
      cast->erase();
    return success();
  }

  SmallVector<Value> toWords(const gpu::KernelDim3 &sizes) {
    return llvm::map_to_vector(ArrayRef<Value>{sizes.x, sizes.y, sizes.z},
                               [&](Value size) -> Value {
                                 return arith::IndexCastOp::create(
                                     builder, builder.getI32Type(), size);
                               });
  }

  /// An array of `values` on the stack. Its memory is reserved at the entry,
  /// not again in each iteration of a loop.
  Value store(Operation *op, Type type, ArrayRef<Value> values) {
    Value array;
    {
      OpBuilder::InsertionGuard guard(builder);
      auto function = op->getParentOfType<func::FuncOp>();
      builder.setInsertionPointToStart(&function.front());
      Value size = LLVM::ConstantOp::create(
          builder, integer,
          static_cast<int64_t>(std::max<size_t>(values.size(), 1)));
      array = LLVM::AllocaOp::create(builder, pointer, type, size);
    }
    for (auto [i, value] : llvm::enumerate(values)) {
      Value place =
          LLVM::GEPOp::create(builder, pointer, type, array,
                              ArrayRef<LLVM::GEPArg>(static_cast<int32_t>(i)));
      LLVM::StoreOp::create(builder, value, place);
    }
    return array;
  }

  /// The address of a constant of the module.
  Value getConstant(const Twine &name, StringRef bytes, unsigned alignment) {
    return LLVM::AddressOfOp::create(builder,
                                     getGlobal(name, bytes, alignment));
  }
  LLVM::GlobalOp getGlobal(const Twine &name, StringRef bytes,
                           unsigned alignment) {
    std::string symbol = (kConstantPrefix + name).str();
    auto global = symbols.lookup<LLVM::GlobalOp>(symbol);
    if (!global) {
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPointToStart(module.getBody());
      auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
      global = LLVM::GlobalOp::create(builder, type, /*isConstant=*/true,
                                      LLVM::Linkage::Internal, symbol,
                                      builder.getStringAttr(bytes), alignment);
      symbols.insert(global);
    }
    return global;
  }

  FailureOr<LLVM::LLVMFuncOp> declare(StringRef name, ArrayRef<Type> arguments,
                                      Type result) {
    Type type = result ? result : LLVM::LLVMVoidType::get(context);
    return LLVM::lookupOrCreateFn(builder, module, name, arguments, type);
  }

  // Of GrowTensorMap, in grow/Runtime/Device.h.
  static constexpr unsigned kLargestRank = 5;
  static constexpr int64_t kF16 = 1, kBF16 = 2;

  ModuleOp module;
  SymbolTable symbols;
  MLIRContext *context;
  ImplicitLocOpBuilder builder;
  LLVMTypeConverter types;
  Type pointer, integer;
  SmallVector<nvgpu::TmaCreateDescriptorOp> maps;
};

struct LaunchesToCalls
    : public grow::impl::GPULaunchesToCallsPassBase<LaunchesToCalls> {
  void runOnOperation() override {
    if (failed(HostRewriter(getOperation()).run()))
      signalPassFailure();
  }
};

} // namespace
