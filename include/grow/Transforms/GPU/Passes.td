//===- Passes.td - Code generation passes for GPUs --------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_GPU_PASSES
#define GROW_TRANSFORMS_GPU_PASSES

include "mlir/Pass/PassBase.td"

def GPURoundOperandsPass
    : Pass<"grow-gpu-round-operands", "::mlir::func::FuncOp"> {
  let summary = "multiply bf16 by bf16 and f16 by f16";
  let description = [{
    In a contraction of tensors, a `linalg` op of any name, of an operand in f32
    and one in bf16 or f16, the former is rounded to the latter's type. Tensor
    cores want that, and it is what frameworks do to results of ops. Sums stay f32.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def GPUMapBlocksPass : Pass<"grow-gpu-map-blocks", "::mlir::func::FuncOp"> {
  let summary = "give blocks to workgroups, and what is in a block to threads";
  let description = [{
    For functions on buffers. What a function does to device memory becomes
    launches of kernels, in the same order; sizes and calls stay on the host:

    * An `scf.parallel` is one launch, an iteration one workgroup.
    * A structured op (`linalg`) or a copy that stands alone is a launch, too, with
      a thread for each element of its result.
    * A constant becomes a buffer that a kernel writes.

    Inside of a workgroup each structured op is done by all its threads, which take
    the elements of the result in turn. A barrier follows each op. Loops are run by
    all threads alike.

    Sums and maxima of rows, with one reduction loop, in f32 or f64, are shared by
    32 threads a row: thread t combines entries 4t to 4t + 3, then the four that are
    128 later, ..., in ascending order, then the threads' results are combined in
    pairs: t with t + 16, t + 8, ... . Any other element is reduced by one thread in
    ascending order. So results do not depend on the number of threads, and zeros at
    the end of a row change no sum.

    In a contraction each thread holds a tile of the result in registers: at most 8
    rows by 64 columns divided among 16 threads. All threads copy strips of 64
    bytes of the depth of both operands to memory of the workgroup, and multiply
    them. A block of at most 8 rows, known before or found when it runs, is read in
    place: each thread has all rows of up to 4 columns. Threads beyond the end of a
    block read its last row or column again and store nothing.

    Buffers that a block allocates become memory of the workgroup, as long as
    there is enough of it (`workgroup-bytes`); others are a part, for each
    workgroup its own, of a buffer that the host allocates.

    ```mlir
    scf.parallel (%i) = (%c0) to (%n) step (%c4) {
      linalg.generic ... ins(%x_block) outs(%y_block)
    }
    // becomes
    gpu.launch blocks(%bx, %by, %bz) in ... threads(%tx, %ty, %tz) in (%c128, %c1, %c1) {
      ...
        scf.for %element = %tx to %elements step %c128 { ... }
        gpu.barrier
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect"];
  let options = [
    Option<"threads", "threads", "int64_t", /*default=*/"128",
           "Threads of a workgroup">,
    Option<"workgroupBytes", "workgroup-bytes", "int64_t", /*default=*/"32768",
           "Bytes of memory that the threads of a workgroup can share">,
    Option<"elementsAtATime", "elements-at-a-time", "int64_t", /*default=*/"1",
           "Neighbouring elements that a thread computes where no loop reduces">,
    Option<"tensorCores", "tensor-cores", "bool", /*default=*/"false",
           "Leave products of bf16 and f16 matrices as they are, with the fill "
           "before: a pass for tensor cores comes next">,
    Option<"tf32", "tf32", "bool", /*default=*/"false",
           "With tensor-cores, do so with products of f32 matrices, too">,
  ];
}

def GPUFlattenBuffersPass
    : Pass<"grow-gpu-flatten-buffers", "::mlir::func::FuncOp"> {
  let summary = "let kernels see contiguous buffers of one dimension";
  let description = [{
    In the body of each `gpu.launch`, loads and stores through views (slices,
    reshapes, casts) become loads and stores of the buffers behind them, at indices
    that are computed from offsets and strides: a kernel takes nothing but
    contiguous buffers of one dimension and numbers. What offsets and strides
    depend on outside of the launch is computed by the host. Constants move into
    the launch.

    Kernels count with indices of 32 bits: a buffer of 2^31 entries or more is
    refused.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::memref::MemRefDialect"];
}

def GPUExpandMathPass : Pass<"grow-gpu-expand-math"> {
  let summary = "compute functions of f32 that devices define too loosely";
  let description = [{
    Vulkan allows `sin` and `cos` an absolute error of 2^-11, and none beyond pi at
    all. Here the angle is reduced by multiples of pi/2, and a polynomial evaluated,
    both in f64, and the result is rounded to f32 once. Up to an angle of 2^20 the
    error is at most 0.501 units in the last place; from 2^24 on it grows.
    `rsqrt` becomes a division by the square root.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

def GPUKernelsToSPIRVPass
    : Pass<"grow-gpu-kernels-to-spirv", "::mlir::ModuleOp"> {
  let summary = "convert kernels to SPIR-V for Vulkan";
  let description = [{
    Puts a `spirv.module` into each `gpu.module`, made by upstream's conversions
    from the kernels in it, of which the signatures remain. As upstream's pass for
    Vulkan, with what that lacks:

    * Buffers are bindings 0, 1, ... of descriptor set 0, in the order of arguments.
      Numbers are push constants, words of 32 bits without gaps.
    * bf16 and f16 are stored and moved as integers of 16 bits: run
      `grow-cpu-expand-narrow-floats` before.
    * Barriers order accesses to buffers, too, not to workgroup memory alone.
    * Results are exact: no product and sum may be contracted (`NoContraction`), and,
      with `float-controls`, conversions round to nearest even, and infinities, NaN
      and the sign of zero are kept, as execution modes of SPV_KHR_float_controls
      say. `denormals` adds the mode that keeps subnormal numbers, which not all
      devices have.
  }];
  let dependentDialects = ["::mlir::spirv::SPIRVDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
  let options = [
    Option<"floatControls", "float-controls", "bool", /*default=*/"true",
           "Demand round to nearest even, infinities, NaN and signed zeros">,
    Option<"denormals", "denormals", "bool", /*default=*/"false",
           "Demand subnormal numbers">,
  ];
}

def GPUKernelInterfacePass
    : Pass<"grow-gpu-kernel-interface", "::mlir::gpu::GPUModuleOp"> {
  let summary = "let kernels take addresses and words of 32 bits";
  let description = [{
    Arguments of kernels that are buffers of one dimension get a static size,
    2^31 - 1 entries, more than any has: so upstream's lowering takes one pointer
    for each (`use-bare-ptr-memref-call-conv`) instead of five values. Indices are
    passed as `i32`, as `grow-gpu-launches-to-calls` does.

    Addresses of buffers are multiples of 16 (`llvm.align`), which whoever calls the
    functions of the host has to see to: so what lies at such places is loaded and
    stored as vectors.

    Tensor maps (`!nvgpu.tensormap.descriptor`) become pointers; to what,
    `grow-nvgpu-mark-tensor-maps` says.

    Launches keep the types they had: run it where the module of the kernels is
    lowered, apart from its host.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::gpu::GPUDialect",
                           "::mlir::memref::MemRefDialect"];
}

def GPULaunchesToCallsPass
    : Pass<"grow-gpu-launches-to-calls", "::mlir::ModuleOp"> {
  let summary = "call grow's runtime for launches and device memory";
  let description = [{
    `gpu.launch_func` becomes a call of `growDeviceLaunch`, with the kernel's
    `gpu.binary` as a constant of the module. `memref.alloc` and `memref.dealloc`
    become calls of `growDeviceBorrow` and `growDeviceReturn`: the buffers of these
    functions are memory of the device, which the host never touches.

    A tensor map (`nvgpu.tma.create.descriptor`) that a launch takes becomes a
    description of the buffer on the stack (`GrowTensorMap`), of which the runtime
    makes the argument.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect"];
}

#endif // GROW_TRANSFORMS_GPU_PASSES
