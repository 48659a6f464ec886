//===- FlattenBuffers.cpp - Kernels see contiguous buffers ----------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/NVGPU/IR/NVGPUDialect.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/Support/MathExtras.h"

namespace grow {
#define GEN_PASS_DEF_GPUFLATTENBUFFERSPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;

namespace {

/// Where the entries of a view lie: in a contiguous buffer, from `offset` on,
/// as far apart as `strides` say.
struct Place {
  Value root;
  Value offset;
  SmallVector<Value> strides;
};

class LaunchFlattener {
public:
  explicit LaunchFlattener(gpu::LaunchOp launch)
      : launch(launch), builder(launch.getContext()) {}

  LogicalResult run() {
    if (failed(checkRanks()))
      return failure();
    SmallVector<Operation *> accesses, views;
    launch.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (isa<memref::LoadOp, memref::StoreOp, memref::DimOp,
              memref::ExtractStridedMetadataOp,
              memref::ExtractAlignedPointerAsIndexOp, nvgpu::DeviceAsyncCopyOp>(
              op))
        accesses.push_back(op);
      else if (isView(op))
        views.push_back(op);
    });
    for (Operation *op : accesses)
      if (failed(flatten(op)))
        return failure();
    for (Operation *view : llvm::reverse(views))
      if (view->use_empty())
        view->erase();
    return sinkConstants();
  }

private:
  LogicalResult checkRanks() {
    WalkResult result = launch.getBody().walk([&](Operation *op) -> WalkResult {
      for (Type type : op->getOperandTypes())
        if (isa<UnrankedMemRefType>(type))
          return launch.emitOpError()
                 << "uses a buffer of type " << type
                 << ": expected buffers whose types have shapes";
      return WalkResult::advance();
    });
    return failure(result.wasInterrupted());
  }

  static bool isView(Operation *op) {
    return isa<memref::SubViewOp, memref::ExpandShapeOp,
               memref::CollapseShapeOp, memref::CastOp,
               memref::ReinterpretCastOp, memref::MemorySpaceCastOp,
               memref::TransposeOp>(op) ||
           isOwnBuffer(op);
  }

  /// What grow-gpu-map-blocks makes a buffer of its own.
  static bool isOwnBuffer(Operation *op) {
    if (!isa<UnrealizedConversionCastOp>(op) || op->getNumOperands() != 1 ||
        op->getNumResults() != 1)
      return false;
    auto from = dyn_cast<MemRefType>(op->getOperand(0).getType());
    auto to = dyn_cast<MemRefType>(op->getResult(0).getType());
    return from && to && from.getShape() == to.getShape();
  }

  bool isInside(Value value) {
    return launch.getBody().isAncestor(value.getParentRegion());
  }

  /// Computes what belongs to `value` where that is known: what is outside of
  /// the launch, on the host.
  void setInsertionPoint(Value value) {
    if (!isInside(value))
      builder.setInsertionPoint(launch);
    else if (Operation *op = value.getDefiningOp())
      builder.setInsertionPointAfter(op);
    else
      builder.setInsertionPointToStart(value.getParentBlock());
  }

  //===--------------------------------------------------------------------===//
  // Places
  //===--------------------------------------------------------------------===//

  FailureOr<Place> getPlace(Value buffer) {
    if (auto it = places.find(buffer); it != places.end())
      return it->second;
    FailureOr<Place> place = computePlace(buffer);
    if (succeeded(place))
      places[buffer] = *place;
    return place;
  }

  FailureOr<Place> computePlace(Value buffer) {
    Operation *op = buffer.getDefiningOp();
    if (!op || !isView(op))
      return getRoot(buffer);
    FailureOr<Place> source = getPlace(op->getOperand(0));
    if (failed(source))
      return failure();
    setInsertionPoint(buffer);
    loc = op->getLoc();
    if (auto view = dyn_cast<memref::SubViewOp>(op))
      return slice(*source, view);
    if (auto expand = dyn_cast<memref::ExpandShapeOp>(op))
      return split(*source, expand);
    if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
      return merge(*source, collapse);
    if (auto cast = dyn_cast<memref::ReinterpretCastOp>(op))
      return reinterpret(cast);
    if (auto transpose = dyn_cast<memref::TransposeOp>(op)) {
      Place place = *source;
      for (auto [i, expr] :
           llvm::enumerate(transpose.getPermutation().getResults()))
        place.strides[i] =
            source->strides[cast<AffineDimExpr>(expr).getPosition()];
      return place;
    }
    return *source;
  }

