//===- Pipelines.h - Pass pipelines -----------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PIPELINES_PIPELINES_H
#define GROW_PIPELINES_PIPELINES_H

#include "grow/Pipelines/NVIDIAChips.h"
#include "grow/Transforms/CPU/Passes.h"
#include "grow/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace grow {

/// Options of `grow-to-linalg`.
struct ToLinalgPipelineOptions
    : public mlir::PassPipelineOptions<ToLinalgPipelineOptions> {
  Option<ParamsMode> params{
      *this, "params",
      llvm::cl::desc(
          "What stored tensors become: mode of grow-externalize-params"),
      llvm::cl::init(ParamsMode::Args),
      llvm::cl::values(
          clEnumValN(ParamsMode::Args, "args", "arguments of functions"),
          clEnumValN(ParamsMode::Globals, "globals", "external globals"),
          clEnumValN(ParamsMode::IREE, "iree",
                     "parameters of IREE's runtime"))};
  Option<std::string> scope{
      *this, "scope",
      llvm::cl::desc("With params=iree: the scope of the parameters' names"),
      llvm::cl::init("model")};
};

/// `grow-to-linalg`: from a model to func, linalg, tensor, arith and math on
/// tensors, for other compilers. No op is left that is not upstream's.
void buildToLinalgPipeline(mlir::OpPassManager &pm,
                           const ToLinalgPipelineOptions &options);

/// Options of `grow-to-llvm` and `grow-tile-models`.
struct ToLLVMPipelineOptions
    : public mlir::PassPipelineOptions<ToLLVMPipelineOptions> {
  Option<bool> parallel{
      *this, "parallel",
      llvm::cl::desc("Run large loops on all cores (OpenMP: the program that "
                     "runs the code loads libomp)"),
      llvm::cl::init(false)};
  Option<unsigned> threads{
      *this, "threads",
      llvm::cl::desc(
          "How many threads blocks are cut for; 0: one for each core "
          "of the machine that compiles. Changes no bit of a result"),
      llvm::cl::init(0)};
  Option<unsigned> vectorBits{
      *this, "vector-bits",
      llvm::cl::desc("Width of a vector register; 0 asks the machine that "
                     "compiles"),
      llvm::cl::init(0)};
  Option<bool> expandF16{
      *this, "expand-f16",
      llvm::cl::desc("Convert between f16 and f32 by integer arithmetic. "
                     "Without vector-bits this is done where the machine that "
                     "compiles has no instructions for it"),
      llvm::cl::init(false)};
  Option<bool> bf16Dot{
      *this, "bf16-dot",
      llvm::cl::desc("Multiply bf16 by bf16 with AVX512-BF16's vdpbf16ps, see "
                     "grow-cpu-lower-contractions. Without vector-bits this is "
                     "done where the machine that compiles has it"),
      llvm::cl::init(false)};
  Option<bool> expandBF16Dot{
      *this, "expand-bf16-dot",
      llvm::cl::desc("Compute what bf16-dot asks for by instructions that "
                     "every CPU has: for tests"),
      llvm::cl::init(false)};
  Option<bool> approximateMath{
      *this, "approximate-math",
      llvm::cl::desc("Compute exp, tanh and erf in f32 by vectorisable "
                     "polynomials instead of libm"),
      llvm::cl::init(true)};
  Option<bool> prepareParameters{
      *this, "prepare-parameters",
      llvm::cl::desc("Compute what depends on stored tensors alone, such as "
                     "packed weights, in functions of their own, whose results "
                     "functions take as arguments (see grow-hoist-invariants)"),
      llvm::cl::init(false)};
  Option<bool> outParams{
      *this, "out-params",
      llvm::cl::desc("Public functions that nobody in the module calls write "
                     "their results to buffers of the caller, appended to the "
                     "arguments, instead of returning buffers that the caller "
                     "must free"),
      llvm::cl::init(false)};
  Option<bool> slots{
      *this, "slots",
      llvm::cl::desc("Public functions take one pointer to slots that hold "
                     "their arguments and take their results, see "
                     "grow-cpu-pass-pointers"),
      llvm::cl::init(false)};
};

/// Adds the passes from func, linalg, tensor, arith, math and scf on tensors to
/// the LLVM dialect, for the CPU of this machine; the stages below are its
/// parts. The context needs upstream's extensions and interface models
/// (mlir::registerAllDialects, registerAllExtensions).
void buildToLLVMPipeline(mlir::OpPassManager &pm,
                         const ToLLVMPipelineOptions &options);

/// What all targets begin with: contractions and norms in blocks, together with
/// what is computed from their elements.
void buildTiling(mlir::OpPassManager &pm,
                 const CPUTileContractionsPassOptions &options);

/// The part of stage 1 up to packed weights, after which
/// `grow-hoist-invariants` finds what need not be computed in each layer.
void buildCPUTiling(mlir::OpPassManager &pm,
                    const ToLLVMPipelineOptions &options);

