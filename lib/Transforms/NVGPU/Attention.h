//===- Attention.h - Attention on tensor cores ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_TRANSFORMS_NVGPU_ATTENTION_H
#define GROW_LIB_TRANSFORMS_NVGPU_ATTENTION_H

#include "../Utils/LoopBuilder.h"
#include "grow/IR/KernelOps.h"

namespace grow {

/// How a block of threads computes attention.
struct AttentionTile {
  int64_t rows, keys; // of scores, at a time
  int64_t warpRows;   // that a warp holds

  int64_t getThreads() const;

  /// What is wrong with the numbers; empty if nothing is.
  std::string check() const;
  /// What keeps an op from being computed so; empty if nothing does.
  std::string check(FusedAttentionOp op) const;
};

/// Emits a launch that computes `op`, whose operands are buffers.
void emitTensorCoreAttention(LoopBuilder &b, FusedAttentionOp op,
                             const AttentionTile &tile);

} // namespace grow

#endif // GROW_LIB_TRANSFORMS_NVGPU_ATTENTION_H