  /// The offset counts from where the memory begins that the source is a view
  /// of.
  FailureOr<Place> reinterpret(memref::ReinterpretCastOp cast) {
    Value base = cast.getSource();
    while (base.getDefiningOp() && isView(base.getDefiningOp()) &&
           !isa<UnrealizedConversionCastOp>(base.getDefiningOp()))
      base = base.getDefiningOp()->getOperand(0);
    FailureOr<Place> place = getPlace(base);
    if (failed(place))
      return failure();
    setInsertionPoint(cast);
    loc = cast.getLoc();
    return Place{place->root,
                 add(place->offset, toValue(cast.getMixedOffsets()[0])),
                 toValues(cast.getMixedStrides())};
  }

  Place slice(const Place &source, memref::SubViewOp view) {
    Place place{source.root, source.offset, {}};
    llvm::SmallBitVector dropped = view.getDroppedDims();
    for (auto [i, offset, stride] :
         llvm::enumerate(view.getMixedOffsets(), view.getMixedStrides())) {
      place.offset =
          add(place.offset, multiply(toValue(offset), source.strides[i]));
      if (!dropped.test(i))
        place.strides.push_back(multiply(toValue(stride), source.strides[i]));
    }
    return place;
  }

  Place split(const Place &source, memref::ExpandShapeOp expand) {
    SmallVector<OpFoldResult> sizes = expand.getMixedOutputShape();
    // A buffer of no axes gets axes of one entry.
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Place place{source.root, source.offset,
                SmallVector<Value>(sizes.size(), one)};
    for (auto [group, stride] :
         llvm::zip_equal(expand.getReassociationIndices(), source.strides)) {
      Value next = stride;
      for (int64_t axis : llvm::reverse(group)) {
        place.strides[axis] = next;
        next = multiply(next, toValue(sizes[axis]));
      }
    }
    return place;
  }

  /// Axes that a reshape merges lie one inside of the other; those of one entry
  /// may have any stride.
  Place merge(const Place &source, memref::CollapseShapeOp collapse) {
    Place place{source.root, source.offset, {}};
    auto type = cast<MemRefType>(collapse.getSrc().getType());
    for (ArrayRef<int64_t> group : collapse.getReassociationIndices()) {
      int64_t innermost = group.back();
      for (int64_t axis : llvm::reverse(group))
        if (type.getDimSize(axis) != 1) {
          innermost = axis;
          break;
        }
      place.strides.push_back(source.strides[innermost]);
    }
    return place;
  }

  FailureOr<Place> getRoot(Value buffer) {
    auto type = cast<MemRefType>(buffer.getType());
    if (!type.getLayout().isIdentity())
      return launch.emitOpError()
             << "uses a buffer of type " << type
             << ", of which the host does not know where it lies: expected a "
                "contiguous one";
    if (isInside(buffer) && isLoopCarried(buffer))
      return launch.emitOpError()
             << "has a loop that carries buffers from one iteration to the "
                "next: expected the loop to write to one buffer";
    if (type.hasStaticShape() && !canCount(type.getShape()))
      return launch.emitOpError()
             << "uses a buffer of type " << type
             << ": kernels count entries with 32 bits, so that a buffer can "
                "have at most 2147483647";
    setInsertionPoint(buffer);
    loc = launch.getLoc();
    Place place;
    place.offset = arith::ConstantIndexOp::create(builder, loc, 0);
    place.strides.resize(type.getRank());
    Value stride = arith::ConstantIndexOp::create(builder, loc, 1);
    for (int64_t axis = type.getRank(); axis-- > 0;) {
      place.strides[axis] = stride;
      stride = multiply(stride, getSize(buffer, axis));
    }
    place.root = flattenRoot(buffer, stride);
    return place;
  }

  /// Whether 32 bits can count the entries of such a buffer.
  static bool canCount(ArrayRef<int64_t> shape) {
    int64_t entries = 1;
    for (int64_t size : shape)
      if (llvm::MulOverflow(entries, size, entries))
        return llvm::is_contained(shape, 0);
    return entries <= std::numeric_limits<int32_t>::max();
  }

