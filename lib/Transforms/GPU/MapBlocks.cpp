//===- MapBlocks.cpp - Blocks to workgroups -------------------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "grow/Support/Remarks.h"
#include "grow/Transforms/GPU/Passes.h"

#include "../Utils/BufferSizes.h"
#include "../Utils/LoopBuilder.h"
#include "Contractions.h"
#include "Elements.h"
#include "MatrixProduct.h"
#include "Reductions.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace grow {
#define GEN_PASS_DEF_GPUMAPBLOCKSPASS
#include "grow/Transforms/GPU/Passes.h.inc"
} // namespace grow

using namespace mlir;
using namespace grow;

/// Workgroups along one axis of a grid: what every Vulkan device allows.
static constexpr int64_t kGridWidth = 65535;

/// Entries of a constant that a kernel writes one by one.
static constexpr int64_t kLargestConstant = 4096;

/// Code is written out for each element that a thread computes at a time.
static constexpr int64_t kMostElementsAtATime = 64;

namespace {

//===----------------------------------------------------------------------===//
// Launches
//===----------------------------------------------------------------------===//

/// What is left to do where a kernel is emitted.
struct Kernel {
  gpu::LaunchOp launch;
  /// The number of workgroups, and which of them this is.
  Value workgroups, workgroup;
  /// The bytes of workgroup memory that are taken.
  int64_t bytes = 0;
  /// Memory that the contractions of the kernel use one after the other, of
  /// each type.
  DenseMap<Type, Value> strips;

  Value getThread() { return launch.getThreadIds().x; }
};

class FunctionMapper {
public:
  FunctionMapper(func::FuncOp function, const GPUMapBlocksPassOptions &options)
      : function(function), rewriter(function.getContext()),
        threads(options.threads), workgroupBytes(options.workgroupBytes),
        elementsAtATime(options.elementsAtATime),
        tensorCores(options.tensorCores), tf32(options.tf32) {}

  LogicalResult run() { return mapHostBlocks(function.getBody()); }

private:
  //===--------------------------------------------------------------------===//
  // The host's ops
  //===--------------------------------------------------------------------===//

  LogicalResult mapHostBlocks(Region &region) {
    for (Block &block : region)
      for (Operation &op : llvm::make_early_inc_range(block))
        if (failed(mapHostOp(&op)))
          return failure();
    return success();
  }

  LogicalResult mapHostOp(Operation *op) {
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return mapElements(linalgOp);
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      FailureOr<linalg::GenericOp> generic = toStructured(copy);
      return failed(generic) ? failure() : mapElements(*generic);
    }
    if (auto loop = dyn_cast<scf::ParallelOp>(op))
      return mapBlocks(loop);
    if (auto store = dyn_cast<memref::StoreOp>(op))
      return mapStore(store);
    if (auto global = dyn_cast<memref::GetGlobalOp>(op))
      return mapConstant(global);
    if (isa<gpu::LaunchOp>(op))
      return success();
    if (isa<memref::LoadOp>(op))
      return op->emitOpError()
             << "reads memory of the device on the host: expected sizes and "
                "conditions of loops that depend on the sizes of tensors, not "
                "on their entries";
    for (Region &region : op->getRegions())
      if (failed(mapHostBlocks(region)))
        return failure();
    return success();
  }

  /// Begins a kernel before `op`. The insertion point is in its body
  /// afterwards, where each of `workgroups` workgroups gets, once.
  Kernel createKernel(Operation *op, Value workgroups) {
    Location loc = op->getLoc();
    LoopBuilder b = buildHere(loc);
    Value one = b.constant(1), width = b.constant(kGridWidth);
    std::optional<int64_t> known = getConstantIntValue(workgroups);
    bool isRow = known && *known <= kGridWidth;
    Value columns = isRow ? workgroups : b.minUnsigned(workgroups, width);
    Value rows = isRow ? one : b.ceilDiv(workgroups, width);
    Kernel kernel;
    kernel.workgroups = workgroups;
    kernel.launch = gpu::LaunchOp::create(rewriter, loc, columns, rows, one,
                                          b.constant(threads), one, one);
    rewriter.setInsertionPointToStart(&kernel.launch.getBody().front());
    gpu::TerminatorOp::create(rewriter, loc);
    rewriter.setInsertionPointToStart(&kernel.launch.getBody().front());
    gpu::KernelDim3 ids = kernel.launch.getBlockIds();
    if (isRow) {
      kernel.workgroup = ids.x;
      return kernel;
    }
    LoopBuilder inKernel = buildHere(loc);
    kernel.workgroup = inKernel.add(inKernel.mul(ids.y, kGridWidth), ids.x);
    enterIf(loc, inKernel.isBelow(kernel.workgroup, workgroups));
    return kernel;
  }

