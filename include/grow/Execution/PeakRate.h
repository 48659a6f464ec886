//===- PeakRate.h - How fast this machine multiplies and adds ---*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXECUTION_PEAKRATE_H
#define GROW_EXECUTION_PEAKRATE_H

#include "mlir/IR/BuiltinTypes.h"

namespace grow {

/// The type that models in `elementType` compute sums in: f64, or f32 for
/// everything narrower.
mlir::FloatType getAccumulatorType(mlir::FloatType elementType);

/// The floating-point operations per second of fused multiplications and
/// additions of `type`, f32 or f64, that this many threads reach together:
/// measured for a tenth of a second with a loop over registers, which no memory
/// holds up. Emits an error if the loop cannot be compiled.
mlir::FailureOr<double> measurePeakRate(mlir::FloatType type, unsigned threads);

} // namespace grow

#endif // GROW_EXECUTION_PEAKRATE_H