  bool isLoopCarried(Value buffer) {
    auto argument = dyn_cast<BlockArgument>(buffer);
    return argument
               ? argument.getOwner() != &launch.getBody().front()
               : !isa<memref::AllocaOp, memref::ViewOp>(buffer.getDefiningOp());
  }

  Value flattenRoot(Value buffer, Value entries) {
    auto type = cast<MemRefType>(buffer.getType());
    if (type.getRank() == 1)
      return buffer;
    OpFoldResult size = getAsOpFoldResult(entries);
    auto flat = MemRefType::get(
        getConstantIntValue(size).value_or(ShapedType::kDynamic),
        type.getElementType(), AffineMap(), type.getMemorySpace());
    OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
    return memref::ReinterpretCastOp::create(builder, loc, flat, buffer, zero,
                                             ArrayRef<OpFoldResult>{size},
                                             ArrayRef<OpFoldResult>{one});
  }

  /// A size of a buffer, without asking a view in a kernel for it.
  Value getSize(Value buffer, int64_t axis) {
    auto type = cast<MemRefType>(buffer.getType());
    if (!type.isDynamicDim(axis))
      return arith::ConstantIndexOp::create(builder, loc,
                                            type.getDimSize(axis));
    if (auto expand = buffer.getDefiningOp<memref::ExpandShapeOp>())
      return toValue(expand.getMixedOutputShape()[axis]);
    if (auto offsets = buffer.getDefiningOp<OffsetSizeAndStrideOpInterface>()) {
      SmallVector<OpFoldResult> sizes = offsets.getMixedSizes();
      if (auto view = dyn_cast<memref::SubViewOp>(*offsets)) {
        llvm::SmallBitVector dropped = view.getDroppedDims();
        for (size_t i = sizes.size(); i-- > 0;)
          if (dropped.test(i))
            sizes.erase(sizes.begin() + i);
      }
      return toValue(sizes[axis]);
    }
    if (auto collapse = buffer.getDefiningOp<memref::CollapseShapeOp>()) {
      Value size = arith::ConstantIndexOp::create(builder, loc, 1);
      ReassociationIndices sources = collapse.getReassociationIndices()[axis];
      for (int64_t source : sources)
        size = multiply(size, getSize(collapse.getSrc(), source));
      return size;
    }
    if (isa_and_nonnull<memref::CastOp, memref::MemorySpaceCastOp>(
            buffer.getDefiningOp()))
      return getSize(buffer.getDefiningOp()->getOperand(0), axis);
    return memref::DimOp::create(builder, loc, buffer, axis);
  }

  //===--------------------------------------------------------------------===//
  // Accesses
  //===--------------------------------------------------------------------===//

  LogicalResult flatten(Operation *op) {
    if (auto dim = dyn_cast<memref::DimOp>(op))
      return replaceDim(dim);
    if (auto metadata = dyn_cast<memref::ExtractStridedMetadataOp>(op))
      return replaceMetadata(metadata);
    if (auto address = dyn_cast<memref::ExtractAlignedPointerAsIndexOp>(op))
      return setRoot(address.getSourceMutable());
    if (auto copy = dyn_cast<nvgpu::DeviceAsyncCopyOp>(op))
      return flattenSource(copy);
    auto load = dyn_cast<memref::LoadOp>(op);
    auto store = dyn_cast<memref::StoreOp>(op);
    FailureOr<Place> place =
        getPlace(load ? load.getMemRef() : store.getMemRef());
    if (failed(place))
      return failure();
    builder.setInsertionPoint(op);
    loc = op->getLoc();
    Value index =
        getIndex(*place, load ? load.getIndices() : store.getIndices());
    if (load) {
      Value value = memref::LoadOp::create(builder, loc, place->root, index);
      load.replaceAllUsesWith(value);
    } else {
      memref::StoreOp::create(builder, loc, store.getValue(), place->root,
                              index);
    }
    op->erase();
    return success();
  }

  /// Where an entry of a view is in the buffer behind it.
  Value getIndex(const Place &place, ValueRange indices) {
    Value index = place.offset;
    for (auto [at, stride] : llvm::zip_equal(indices, place.strides))
      index = add(index, multiply(at, stride));
    return index;
  }

