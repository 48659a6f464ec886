// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef GROW_TRANSFORMS_CPU_PASSES
#define GROW_TRANSFORMS_CPU_PASSES

include "mlir/Pass/PassBase.td"

def CPUPrepareFunctionsPass
    : Pass<"grow-cpu-prepare-functions", "::mlir::ModuleOp"> {
  let summary = "give functions the interface that a host calls";
  let description = [{
    Public functions with a body get `llvm.emit_c_interface`, so that an
    execution engine can call them, and their tensor arguments become read-only
    (`bufferization.writable = false`): they belong to the caller. An attribute
    that is already there stays.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::LLVM::LLVMDialect"];
}

def CPUPinArithmeticPass : Pass<"grow-cpu-pin-arithmetic"> {
  let summary = "fix the value of every reduction, to the last bit";
  let description = [{
    Whatever comes after this pass may reorder loops, vectorise and run in
    parallel, but it must not change a single bit, so the arithmetic is pinned
    here, while a contraction is still one op:

    * A reduction step `acc + x * y` in a `linalg.generic` becomes
      `math.fma(x, y, acc)`: one rounding, in full tiles, remainders and scalar
      code alike. A result element is the chain of these steps in ascending
      order of the reduction loops. A zero term leaves the chain as it is, hence
      growing a model by zeros changes no bit of what it computes.
    * Fast-math flags are removed: they would allow LLVM to reassociate or
      contract here and not there.

    Named linalg ops, all but fills, become `linalg.generic`, so that their steps
    are there to be rewritten and later passes see one form.

    Before: `%p = arith.mulf %x, %y : f32`, `%s = arith.addf %acc, %p : f32`.
    After: `%s = math.fma %x, %y, %acc : f32`.
  }];
  let dependentDialects = ["::mlir::math::MathDialect"];
}

def CPUFuseElementwisePass : Pass<"grow-cpu-fuse-elementwise"> {
  let summary = "fuse elementwise ops that walk the same elements";
  let description = [{
    Upstream's elementwise fusion, limited to where it saves a walk over memory
    and costs nothing: producer and consumer are both elementwise, the producer
    has no other user and is evaluated once per element of the consumer. A
    producer that the consumer would broadcast (the reciprocal of a norm) is not
    fused, it would be computed again for each element. Contractions and
    reductions keep their bodies, by which later passes know them.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def CPUCollapseLoopsPass : Pass<"grow-cpu-collapse-loops"> {
  let summary = "collapse neighbouring loops that are contiguous in all operands";
  let description = [{
    Turns batch×sequence into one loop of rows and groups×heads×width into one
    loop of columns wherever all operands agree, so that tiles are full and inner
    loops long. The order of a reduction stays: collapsed loops run in the same
    lexicographic order.

    An op stays as it is if it uses `linalg.index` (the collapsed index would
    have to be divided again for each element) or reads a slice (the reshape of a
    strided buffer would copy it).
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::affine::AffineDialect"];
}

def CPUTileContractionsPass : Pass<"grow-cpu-tile-contractions"> {
  let summary = "cut contractions and norms into blocks, with what is around them";
  let description = [{
    Tiles and fuses by upstream's `TilingInterface`. A block is computed from
    beginning to end by one iteration of an `scf.forall`, which is what runs in
    parallel:

    * A contraction, cut along rows and columns, with the elementwise ops after
      it: bias, activation, gate (then it is two contractions) and residual. They
      work on a block that is still in the cache, in place.
    * A norm, cut along rows: its reductions and what is made of them.

    Blocks are as large as caches allow, but a row of blocks has four for each
    thread if there are columns enough, so that all threads find work where there
    is one block of rows. The loop over the depth is never cut here: each
    result is one chain of steps, in one block.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"0",
           "Width of a vector register; 0 asks the machine that compiles">,
    Option<"blockRows", "block-rows", "int64_t", /*default=*/"132",
           "Rows of a block">,
    Option<"blockColumns", "block-columns", "int64_t", /*default=*/"768",
           "Most columns of a block">,
    Option<"threads", "threads", "unsigned", /*default=*/"0",
           "Threads to find work for; 0: one for each core of this machine">,
    Option<"normRows", "norm-rows", "int64_t", /*default=*/"16",
           "Rows of a block of a norm">,
  ];
}

def CPUPackColumnsPass : Pass<"grow-cpu-pack-columns"> {
  let summary = "lay weights out in panels as wide as the register tile";
  let description = [{
    The column operand of a contraction becomes a `linalg.pack` of it, outside of
    all loops: panel × depth × lane, so that the kernel reads it front to back.
    The contraction then indexes it by `(n floordiv W, k, n mod W)`. The last
    panel is filled up with zeros.

    This is done to what a function is given (weights; `grow-hoist-invariants`
    packs parameters once, when a model is loaded) and to what does not lie in
    rows. Other operands are read in place.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"0",
           "Width of a vector register; 0 asks the machine that compiles">,
  ];
}

def CPULowerPacksPass : Pass<"grow-cpu-lower-packs"> {
  let summary = "lower linalg.pack to loops over panels";
  let description = [{
    Lowers `linalg.pack` of one dimension, with a padding value, to an `scf.forall`
    over panels that copies vectors or, where the other dimension is contiguous,
    transposes squares in registers. Upstream's lowering pads and transposes the
    whole tensor in steps, and does not bufferize `linalg.pack` itself.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::vector::VectorDialect"];
}

def CPULowerContractionsPass
    : Pass<"grow-cpu-lower-contractions", "::mlir::ModuleOp"> {
  let summary = "lower contractions on buffers to calls of register-tiled kernels";
  let description = [{
    Lowers each `linalg.generic` on buffers whose body is
    `math.fma(extf? x, extf? y, acc)` to a call of a private function:

    ```
    multiply_...(rows, columns, result, accumulate)
      for each block of the depth, ascending
        for each panel of columns
          multiply_panel_...(rows, panel, result, accumulate)
            for each tile of rows
              tile[row, vectors] = fma(broadcast row, panel, tile)
    ```

    All contractions of the module share them: LLVM compiles each once. Rows are
    read in place. Panels are read in place if they are packed
    (`grow-cpu-pack-columns`), or if columns lie side by side and divide into whole
    panels; others, and those of another type, are copied block by block to a
    buffer on the stack. A single row takes several panels at a time.

    Each lane of each accumulator is one result element, and the loop over the
    depth is never split over lanes, tiles or threads: every element is the same
    chain of fused steps, whatever the sizes of tiles and blocks. Lanes beyond the
    last column are computed and not stored.

    Why not `vector.contract`: sizes are dynamic, and what upstream makes of
    partial tiles (masked vectors of rank 2) costs the speed. The kernel is a
    dozen vectors of machine size that need no further lowering.

    A contraction that does not fit (an accumulator other than f32 and f64, a
    result whose innermost dimension is strided, several loops of depth) is left
    to the generic lowering, which computes the same bits slowly.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"0",
           "Width of a vector register; 0 asks the machine that compiles">,
    Option<"blockRows", "block-rows", "int64_t", /*default=*/"144",
           "Most rows that are copied together where they lie badly">,
    Option<"blockDepth", "block-depth", "int64_t", /*default=*/"384",
           "Most steps of the depth that a panel passes through the rows with">,
  ];
}

def CPULowerReductionsPass : Pass<"grow-cpu-lower-reductions"> {
  let summary = "lower the other reductions on buffers to interleaved loops";
  let description = [{
    A reduction in a fixed order is a chain of dependent steps: one row at a time
    it runs at the latency of an addition. This pass advances several result
    elements together, each in its own order, and keeps them in registers.

    Rows of f32 whose entries are contiguous are read by vectors and transposed in
    registers, 8 rows by 8 columns, so that each lane sums up a row of its own, in
    ascending order. A maximum, the same in any order, is taken over all lanes.
    Other reductions step through `interleave` neighbours by scalars.

    The loops over results are parallel, unless the op is in a parallel loop.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"interleave", "interleave", "unsigned", /*default=*/"8",
           "Result elements that are reduced together">,
  ];
}

def CPULowerCopiesPass : Pass<"grow-cpu-lower-copies"> {
  let summary = "lower copies of strided buffers to loops";
  let description = [{
    `memref.copy` of a buffer that is not contiguous, or not of static shape, ends
    in a runtime call that copies element by element. As `linalg.copy` it becomes
    loops in which LLVM finds the memcpy of a row. Other copies stay: they are one
    memcpy.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def CPUResultsToOutParamsPass
    : Pass<"grow-cpu-results-to-out-params", "::mlir::ModuleOp"> {
  let summary = "let hosts provide the buffers of results";
  let description = [{
    Upstream's `buffer-results-to-out-params` for the functions that a host
    calls: public ones that nobody in the module calls. Their results become
    trailing arguments, so no buffer is left for the host to free. Functions that
    are called in the module keep returning buffers, of which only they know the
    dynamic sizes.
  }];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def CPUStackBuffersPass : Pass<"grow-cpu-stack-buffers"> {
  let summary = "keep the buffers of a block on the stack";
  let description = [{
    A buffer that an iteration of an outermost `scf.parallel` allocates, and whose
    size has a constant bound, goes to the stack of the thread that runs the
    iteration, in a scope (`memref.alloca_scope`) around the loop's body.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"bytes", "bytes", "int64_t", /*default=*/"1048576",
           "Most bytes of an iteration's buffers; what does not fit stays">,
  ];
}

def CPUPlanBuffersPass : Pass<"grow-cpu-plan-buffers", "::mlir::ModuleOp"> {
  let summary = "put the buffers of a function into one arena";
  let description = [{
    Buffers that a function of one block allocates at its top level become views
    of one arena. Two of equal size that are not alive at the same time share a
    slot of it. The sizes of slots are computed at the function's entry, so the size of each
    buffer must depend on nothing but arguments; other buffers stay.

    A private function that is only called and has buffers or results takes the
    arena from its callers, who reserve a slot of theirs for it, and buffers for
    its results. So a model
    allocates once, whatever its depth, and layer after layer uses the same
    memory. A public function allocates its arena, and its results on their own.

    ```mlir
    func.func private @layer(%x: memref<?x8xf32>) -> memref<?x8xf32> {
      %hidden = memref.alloc(%n) : memref<?x32xf32>
      %result = memref.alloc(%n) : memref<?x8xf32>
    // becomes
    func.func private @layer(%x: memref<?x8xf32>, %out: memref<?xi8>, %arena: memref<?xi8>) {
      %hidden = memref.view %arena[%c0][%n] : memref<?xi8> to memref<?x32xf32>
      %result = memref.view %out[%c0][%n] : memref<?xi8> to memref<?x8xf32>
    ```

    Buffers that ask for more than `alignment` stay, too. Run after bufferization,
    before buffers are deallocated.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"alignment", "alignment", "int64_t", /*default=*/"64",
           "Bytes at multiples of which the arena and its slots begin; the "
           "default is a cache line and the widest vector of a CPU">,
  ];
}

def CPUScheduleLoopsPass : Pass<"grow-cpu-schedule-loops"> {
  let summary = "give blocks to threads as they become free";
  let description = [{
    Sets the schedule of OpenMP loops that have none to dynamic. Blocks differ in
    their work (attention that sees only what came before), and cores in what else
    they do: with equal shares all threads would wait for the last one. An
    iteration is a block, long enough to be fetched one by one. Which thread
    computes it changes no bit.
  }];
  let dependentDialects = ["::mlir::omp::OpenMPDialect"];
}

def CPULowerScopesPass : Pass<"grow-cpu-lower-scopes"> {
  let summary = "lower memref.alloca_scope to saving and restoring the stack";
  let description = [{
    Replaces each scope by its ops, between `llvm.intr.stacksave` and
    `llvm.intr.stackrestore`. Upstream lowers scopes together with buffers, after
    structured loops have become blocks, of which a scope can have only one.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def CPUPassPointersPass : Pass<"grow-cpu-pass-pointers", "::mlir::ModuleOp"> {
  let summary = "let buffers cross calls as pointers";
  let description = [{
    A buffer that is lowered with its function becomes an argument for each size
    and stride. A function with the parameters of a model would have thousands,
    and both LLVM and whoever calls it would be busy with them. This pass leaves
    what is not known already:

    * A private function takes the pointer and the dynamic sizes of each
      contiguous buffer. Its result stays.
    * A public function takes a single pointer to slots of eight bytes, whatever
      its type, so that a host can call any of them. The first slots, one for each
      result, point to where its descriptor (allocated pointer, aligned pointer,
      offset, sizes, strides) is stored. Then follow the arguments: of a buffer
      the pointer to its first element and its dynamic sizes, of a number its
      value. Each is loaded where it is first needed.

    A public function that the module calls, too, is called there as a private
    one. Arguments that a function frees stay as they are.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

def CPULowerReshapesPass : Pass<"grow-cpu-lower-reshapes"> {
  let summary = "lower expand_shape with several dynamic sizes";
  let description = [{
    Rewrites each `memref.expand_shape` that makes more than one dynamic size
    from one (rows to batch×sequence) to `memref.reinterpret_cast`. Upstream's
    `expand-strided-metadata` does the rest of them, but derives a dynamic size
    by division and crashes where there are two.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def CPUParallelizeElementwisePass : Pass<"grow-cpu-parallelize-elementwise"> {
  let summary = "split large elementwise ops on buffers over threads";
  let description = [{
    Tiles elementwise ops on buffers by `scf.parallel` such that one iteration
    has about `grain` elements. The inner loops stay sequential, hence
    vectorisable.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
  let options = [
    Option<"grain", "grain", "unsigned", /*default=*/"16384",
           "Elements below which splitting does not pay">,
  ];
}

def CPUApproximateMathPass : Pass<"grow-cpu-approximate-math"> {
  let summary = "replace exp, tanh and erf in f32 by polynomials";
  let description = [{
    `math.exp`, `math.tanh` and `math.erf` of f32, and of vectors of f32, become
    polynomials and selects. They consist of basic arithmetic only, so LLVM
    vectorises the loops around them, and vector and scalar code give the same
    bits. Infinities, NaN, zeros with their sign and subnormal numbers come out as
    from libm. The largest errors over all f32, against f64:

    | | ULP |
    |---|---|
    | exp | 1.02, also where the result is subnormal |
    | tanh | 1.47 |
    | erf | 1.26 |

    exp(0) is exactly 1. Other functions and f64 call libm, one element at a time,
    which gives the same bits everywhere, too.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CPUExpandNarrowFloatsPass : Pass<"grow-cpu-expand-narrow-floats"> {
  let summary = "compute with bf16 and f16 by means that every CPU has";
  let description = [{
    Arithmetic on bf16 and f16 becomes arithmetic in f32 between conversions, and
    conversions to and from bf16 become integer arithmetic, those of f16 only
    with `expand-f16`. The instructions of some CPUs flush subnormal numbers, and
    where they are missing LLVM calls a runtime function that no JIT finds;
    integers give the same bits everywhere and vectorise. f64 is rounded to 16
    bits once.
  }];
  let options = [
    Option<"expandF16", "expand-f16", "bool", /*default=*/"false",
           "Expand conversions of f16, too: for CPUs without F16C">];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::vector::VectorDialect"];
}

def CPULoadNarrowFloatsPass : Pass<"grow-cpu-load-narrow-floats"> {
  let summary = "load and store bf16 and f16 as integers";
  let description = [{
    For the LLVM dialect. Together with `grow-cpu-expand-narrow-floats` it leaves
    no value of 16 bits that LLVM would take for a floating-point number: where a
    CPU has no instruction for a vector of those, such as a masked load, LLVM
    takes the vector apart and rounds each entry by a call.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // GROW_TRANSFORMS_CPU_PASSES
