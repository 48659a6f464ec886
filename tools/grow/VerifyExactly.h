//===- VerifyExactly.h - Whether growth changed no function --- -*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_VERIFYEXACTLY_H
#define GROW_TOOLS_GROW_VERIFYEXACTLY_H

#include "Models.h"
#include "grow/FiniteField/FieldCheck.h"

/// Compares what a model and one that it has grown to compute, over a finite
/// field, and reports it.
ExitCode verifyExactly(const grow::ModelPair &pair,
                       const grow::FieldOptions &options);

#endif // GROW_TOOLS_GROW_VERIFYEXACTLY_H