  LogicalResult setRoot(OpOperand &operand) {
    FailureOr<Place> place = getPlace(operand.get());
    if (succeeded(place))
      operand.set(place->root);
    return place;
  }

  LogicalResult replaceMetadata(memref::ExtractStridedMetadataOp op) {
    FailureOr<Place> place = getPlace(op.getSource());
    if (failed(place))
      return failure();
    builder.setInsertionPoint(op);
    loc = op.getLoc();
    op.getOffset().replaceAllUsesWith(place->offset);
    for (auto [result, stride] :
         llvm::zip_equal(op.getStrides(), place->strides))
      result.replaceAllUsesWith(stride);
    // What nobody asks for must not be asked of a buffer in the kernel.
    for (auto [axis, size] : llvm::enumerate(op.getSizes()))
      if (!size.use_empty())
        size.replaceAllUsesWith(getSize(op.getSource(), axis));
    if (!op->use_empty())
      return op.emitOpError() << "in a kernel: expected that offset, sizes and "
                                 "strides are used alone";
    op.erase();
    return success();
  }

  LogicalResult flattenSource(nvgpu::DeviceAsyncCopyOp copy) {
    FailureOr<Place> place = getPlace(copy.getSrc());
    if (failed(place))
      return failure();
    builder.setInsertionPoint(copy);
    loc = copy.getLoc();
    Value index = getIndex(*place, copy.getSrcIndices());
    copy.getSrcMutable().assign(place->root);
    copy.getSrcIndicesMutable().assign(index);
    return success();
  }

  LogicalResult replaceDim(memref::DimOp dim) {
    std::optional<int64_t> axis = dim.getConstantIndex();
    if (!axis)
      return dim.emitOpError() << "asks for the size of an axis that is not "
                                  "constant: expected a constant axis";
    int64_t rank = cast<MemRefType>(dim.getSource().getType()).getRank();
    if (*axis < 0 || *axis >= rank)
      return dim.emitOpError()
             << "asks for the size of axis " << *axis << " of a buffer with "
             << rank << " axes: expected one of them";
    loc = dim.getLoc();
    if (isInside(dim.getSource()))
      builder.setInsertionPoint(dim);
    else
      builder.setInsertionPoint(launch);
    dim.replaceAllUsesWith(getSize(dim.getSource(), *axis));
    dim.erase();
    return success();
  }

  /// Constants are no arguments of a kernel.
  LogicalResult sinkConstants() {
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(launch.getBody(), captured);
    builder.setInsertionPointToStart(&launch.getBody().front());
    for (Value value : captured) {
      Operation *op = value.getDefiningOp();
      if (op && op->hasTrait<OpTrait::ConstantLike>())
        replaceAllUsesInRegionWith(value, builder.clone(*op)->getResult(0),
                                   launch.getBody());
      else if (isa<ShapedType>(value.getType()) &&
               !isa<MemRefType>(value.getType()))
        return launch.emitOpError()
               << "uses a value of type " << value.getType()
               << ": expected buffers and numbers";
    }
    return success();
  }

  Value add(Value x, Value y) {
    return builder.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value multiply(Value x, Value y) {
    return builder.createOrFold<arith::MulIOp>(loc, x, y);
  }
  Value toValue(OpFoldResult value) {
    return getValueOrCreateConstantIndexOp(builder, loc, value);
  }
  SmallVector<Value> toValues(ArrayRef<OpFoldResult> values) {
    return llvm::map_to_vector(
        values, [&](OpFoldResult value) { return toValue(value); });
  }

  gpu::LaunchOp launch;
  OpBuilder builder;
  Location loc = launch.getLoc();
  DenseMap<Value, Place> places;
};

struct FlattenBuffers
    : public grow::impl::GPUFlattenBuffersPassBase<FlattenBuffers> {
  void runOnOperation() override {
    SmallVector<gpu::LaunchOp> launches;
    getOperation()->walk(
        [&](gpu::LaunchOp launch) { launches.push_back(launch); });
    for (gpu::LaunchOp launch : launches)
      if (failed(LaunchFlattener(launch).run()))
        return signalPassFailure();
    grow::reportCount(getOperation(), getName(), launches.size(), "kernels",
                      "given flat buffers");
  }
};

} // namespace
