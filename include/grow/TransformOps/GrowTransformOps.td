//===- GrowTransformOps.td - Ops of transform scripts ------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_GROWTRANSFORMOPS_TD
#define GROW_TRANSFORMOPS_GROWTRANSFORMOPS_TD

include "grow/TransformOps/ExpansionTransformOps.td"
include "grow/TransformOps/MatchTransformOps.td"

#endif // GROW_TRANSFORMOPS_GROWTRANSFORMOPS_TD
