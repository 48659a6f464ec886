//===- Schedules.h - Schedules from the command line ------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_SCHEDULES_H
#define GROW_TOOLS_GROW_SCHEDULES_H

#include "grow/IR/GrowOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"

/// `--layers`: `+N`, or `+N@i,j,...` with N positions.
struct LayerRequest {
  int64_t count = 0;
  /// Numbers of layers to insert before; empty: spread evenly.
  llvm::SmallVector<int64_t> positions;

  static llvm::Expected<LayerRequest> parse(llvm::StringRef text);
};

/// Where `count` new layers go among `layers` old ones if nobody says: the i-th
/// of them, from 1, before layer ceil(i * layers / count). So they lie evenly,
/// each after an old layer and the last one at the end: 2 among 4 go to [2, 4].
llvm::SmallVector<int64_t> spreadLayers(int64_t count, int64_t layers);

/// What the growth flags ask for.
struct GrowthRequest {
  std::optional<int64_t> mlpWidth;
  std::optional<LayerRequest> layers;
  grow::LayerOrigin layerOrigin = grow::LayerOrigin::Random;
  grow::FillAttrInterface init;
};

/// Parses `normal:STDDEV`, `uniform:BOUND` or `zero`.
llvm::Expected<grow::FillAttrInterface>
parseFill(llvm::StringRef text, uint64_t seed, mlir::MLIRContext *context);

/// The schedule that the flags stand for, in a module of its own: the MLP
/// first, so that new layers have the new width. Emits an error if it is not
/// valid.
mlir::OwningOpRef<mlir::ModuleOp> buildSchedule(const GrowthRequest &request,
                                                int64_t sourceLayers,
                                                mlir::MLIRContext *context);

/// Applies all schedules of `schedules`, in order, to the model in `module`.
llvm::LogicalResult applyAll(mlir::ModuleOp schedules, mlir::ModuleOp module);

#endif // GROW_TOOLS_GROW_SCHEDULES_H
