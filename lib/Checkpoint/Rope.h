//===- Rope.h - Rotary frequencies of a configuration -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_ROPE_H
#define GROW_LIB_CHECKPOINT_ROPE_H

#include "ModelConfig.h"

namespace grow {

/// The rotary embedding that the configuration describes, in the form of
/// transformers 5 (`rope_parameters`) or the older one (`rope_theta` and
/// `rope_scaling`). Frequencies are those that transformers computes in f32.
///
/// Types `dynamic` and `longrope` depend on the length of the sequence; theirs
/// are those of the original context, and a warning says how long that is.
mlir::FailureOr<RopeAttr> importRope(const ModelConfig &config,
                                     const RopeSpec &spec);

/// Whether frequencies change with the length of the sequence.
mlir::FailureOr<bool> dependsOnLength(const ModelConfig &config,
                                      const RopeSpec &spec);

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_ROPE_H