/// `grow-tile-models`: what precedes stage 1 for functions of model ops whose
/// parameters are arguments. Attention in blocks, tiling, and weights packed by
/// functions of their own (`grow.prepared`). Of the options `vectorBits` and
/// `threads` count.
void buildModelTiling(mlir::OpPassManager &pm,
                      const ToLLVMPipelineOptions &options);

/// Stage 1, on tensors: functions, the value of each reduction, larger ops.
void buildCPUPreparation(mlir::OpPassManager &pm,
                         const ToLLVMPipelineOptions &options);

/// Stage 2: tensors to buffers, each freed in time.
void buildCPUBufferization(mlir::OpPassManager &pm,
                           const ToLLVMPipelineOptions &options);

/// Stage 3: linalg on buffers to loops and vectors.
void buildCPULoops(mlir::OpPassManager &pm,
                   const ToLLVMPipelineOptions &options);

/// Stage 4: loops, vectors and buffers to the LLVM dialect.
void buildLoopsToLLVM(mlir::OpPassManager &pm,
                      const ToLLVMPipelineOptions &options);

/// Options of the pipelines for GPUs. Sizes of blocks change no bit of a
/// result, but for `attentionKeys` (see convert-grow-to-linalg).
struct ToGPUPipelineOptions
    : public mlir::PassPipelineOptions<ToGPUPipelineOptions> {
  Option<int64_t> threads{*this, "threads",
                          llvm::cl::desc("Threads of a workgroup"),
                          llvm::cl::init(128)};
  Option<int64_t> workgroupBytes{
      *this, "workgroup-bytes",
      llvm::cl::desc("Bytes of memory that a workgroup may use"),
      llvm::cl::init(32768)};
  Option<int64_t> blockRows{*this, "block-rows",
                            llvm::cl::desc("Rows of a block of a contraction"),
                            llvm::cl::init(64)};
  Option<int64_t> blockColumns{
      *this, "block-columns",
      llvm::cl::desc("Columns of a block of a contraction"),
      llvm::cl::init(64)};
  Option<int64_t> normRows{*this, "norm-rows",
                           llvm::cl::desc("Rows of a block of a norm"),
                           llvm::cl::init(4)};
  Option<int64_t> attentionRows{
      *this, "attention-rows",
      llvm::cl::desc("Rows of a block of attention's scores"),
      llvm::cl::init(8)};
  Option<int64_t> attentionKeys{
      *this, "attention-keys",
      llvm::cl::desc("Keys of a block of attention's scores"),
      llvm::cl::init(384)};
  Option<int64_t> elementsAtATime{
      *this, "elements-at-a-time",
      llvm::cl::desc("Neighbouring elements that a thread computes where no "
                     "loop reduces"),
      llvm::cl::init(1)};
  Option<bool> prepareParameters{*this, "prepare-parameters",
                                 llvm::cl::desc("As of grow-to-llvm"),
                                 llvm::cl::init(false)};
  Option<bool> outParams{*this, "out-params",
                         llvm::cl::desc("As of grow-to-llvm"),
                         llvm::cl::init(false)};

  virtual ~ToGPUPipelineOptions() = default;
  /// Whether products of bf16 and f16 matrices run on tensor cores.
  virtual bool usesTensorCores() const { return false; }
  /// Whether those of f32 do, with operands rounded to TF32.
  virtual bool usesTF32() const { return false; }
  /// What depends on the chip if options do not say it.
  struct BlockSizes {
    int64_t rows, columns, threads, workgroupBytes;
  };
  virtual BlockSizes getBlockSizes() const {
    return {blockRows, blockColumns, threads, workgroupBytes};
  }
};

/// Options of `grow-to-spirv`.
struct ToSPIRVPipelineOptions : public ToGPUPipelineOptions {
  Option<bool> floatControls{
      *this, "float-controls",
      llvm::cl::desc("Demand round to nearest even, infinities, NaN and signed "
                     "zeros of the device"),
      llvm::cl::init(true)};
  Option<bool> denormals{
      *this, "denormals",
      llvm::cl::desc("Demand subnormal numbers of the device"),
      llvm::cl::init(false)};
};

/// Options of `grow-to-nvvm`.
struct ToNVVMPipelineOptions : public ToGPUPipelineOptions {
  ToNVVMPipelineOptions() {
    // As NVIDIAChips.h has them for the chip.
    blockRows = blockColumns = threads = workgroupBytes = 0;
    normRows = 8;        // 32 threads for each
    elementsAtATime = 4; // 16 bytes of f32
  }