  /// Builds where the rewriter stands now.
  LoopBuilder buildHere(Location loc) { return LoopBuilder(loc, rewriter); }

  /// Makes what follows conditional.
  void enterIf(Location loc, Value condition) {
    auto branch = scf::IfOp::create(rewriter, loc, condition,
                                    /*withElseRegion=*/false);
    rewriter.setInsertionPointToStart(branch.thenBlock());
  }

  void enterFirstThread(Location loc, Kernel &kernel) {
    enterIf(loc, buildHere(loc).isBelow(kernel.getThread(), 1));
  }

  FailureOr<linalg::GenericOp> toStructured(memref::CopyOp copy) {
    auto type = dyn_cast<MemRefType>(copy.getTarget().getType());
    if (!type || !isa<MemRefType>(copy.getSource().getType()))
      return copy.emitOpError()
             << "copies a buffer of unknown rank: expected buffers whose types "
                "have shapes";
    rewriter.setInsertionPoint(copy);
    int64_t rank = type.getRank();
    AffineMap identity = rewriter.getMultiDimIdentityMap(rank);
    auto generic = linalg::GenericOp::create(
        rewriter, copy.getLoc(), copy.getSource(), copy.getTarget(),
        {identity, identity},
        SmallVector<utils::IteratorType>(rank, utils::IteratorType::parallel),
        [](OpBuilder &b, Location loc, ValueRange in) {
          linalg::YieldOp::create(b, loc, in.front());
        });
    rewriter.eraseOp(copy);
    return generic;
  }

  /// Whether each iteration of the loops that reduce adds to one element.
  static bool hasElements(linalg::LinalgOp op) {
    SmallVector<unsigned> reductions;
    op.getReductionDims(reductions);
    return llvm::none_of(op.getDpsInitsMutable(), [&](OpOperand &init) {
      return llvm::any_of(reductions, [&](unsigned loop) {
        return op.getMatchingIndexingMap(&init).isFunctionOfDim(loop);
      });
    });
  }

  /// The op with its body written out.
  FailureOr<linalg::GenericOp> generalize(linalg::LinalgOp op) {
    if (!op.hasPureBufferSemantics())
      return op->emitOpError() << "works on tensors: expected buffers, run "
                                  "'one-shot-bufferize' first";
    if (!hasElements(op))
      return op->emitOpError() << "has results that a loop that reduces goes "
                                  "along: expected the iterator type "
                                  "'parallel' for all loops along results";
    if (auto generic = dyn_cast<linalg::GenericOp>(*op))
      return generic;
    rewriter.setInsertionPoint(op);
    Operation *before = op;
    FailureOr<linalg::GenericOp> generic =
        linalg::generalizeNamedOp(rewriter, op);
    if (failed(generic))
      return before->emitOpError() << "has no form as linalg.generic";
    return generic;
  }

  /// The number of iterations of each loop of the op.
  SmallVector<Value> getSizes(linalg::GenericOp op) {
    return llvm::map_to_vector(
        cast<linalg::LinalgOp>(*op).createLoopRanges(rewriter, op.getLoc()),
        [&](const Range &range) {
          return getValueOrCreateConstantIndexOp(rewriter, op.getLoc(),
                                                 range.size);
        });
  }

  static SmallVector<Value> selectParallel(linalg::GenericOp op,
                                           ArrayRef<Value> sizes) {
    SmallVector<unsigned> parallel;
    op.getParallelDims(parallel);
    return llvm::map_to_vector(parallel,
                               [&](unsigned loop) { return sizes[loop]; });
  }

  /// A thread for each element.
  LogicalResult mapElements(linalg::LinalgOp linalgOp) {
    FailureOr<linalg::GenericOp> op = generalize(linalgOp);
    if (failed(op))
      return failure();
    rewriter.setInsertionPoint(*op);
    if (isContraction(*op))
      return mapContraction(*op);
    SmallVector<Value> sizes = getSizes(*op);
    int64_t count = getElementsAtATime(*op, elementsAtATime);
    launchElements(*op, getWork(*op, sizes, count), [&](ArrayRef<Value> at) {
      emitWork(*op, sizes, at, count);
    });
    rewriter.eraseOp(*op);
    return success();
  }

