//===- Pipelines.h - Pass pipelines -----------------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PIPELINES_PIPELINES_H
#define GROW_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace grow {

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

/// Makes the pipelines known by name to a pass pipeline parser.
void registerGrowPipelines();

} // namespace grow

#endif // GROW_PIPELINES_PIPELINES_H