  Option<std::string> chip{
      *this, "chip",
      llvm::cl::desc("Compute capability that kernels are for: sm_80 or later"),
      llvm::cl::init("sm_80")};
  Option<std::string> features{*this, "features",
                               llvm::cl::desc("Version of PTX"),
                               llvm::cl::init("+ptx80")};
  Option<std::string> format{
      *this, "format",
      llvm::cl::desc("What kernels are embedded as: isa (PTX, which the driver "
                     "compiles), auto (machine code, too, where ptxas is "
                     "found), bin or fatbin (ptxas must be there)"),
      llvm::cl::init("isa")};
  Option<bool> tensorCores{
      *this, "tensor-cores",
      llvm::cl::desc("Multiply matrices of bf16 and f16 on tensor cores. What "
                     "is multiplied by such a matrix is rounded to its type"),
      llvm::cl::init(true)};
  Option<bool> tf32{
      *this, "tf32",
      llvm::cl::desc(
          "Multiply matrices of f32 on tensor cores, too, rounded to "
          "TF32: 10 bits of mantissa. Needs tensor-cores"),
      llvm::cl::init(false)};
  Option<int64_t> blockDepth{
      *this, "block-depth",
      llvm::cl::desc("Steps of the depth that are copied at a time for tensor "
                     "cores, of f32 half as many; as the other sizes of blocks "
                     "and warps: 0 is the chip's"),
      llvm::cl::init(0)};
  Option<int64_t> stages{
      *this, "stages",
      llvm::cl::desc("Blocks of the depth that workgroup memory holds"),
      llvm::cl::init(0)};
  Option<int64_t> warpRows{*this, "warp-rows",
                           llvm::cl::desc("Rows that a warp computes"),
                           llvm::cl::init(0)};
  Option<int64_t> warpColumns{*this, "warp-columns",
                              llvm::cl::desc("Columns that a warp computes"),
                              llvm::cl::init(0)};
  Option<bool> warpgroups{
      *this, "warpgroups",
      llvm::cl::desc("On sm_90a, multiply them by warpgroups (wgmma), with "
                     "operands that tensor maps describe"),
      llvm::cl::init(true)};
  Option<int64_t> warpgroupStages{
      *this, "warpgroup-stages",
      llvm::cl::desc("Blocks of the depth that workgroup memory holds for "
                     "warpgroups"),
      llvm::cl::init(4)};

  bool usesTensorCores() const override { return tensorCores; }
  bool usesTF32() const override { return tensorCores && tf32; }
  /// The chip's, with what the options say instead.
  NVIDIAChip getChip() const;
  BlockSizes getBlockSizes() const override;
};

/// Adds the passes from func, linalg, tensor, arith, math and scf on tensors to
/// the LLVM dialect on the host, which launches kernels in PTX through grow's
/// runtime, as buildToSPIRVPipeline does.
void buildToNVVMPipeline(mlir::OpPassManager &pm,
                         const ToNVVMPipelineOptions &options);

/// Options of `grow-to-rocdl`.
struct ToROCDLPipelineOptions : public ToGPUPipelineOptions {
  ToROCDLPipelineOptions() { threads = 256; }

  Option<std::string> chip{*this, "chip",
                           llvm::cl::desc("AMD GPU that kernels are for"),
                           llvm::cl::init("gfx90a")};
};

/// Adds the passes from func, linalg, tensor, arith, math and scf on tensors to
/// the LLVM dialect on the host, with kernels as AMD GPU assembly: to be read,
/// not run, since the runtime has no backend for AMD's driver.
void buildToROCDLPipeline(mlir::OpPassManager &pm,
                          const ToROCDLPipelineOptions &options);

/// Adds the passes from func, linalg, tensor, arith, math and scf on tensors to
/// the LLVM dialect on the host, which launches kernels in SPIR-V through
/// grow's runtime (grow/Runtime/Device.h). Buffers that cross calls are
/// addresses of the device's memory. Public functions take slots, see
/// `grow-cpu-pass-pointers`.
void buildToSPIRVPipeline(mlir::OpPassManager &pm,
                          const ToSPIRVPipelineOptions &options);

/// What precedes the pipelines for GPUs for functions of model ops: attention
/// in blocks, tiling, and what is computed once by functions of their own
/// (`grow.prepared`).
void buildGPUModelTiling(mlir::OpPassManager &pm,
                         const ToGPUPipelineOptions &options);

/// In what targets of buildGPUKernels differ.
struct GPUTargetStages {
  /// Adds the passes that lower kernel ops of the grow dialect on buffers; none
  /// if there are no such ops.
  std::function<void(mlir::OpPassManager &)> lowerKernelOps;
  /// Adds the passes that lower products of matrices in bf16 and f16, and in
  /// f32 if options.usesTF32(); none if they are lowered like all others.
  std::function<void(mlir::OpPassManager &)> lowerProducts;
  /// Whether kernels know the types bf16 and f16.
  bool hasNarrowFloats = false;
};

/// What all GPUs have in common: from tensors to kernels on buffers of one
/// dimension, in a `gpu.module` each, and functions of the host that launch
/// them.
void buildGPUKernels(mlir::OpPassManager &pm,
                     const ToGPUPipelineOptions &options,
                     const GPUTargetStages &target = {});

/// The last part: launches become calls of the runtime, and all is lowered to
/// the LLVM dialect.
void buildGPUHost(mlir::OpPassManager &pm);

/// Makes the pipelines known by name to a pass pipeline parser.
void registerGrowPipelines();

} // namespace grow

#endif // GROW_PIPELINES_PIPELINES_H