  /// What there is for threads to do: the parallel iterations, of which a
  /// thread does `count` neighbours.
  SmallVector<Value> getWork(linalg::GenericOp op, ArrayRef<Value> sizes,
                             int64_t count) {
    SmallVector<Value> work = selectParallel(op, sizes);
    if (count > 1)
      work.back() = buildHere(op.getLoc()).ceilDiv(work.back(), count);
    return work;
  }

  void emitWork(linalg::GenericOp op, ArrayRef<Value> sizes, ArrayRef<Value> at,
                int64_t count) {
    if (count == 1)
      return emitElement(rewriter, op, sizes, at);
    SmallVector<Value> first(at);
    first.back() = buildHere(op.getLoc()).mul(first.back(), count);
    emitElements(rewriter, op, sizes, first, count);
  }

  /// One that was not worth being cut into blocks is one.
  LogicalResult mapContraction(linalg::GenericOp op) {
    Kernel kernel = createKernel(op, buildHere(op.getLoc()).constant(1));
    op->moveBefore(rewriter.getInsertionBlock(), rewriter.getInsertionPoint());
    return distributeElements(op, kernel);
  }

  void launchElements(Operation *op, ArrayRef<Value> sizes,
                      function_ref<void(ArrayRef<Value>)> emit) {
    LoopBuilder b = buildHere(op->getLoc());
    Value elements = b.product(sizes);
    Kernel kernel = createKernel(op, b.ceilDiv(elements, threads));
    LoopBuilder inKernel = buildHere(op->getLoc());
    Value element = inKernel.add(inKernel.mul(kernel.workgroup, threads),
                                 kernel.getThread());
    enterIf(op->getLoc(), inKernel.isBelow(element, elements));
    emit(buildHere(op->getLoc()).delinearize(element, sizes));
  }

  LogicalResult mapStore(memref::StoreOp store) {
    rewriter.setInsertionPoint(store);
    Kernel kernel = createKernel(store, buildHere(store.getLoc()).constant(1));
    enterFirstThread(store.getLoc(), kernel);
    rewriter.clone(*store);
    rewriter.eraseOp(store);
    return success();
  }

