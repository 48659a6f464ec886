//===- NVIDIAChips.h - What NVIDIA's GPUs have ------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PIPELINES_NVIDIACHIPS_H
#define GROW_PIPELINES_NVIDIACHIPS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

namespace grow {

/// A kind of NVIDIA GPU, and how its tensor cores multiply matrices of bf16 and
/// f16 unless options of `grow-to-nvvm` say otherwise.
struct NVIDIAChip {
  /// The compute capability, as sm_80.
  llvm::StringLiteral name;
  /// Memory that a block of threads can have.
  int64_t workgroupBytes;
  /// Of that, what a kernel keeps results in until they are finished: the sums
  /// of a block, or of the two of a gated MLP. The rest is for stages.
  int64_t resultBytes;
  /// See grow-nvgpu-lower-contractions.
  int64_t blockRows, blockColumns, blockDepth, stages, warpRows, warpColumns;
};

/// All that code is made for, the oldest first.
llvm::ArrayRef<NVIDIAChip> getNVIDIAChips();

/// The chip of this name. Of one that is not known: what all of them have.
const NVIDIAChip &getNVIDIAChip(llvm::StringRef name);

} // namespace grow

#endif // GROW_PIPELINES_NVIDIACHIPS_H
