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

def CPULowerContractionsPass
    : Pass<"grow-cpu-lower-contractions", "::mlir::ModuleOp"> {
  let summary = "lower contractions on buffers to packed, tiled, vectorised loops";
  let description = [{
    Lowers each `linalg.generic` on buffers whose body is
    `math.fma(extf? x, extf? y, acc)` to a blocked loop nest around one
    register-tiled kernel:

    ```
    parallel for each batch index, column block, row block
      for each block of the reduction, ascending
        pack both operands into panels of the accumulator's type
        for each column panel, for each row panel
          kernel: acc[row, vector of columns] = fma(broadcast row, columns, acc)
    ```

    What packs and the loops over panels are private functions (`pack_...`,
    `multiply_panels_...`), one for each kind of operand and each register tile,
    which all contractions of the module call: LLVM compiles them once.

    Each lane of each accumulator is one result element, and the reduction loop
    is never split over lanes, tiles or threads: every element is the same chain
    of fused steps. At the border the operands' panels repeat the last row or are
    filled with zeros; those lanes are computed and not stored.

    Why not `linalg.pack` and `vector.contract`: sizes are dynamic, and what
    upstream makes of a partial tile (masked vectors of rank 2, `tensor.pad` of
    whole operands) costs either the full-size copies or the speed. Bufferised
    first, a panel is a small buffer and the kernel a dozen vectors of machine size
    that need no further lowering.

    A contraction that does not fit (an accumulator other than f32 and f64, a
    result whose innermost dimension is strided) is left to the generic lowering,
    which computes the same bits slowly.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"vectorBits", "vector-bits", "unsigned", /*default=*/"0",
           "Width of a vector register; 0 asks the machine that compiles">,
    Option<"tileRows", "tile-rows", "unsigned", /*default=*/"0",
           "Rows of the register tile; 0 chooses by vector width">,
    Option<"tileVectors", "tile-vectors", "unsigned", /*default=*/"0",
           "Vectors in a row of the register tile; 0 chooses by vector width">,
    Option<"blockRows", "block-rows", "unsigned", /*default=*/"128",
           "Most rows packed at a time">,
    Option<"blockColumns", "block-columns", "unsigned", /*default=*/"256",
           "Most columns packed at a time">,
    Option<"blockDepth", "block-depth", "unsigned", /*default=*/"256",
           "Most reduction steps packed at a time">,
  ];
}

def CPULowerReductionsPass : Pass<"grow-cpu-lower-reductions"> {
  let summary = "lower the other reductions on buffers to interleaved loops";
  let description = [{
    A reduction in a fixed order is a chain of dependent steps: one row at a time
    it runs at the latency of an addition. This pass advances several result
    elements together, each in its own order, and keeps them in registers.
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
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
    Upstream's polynomials for `math.exp`, `math.tanh` and `math.erf` in f32, a
    few ULP from the exact value. They consist of basic arithmetic only, so LLVM
    vectorises the loops around them, and vector and scalar code give the same
    bits. Other functions and f64 call libm, one element at a time, which gives
    the same bits everywhere, too.
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