  /// A buffer that a kernel fills.
  LogicalResult mapConstant(memref::GetGlobalOp op) {
    auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
        op, op.getNameAttr());
    auto values =
        dyn_cast_or_null<DenseElementsAttr>(global.getInitialValueAttr());
    MemRefType type = op.getType();
    if (!values || !global.getConstant() ||
        !type.getElementType().isIntOrIndexOrFloat() ||
        (!values.isSplat() && values.getNumElements() > kLargestConstant))
      return op.emitOpError()
             << "reads a global that is no constant of at most "
             << kLargestConstant
             << " numbers: pass it as an argument of the function";
    rewriter.setInsertionPoint(op);
    Location loc = op.getLoc();
    auto buffer = memref::AllocOp::create(rewriter, loc, type);
    LoopBuilder b = buildHere(loc);
    SmallVector<Value> sizes;
    for (int64_t size : type.getShape())
      sizes.push_back(b.constant(size));
    auto store = [&](Attribute value, ArrayRef<Value> at) {
      Value constant =
          arith::ConstantOp::create(rewriter, loc, cast<TypedAttr>(value));
      memref::StoreOp::create(rewriter, loc, constant, buffer, at);
    };
    if (values.isSplat()) {
      launchElements(op, sizes, [&](ArrayRef<Value> at) {
        store(values.getSplatValue<Attribute>(), at);
      });
    } else {
      Kernel kernel = createKernel(op, b.constant(1));
      enterFirstThread(loc, kernel);
      for (auto [i, value] : llvm::enumerate(values.getValues<Attribute>())) {
        LoopBuilder inKernel = buildHere(loc);
        store(value, inKernel.delinearize(inKernel.constant(i), sizes));
      }
    }
    rewriter.setInsertionPoint(op->getBlock()->getTerminator());
    memref::DeallocOp::create(rewriter, loc, buffer);
    rewriter.replaceOp(op, buffer);
    return success();
  }

  /// A workgroup for each iteration.
  LogicalResult mapBlocks(scf::ParallelOp loop) {
    if (loop.getNumResults() > 0)
      return loop.emitOpError()
             << "combines results of its iterations: expected a loop that "
                "writes them to buffers";
    Location loc = loop.getLoc();
    rewriter.setInsertionPoint(loop);
    SmallVector<Value> counts = getCounts(loop);
    Kernel kernel = createKernel(loop, buildHere(loc).product(counts));
    SmallVector<Value> ivs = getIterations(
        loop, buildHere(loc).delinearize(kernel.workgroup, counts));
    Block *body = rewriter.getInsertionBlock();
    Block *inside = loop.getBody();
    rewriter.eraseOp(inside->getTerminator());
    rewriter.inlineBlockBefore(inside, body, rewriter.getInsertionPoint(), ivs);
    rewriter.setInsertionPoint(kernel.launch);
    rewriter.eraseOp(loop);
    return distribute(*body, kernel);
  }

  SmallVector<Value> getCounts(scf::ParallelOp loop) {
    LoopBuilder b = buildHere(loop.getLoc());
    SmallVector<Value> counts;
    for (auto [first, end, step] : llvm::zip_equal(
             loop.getLowerBound(), loop.getUpperBound(), loop.getStep())) {
      Value extent = end;
      if (getConstantIntValue(first) != 0)
        extent = arith::MaxSIOp::create(b, b.sub(end, first), b.constant(0));
      counts.push_back(
          getConstantIntValue(step) == 1 ? extent : b.ceilDiv(extent, step));
    }
    return counts;
  }

  /// What the loop counts to get to its iteration `at`.
  SmallVector<Value> getIterations(scf::ParallelOp loop, ArrayRef<Value> at) {
    LoopBuilder b = buildHere(loop.getLoc());
    SmallVector<Value> ivs;
    for (auto [first, step, number] :
         llvm::zip_equal(loop.getLowerBound(), loop.getStep(), at))
      ivs.push_back(b.add(first, b.mul(number, step)));
    return ivs;
  }

  //===--------------------------------------------------------------------===//
  // Ops of a workgroup
  //===--------------------------------------------------------------------===//

  LogicalResult distribute(Block &block, Kernel &kernel) {
    for (Operation &op : llvm::make_early_inc_range(block))
      if (failed(distribute(&op, kernel)))
        return failure();
    return success();
  }

  LogicalResult distribute(Operation *op, Kernel &kernel) {
    if (tensorCores && isLeftToTensorCores(op))
      return success();
    if (auto copy = dyn_cast<memref::CopyOp>(op)) {
      FailureOr<linalg::GenericOp> generic = toStructured(copy);
      return failed(generic) ? failure() : distributeElements(*generic, kernel);
    }
    if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op))
      return distributeElements(linalgOp, kernel);
    if (auto alloc = dyn_cast<memref::AllocOp>(op))
      return allocate(alloc, kernel);
    if (auto loop = dyn_cast<scf::ParallelOp>(op))
      return distributeLoop(loop, kernel);
    if (isa<memref::DeallocOp>(op)) {
      rewriter.eraseOp(op);
      return success();
    }
    if (auto store = dyn_cast<memref::StoreOp>(op)) {
      rewriter.setInsertionPoint(store);
      distribute(store.getLoc(), {}, kernel,
                 [&](ArrayRef<Value>) { rewriter.clone(*store); });
      rewriter.eraseOp(store);
      return success();
    }
    if (isa<scf::ForOp, scf::IfOp>(op)) {
      for (Region &region : op->getRegions())
        for (Block &inner : region)
          if (failed(distribute(inner, kernel)))
            return failure();
      return success();
    }
    if (isa<memref::LoadOp>(op) || op->hasTrait<OpTrait::IsTerminator>() ||
        isMemoryEffectFree(op))
      return success();
    return op->emitOpError()
           << "is in a block that becomes a kernel: expected structured ops, "
              "copies, loops and arithmetic";
  }

  /// A product of matrices, or the fill that belongs to one.
  bool isLeftToTensorCores(Operation *op) const {
    if (isa<linalg::FillOp>(op)) {
      auto next = dyn_cast_or_null<linalg::GenericOp>(op->getNextNode());
      return next && grow::getZeroFill(next) == op &&
             grow::matchMatrixProduct(next, tf32);
    }
    auto product = dyn_cast<linalg::GenericOp>(op);
    return product && grow::matchMatrixProduct(product, tf32);
  }

  /// Threads take the elements of an array of `sizes` in turn; then they wait
  /// for each other.
  void distribute(Location loc, ArrayRef<Value> sizes, Kernel &kernel,
                  function_ref<void(ArrayRef<Value>)> emit) {
    LoopBuilder b = buildHere(loc);
    Value elements = b.product(sizes), step = b.constant(threads);
    {
      OpBuilder::InsertionGuard guard(rewriter);
      Value element = kernel.getThread();
      std::optional<int64_t> known = getConstantIntValue(elements);
      if (known && *known <= threads) {
        enterIf(loc, b.isBelow(element, elements));
      } else {
        auto loop = scf::ForOp::create(rewriter, loc, element, elements, step);
        rewriter.setInsertionPointToStart(loop.getBody());
        element = loop.getInductionVar();
      }
      emit(buildHere(loc).delinearize(element, sizes));
    }
    gpu::BarrierOp::create(rewriter, loc);
  }

  LogicalResult distributeElements(linalg::LinalgOp linalgOp, Kernel &kernel) {
    FailureOr<linalg::GenericOp> op = generalize(linalgOp);
    if (failed(op))
      return failure();
    rewriter.setInsertionPoint(*op);
    SmallVector<Value> sizes = getSizes(*op);
    auto share = [&](Type type, int64_t entries) {
      Value &strips = kernel.strips[type];
      if (!strips ||
          cast<MemRefType>(strips.getType()).getNumElements() < entries)
        strips = reserve(type, entries, kernel, (*op)->getLoc());
      return strips;
    };
    Workgroup workgroup{kernel.getThread(), threads, share};
    std::optional<ContractionLoops> loops = matchContractionLoops(*op);
    if (loops && !loops->panelWidth)
      emitContraction(rewriter, *op, *loops, sizes, workgroup);
    else if (!emitRowReductions(rewriter, *op, sizes, workgroup)) {
      int64_t count = getElementsAtATime(*op, elementsAtATime);
      distribute((*op)->getLoc(), getWork(*op, sizes, count), kernel,
                 [&](ArrayRef<Value> at) { emitWork(*op, sizes, at, count); });
    }
    rewriter.eraseOp(*op);
    return success();
  }

  /// Iterations that consist of plain ops go to threads. Those with structured
  /// ops of their own follow one another, and threads share these.
  LogicalResult distributeLoop(scf::ParallelOp loop, Kernel &kernel) {
    if (loop.getNumResults() > 0)
      return loop.emitOpError()
             << "combines results of its iterations: expected a loop that "
                "writes them to buffers";
    bool isPlain = true;
    loop.getBody()->walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, memref::CopyOp, memref::AllocOp>(op))
        isPlain = false;
    });
    rewriter.setInsertionPoint(loop);
    SmallVector<Value> counts = getCounts(loop);
    if (isPlain) {
      distribute(loop.getLoc(), counts, kernel, [&](ArrayRef<Value> at) {
        IRMapping mapping;
        mapping.map(loop.getInductionVars(), getIterations(loop, at));
        for (Operation &op : loop.getBody()->without_terminator())
          rewriter.clone(op, mapping);
      });
      rewriter.eraseOp(loop);
      return success();
    }
    LoopBuilder b = buildHere(loop.getLoc());
    auto sequence =
        scf::ForOp::create(b, b.constant(0), b.product(counts), b.constant(1));
    rewriter.setInsertionPointToStart(sequence.getBody());
    SmallVector<Value> ivs = getIterations(
        loop, buildHere(loop.getLoc())
                  .delinearize(sequence.getInductionVar(), counts));
    rewriter.eraseOp(loop.getBody()->getTerminator());
    rewriter.inlineBlockBefore(loop.getBody(), sequence.getBody(),
                               rewriter.getInsertionPoint(), ivs);
    rewriter.eraseOp(loop);
    return distribute(*sequence.getBody(), kernel);
  }

  /// Memory of the workgroup, or its part of a buffer of the host's.
  LogicalResult allocate(memref::AllocOp alloc, Kernel &kernel) {
    MemRefType type = alloc.getType();
    Location loc = alloc.getLoc();
    if (!type.getLayout().isIdentity() || !getElementBytes(type))
      return alloc.emitOpError()
             << "is in a block that becomes a kernel: expected a contiguous "
                "buffer of numbers";
    std::optional<int64_t> bytes = getMostBytes(alloc);
    if (!bytes)
      return alloc.emitOpError()
             << "is in a block that becomes a kernel, and has no constant "
                "bound: expected the size of a block";
    int64_t entries = std::max<int64_t>(*bytes / *getElementBytes(type), 1);
    Value storage = reserve(type.getElementType(), entries, kernel, loc);
    if (!storage)
      storage = borrowMemory(type, entries, kernel, loc);
    rewriter.setInsertionPoint(alloc);
    LoopBuilder b = buildHere(loc);
    SmallVector<OpFoldResult> sizes = alloc.getMixedSizes();
    SmallVector<OpFoldResult> strides(sizes.size());
    Value stride = b.constant(1);
    for (size_t i = sizes.size(); i-- > 0;) {
      strides[i] = getAsOpFoldResult(stride);
      stride = b.mul(stride, getValueOrCreateConstantIndexOp(b, loc, sizes[i]));
    }
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        alloc, type, storage, rewriter.getIndexAttr(0), sizes, strides);
    return success();
  }

  /// Memory of the workgroup for so many numbers; null if there is not enough
  /// left.
  Value reserve(Type type, int64_t entries, Kernel &kernel, Location loc) {
    constexpr int64_t kAlignment = 16;
    int64_t bytes = entries * *getElementBytes(MemRefType::get(entries, type));
    if (bytes > workgroupBytes - kernel.bytes)
      return {};
    kernel.bytes = llvm::alignTo(kernel.bytes + bytes, kAlignment);
    auto space = gpu::AddressSpaceAttr::get(
        rewriter.getContext(), gpu::GPUDialect::getWorkgroupAddressSpace());
    Value storage = kernel.launch.addWorkgroupAttribution(
        MemRefType::get(entries, type, AffineMap(), space), loc);
    rewriter.setInsertionPointToStart(&kernel.launch.getBody().front());
    return memref::MemorySpaceCastOp::create(
        rewriter, loc, MemRefType::get(entries, type), storage);
  }

  Value borrowMemory(MemRefType type, int64_t entries, Kernel &kernel,
                     Location loc) {
    rewriter.setInsertionPoint(kernel.launch);
    Value all = memref::AllocOp::create(
        rewriter, loc,
        MemRefType::get({ShapedType::kDynamic, entries}, type.getElementType()),
        kernel.workgroups);
    rewriter.setInsertionPointAfter(kernel.launch);
    memref::DeallocOp::create(rewriter, loc, all);
    if (Operation *defining = kernel.workgroup.getDefiningOp())
      rewriter.setInsertionPointAfter(defining);
    else
      rewriter.setInsertionPointToStart(&kernel.launch.getBody().front());
    SmallVector<OpFoldResult> offsets{kernel.workgroup,
                                      rewriter.getIndexAttr(0)};
    SmallVector<OpFoldResult> sizes{rewriter.getIndexAttr(1),
                                    rewriter.getIndexAttr(entries)};
    SmallVector<OpFoldResult> strides(2, rewriter.getIndexAttr(1));
    auto part =
        MemRefType::get(entries, type.getElementType(),
                        StridedLayoutAttr::get(rewriter.getContext(),
                                               ShapedType::kDynamic, {1}));
    Value mine = memref::SubViewOp::create(rewriter, loc, part, all, offsets,
                                           sizes, strides);
    // Types of views of the buffer say that it begins where its memory begins.
    return UnrealizedConversionCastOp::create(
               rewriter, loc, MemRefType::get(entries, type.getElementType()),
               mine)
        .getResult(0);
  }

  func::FuncOp function;
  IRRewriter rewriter;
  int64_t threads, workgroupBytes, elementsAtATime;
  bool tensorCores, tf32;
};

struct MapBlocks : public grow::impl::GPUMapBlocksPassBase<MapBlocks> {
  using Base::Base;

  void runOnOperation() override {
    if (threads < 1 || threads > 1024) {
      emitError(getOperation().getLoc())
          << "'threads' is " << threads.getValue() << ": expected 1 to 1024";
      return signalPassFailure();
    }
    if (elementsAtATime < 1 || elementsAtATime > kMostElementsAtATime) {
      emitError(getOperation().getLoc())
          << "'elements-at-a-time' is " << elementsAtATime.getValue()
          << ": expected 1 to " << kMostElementsAtATime;
      return signalPassFailure();
    }
    FunctionMapper mapper(getOperation(), {threads, workgroupBytes,
                                           elementsAtATime, tensorCores, tf32});
    if (failed(mapper.run()))
      return signalPassFailure();
    reportCount(getOperation(), getName(),
                countOps<gpu::LaunchOp>(getOperation()), "kernels", "launched");
  }
};

} // namespace
