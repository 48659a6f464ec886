//===- Export.h - The configuration of a grown model ------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_CHECKPOINT_EXPORT_H
#define GROW_CHECKPOINT_EXPORT_H

#include "grow/Checkpoint/Import.h"
#include "grow/Expansion/SizeSchedule.h"
#include "grow/IR/GrowOps.h"

namespace grow {

/// The text of config.json for a grown model: the source's text with the sizes
/// that growth has changed, and with other numbers that have to change with
/// them, such as the epsilons of norms. `sourceModule` is the import of
/// `source` with these `options`, and `grown` a model derived from it.
///
/// The text is imported again, and the result must be the grown model but for
/// names of layers and parameters. So a model that this architecture's
/// configuration cannot express is an error, never a wrong configuration.
///
/// `grown` changes: where frameworks derive a scale or a divisor from a size,
/// its ops get what the configuration says and its weights the factor that this
/// takes. The weights to store are those of `grown` after this call.
mlir::FailureOr<std::string> exportConfig(const CheckpointDir &source,
                                          mlir::ModuleOp sourceModule,
                                          mlir::ModuleOp grown,
                                          const ImportOptions &options = {});

/// The rotary frequencies that the configuration of `source`, its rotary
/// parameters unchanged, gives to heads of `width` channels, if those of
/// `attention` are among them, in order: with these an attention of that model
/// can become wider without a word in the configuration. They are for widths
/// that are a multiple of the old one. None if there are no such frequencies.
std::optional<llvm::SmallVector<double>>
getFrequenciesAt(const CheckpointDir &source, AttentionOp attention,
                 int64_t width, const ImportOptions &options = {});

/// Chooses what `request` leaves open so that the configuration of `source` can
/// express the grown model: weights that are free are drawn as its framework
/// initialises them, from `seed`; rotary frequencies are those above; layer
/// norms centre every channel. `source` must live as long as the request. Emits
/// an error and fails if the configuration names no usable `initializer_range`.
llvm::LogicalResult completeRequest(SizeRequest &request,
                                    const CheckpointDir &source, uint64_t seed,
                                    mlir::MLIRContext *context,
                                    const ImportOptions &options = {});

} // namespace grow

#endif // GROW_CHECKPOINT_EXPORT_H
