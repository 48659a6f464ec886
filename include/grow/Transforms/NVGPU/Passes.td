// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef GROW_TRANSFORMS_NVGPU_PASSES
#define GROW_TRANSFORMS_NVGPU_PASSES

include "mlir/Pass/PassBase.td"

def NVGPULowerContractionsPass : Pass<"grow-nvgpu-lower-contractions"> {
  let summary = "compute contractions on tensor cores";
  let description = [{
    Replaces contractions in a `gpu.launch`, `linalg.generic` of bf16 or f16
    matrices, with `tf32` of f32 matrices, too, with sums in f32, by code that all
    threads of the block run together (sm_80 and later):

    * `cp.async` copies blocks of both operands to workgroup memory, `stages` - 1
      blocks of the depth ahead of the arithmetic. Beyond the last row, column
      or step the copy is zero. Rows are a few entries longer there than needed,
      so that `ldmatrix` finds the eight rows that it reads in different banks.
    * Each warp computes a part of the block by `mma.sync.m16n8k16`, with its sums
      in registers. `nvgpu.mma.sync` cannot say bf16 (MLIR 22), hence
      `nvvm.mma.sync`.
    * Sums are written to the result, or added to it unless a fill with zero
      comes right before.

    The column operand may lie as depth x columns or as columns x depth. Operands
    whose rows are not aligned to 16 bytes, which is asked at run time unless
    types tell, are copied entry by entry.

    With `warpgroups`, for sm_90a, groups of four warps multiply where they can:

    * One thread has the device copy blocks of 64 steps of the depth to workgroup
      memory (`nvgpu.tma.async.load`), `warpgroup-stages` ahead. The host describes
      the buffer that an operand is a slice of (`nvgpu.tma.create.descriptor`, an
      argument of the kernel). Beyond the ends of that buffer the copy is zero.
    * Barriers that count bytes and warps (`nvgpu.mbarrier`) say when a stage is
      full and when it may be copied to.
    * Each warpgroup computes 64 rows by `wgmma.mma_async.m64nNk16`, which reads
      both operands from workgroup memory; while one stage is multiplied, the next
      one is started. `nvgpu.warpgroup.mma` knows one layout of the columns only,
      hence `nvvm.wgmma`.

    Operands must be slices of buffers from outside of the launch, with all of the
    depth or a multiple of 64 steps of it. Where types do not tell, that is asked at
    run time, as is whether the buffers' addresses and rows are aligned to 16 bytes;
    if not, `mma.sync` multiplies.

    Products of a launch take turns with the same workgroup memory.

    The launch must have as many threads as the warps of a block. Where the result is
    known to have at most half the rows or columns of a block, the same warps compute
    blocks of half the size.

    With `tf32`, operands in f32 are rounded to TF32, which has the exponents of f32
    and 10 bits of mantissa, to nearest, ties away from zero (`cvt.rna.tf32.f32`), and
    each warp computes by `mma.sync.m16n8k8`, never a warpgroup. They lie in workgroup
    memory as they are, with half of `block-depth` in a stage; from depth x columns
    each lane reads them entry by entry.

    A contraction stays as it is if its operands are not matrices or its types are
    others.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect",
                           "::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::nvgpu::NVGPUDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"blockRows", "block-rows", "int64_t", /*default=*/"128",
           "Rows of a block">,
    Option<"blockColumns", "block-columns", "int64_t", /*default=*/"128",
           "Columns of a block">,
    Option<"blockDepth", "block-depth", "int64_t", /*default=*/"32",
           "Steps of the depth that are copied at a time, of f32 half as many">,
    Option<"stages", "stages", "int64_t", /*default=*/"4",
           "Blocks of the depth that workgroup memory holds">,
    Option<"warpRows", "warp-rows", "int64_t", /*default=*/"64",
           "Rows that a warp computes">,
    Option<"warpColumns", "warp-columns", "int64_t", /*default=*/"32",
           "Columns that a warp computes">,
    Option<"warpgroups", "warpgroups", "bool", /*default=*/"false",
           "Multiply by warpgroups where copies can bring the operands (sm_90a)">,
    Option<"warpgroupColumns", "warpgroup-columns", "int64_t",
           /*default=*/"128", "Columns that a warpgroup computes">,
    Option<"warpgroupStages", "warpgroup-stages", "int64_t", /*default=*/"4",
           "Blocks of the depth that workgroup memory holds for warpgroups, if "
           "it can">,
    Option<"workgroupBytes", "workgroup-bytes", "int64_t",
           /*default=*/"232448",
           "Bytes that a block of threads may have, for warpgroups">,
    Option<"tf32", "tf32", "bool", /*default=*/"false",
           "Multiply f32, too, rounded to TF32">,
  ];
}

def NVGPULowerAttentionPass : Pass<"grow-nvgpu-lower-attention"> {
  let summary = "compute attention on tensor cores, scores in registers";
  let description = [{
    Replaces `grow.fused_attention` on buffers by a `gpu.launch` (sm_80 and
    later), in the manner of FlashAttention-2 (arXiv:2307.08691):

    * A block of threads computes `block-rows` rows of a group, `warp-rows` by
      each warp; a row is a position in one of the query heads of the group. So
      all of these read keys and values once, in place.
    * It goes through the keys in blocks of `block-keys`, in ascending order,
      from the first one to the last one that some row sees. `cp.async` copies the
      values of a block while its keys are multiplied, and the next keys while
      its values are.
    * Products are `mma.sync.m16n8k16`. Scores, weights, sums and the context stay
      in the registers of the lanes that compute them; what belongs to a row is
      combined by shuffles of four lanes. Only blocks with keys that a row does
      not see are masked.
    * A larger maximum scales sums and context by the exponential of the
      difference, which is exactly 1 if the maximum stays. Exponentials are
      `math.exp2` that may be approximate, `ex2.approx.ftz.f32` after
      `grow-nvgpu-lower-math`.

    Blocks of keys start at multiples of `block-keys` for every row, so that no
    bit of a row depends on `block-rows`, on `warp-rows`, on the batch or on other
    heads. Operands that are not aligned to 16 bytes, which is asked at run time,
    are copied entry by entry.

    Widths of keys and values must be multiples of 16 up to 256. Queries wider
    than 128 are read from workgroup memory for each block of keys.
  }];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::nvgpu::NVGPUDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
  let options = [
    Option<"blockRows", "block-rows", "int64_t", /*default=*/"64",
           "Rows of a block of threads">,
    Option<"blockKeys", "block-keys", "int64_t", /*default=*/"64",
           "Keys that are copied and multiplied at a time">,
    Option<"warpRows", "warp-rows", "int64_t", /*default=*/"16",
           "Rows of a warp">,
  ];
}

def NVGPUPlanWorkgroupMemoryPass
    : Pass<"grow-nvgpu-plan-workgroup-memory", "::mlir::ModuleOp"> {
  let summary = "take workgroup memory from one block whose size a launch names";
  let description = [{
    Buffers that a kernel declares in workgroup memory (attributions of a
    `gpu.func`) become parts of `gpu.dynamic_shared_memory`, and the launch says
    how many bytes that needs: more than 48 KB are to be had in no other way, and
    `cp.async` wants addresses that are multiples of 16. Buffers begin at multiples
    of 128 bytes, those of 4 KB and more at multiples of 1024, as copies that swizzle
    want it.

    Two buffers lie in the same place if a barrier is between the last use of one
    and the first use of the other, or if they are used in different parts of one
    branch. What a loop uses is in use for as long as the loop runs.

    A kernel that needs more than `limit` is an error.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"limit", "limit", "int64_t", /*default=*/"101376",
           "Bytes that a block of threads may have: 101376 on sm_86 and sm_89, "
           "166912 on sm_80, 232448 on sm_90">,
  ];
}

def NVGPULowerMathPass : Pass<"grow-nvgpu-lower-math"> {
  let summary = "compute functions of real numbers by instructions";
  let description = [{
    `math` ops on floating-point numbers that PTX has an exact instruction for
    (`fma`, `sqrt`, rounding, signs) become calls of LLVM's intrinsics, and so
    does `exp2` of f32 that may be approximate (`fastmath<afn>`). Upstream's
    conversion makes calls of libdevice of them, which only comes with a CUDA
    toolkit. Any other function is an error.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def NVGPULinkWorkgroupMemoryPass
    : Pass<"grow-nvgpu-link-workgroup-memory", "::mlir::gpu::GPUModuleOp"> {
  let summary = "declare the workgroup memory of a launch as external";
  let description = [{
    Upstream makes `gpu.dynamic_shared_memory` an internal variable without a
    size, which comes out of LLVM as a variable of one byte, and what kernels use
    lies beyond it. An external one is what PTX means by memory whose size the
    launch tells. It is aligned as `grow-nvgpu-plan-workgroup-memory` takes for
    granted.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def NVGPUMarkTensorMapsPass
    : Pass<"grow-nvgpu-mark-tensor-maps", "::mlir::gpu::GPUModuleOp"> {
  let summary = "pass the tensor maps of kernels by value";
  let description = [{
    For kernels in the LLVM dialect: the pointers to tensor maps that they take are
    marked as to 128 bytes among the arguments of the launch (`llvm.byval`), which no
    thread changes (`nvvm.grid_constant`), so that none has a copy of its own.
    Upstream's lowering of `gpu.func` keeps no such marks.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::NVVM::NVVMDialect"];
}

def NVGPUAssembleKernelsPass
    : Pass<"grow-nvgpu-assemble-kernels", "::mlir::ModuleOp"> {
  let summary = "put machine code beside the PTX of kernels, where ptxas is";
  let description = [{
    Each `gpu.binary` with PTX gets an object before it: the "fatbin" that
    NVIDIA's `ptxas` and `fatbinary` make, which holds machine code for the
    target's chip, and the PTX for later ones. The tools are taken from the path,
    or else from the toolkit that `CUDA_ROOT`, `CUDA_HOME` or `CUDA_PATH` names.
    Without them nothing changes; where they refuse, neither, and a warning says
    what they said.
  }];
}

#endif // GROW_TRANSFORMS_NVGPU_PASSES
