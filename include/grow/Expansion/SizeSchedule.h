//===- SizeSchedule.h - From wanted sizes to a schedule ---------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Most people know how large their model is to be, not which expansions that
// takes. This is the one place that turns sizes into expansions: the flags of
// `grow apply` and the options of `grow-expand` are both read into a
// `SizeRequest`.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_EXPANSION_SIZESCHEDULE_H
#define GROW_EXPANSION_SIZESCHEDULE_H

#include "grow/Expansion/Model.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <functional>

namespace grow {

/// New layers: `+N`, or `+N@i,j,...` with N positions.
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

/// Parses `normal:STDDEV`, `uniform:BOUND` or `zero`.
llvm::Expected<FillAttrInterface> parseFill(llvm::StringRef text, uint64_t seed,
                                            mlir::MLIRContext *context);

/// The sizes that a model is to have. What is not named stays as it is, but for
/// multi-head attention, where heads of keys follow `heads`.
struct SizeRequest {
  std::optional<int64_t> mlp;        ///< Units of each MLP.
  std::optional<int64_t> hidden;     ///< Channels of the stream.
  std::optional<int64_t> heads;      ///< Query heads of each layer, in all.
  std::optional<int64_t> kvHeads;    ///< Heads of keys and values.
  std::optional<int64_t> headDim;    ///< Both of the following.
  std::optional<int64_t> key;        ///< Channels of a query or key.
  std::optional<int64_t> value;      ///< Channels of a value.
  std::optional<int64_t> vocabulary; ///< Tokens.
  std::optional<int64_t> positions;  ///< Longest sequence, if learned.
  /// Heads of keys and values after each has been copied for a part of the
  /// query heads that shared it, which comes before everything else.
  std::optional<int64_t> unshareKVHeads;
  std::optional<LayerRequest> layers;
  LayerOrigin layersFrom = LayerOrigin::Random;

  /// Fills what is free; null for the default of each expansion.
  FillAttrInterface init;
  MLPZeroSide mlpZero = MLPZeroSide::Down;
  KeyZeroSide keyZero = KeyZeroSide::Key;
  ValueZeroSide valueZero = ValueZeroSide::Output;
  bool allowDead = false;
  Compensation compensation = Compensation::Graph;
  /// Whether layer norms have to centre every channel, as those of frameworks
  /// do: a stream that they read then grows with compensation in weights.
  bool centersAllChannels = false;
  /// The rotary frequencies that a wider key is to have, for a host that knows
  /// what a configuration can say; none to leave them to the expansion.
  std::function<std::optional<llvm::SmallVector<double>>(AttentionOp op,
                                                         int64_t key)>
      getFrequencies;

  /// Whether a size is asked for.
  bool isEmpty() const;
  /// The name of a size that is asked for and not at least 1, if there is one.
  std::optional<llvm::StringRef> findNotPositive() const;
};

/// A module with one schedule, at `loc`, that gives `model` the wanted sizes.
///
/// Expansions stand in the order that leaves most of the new entries free and
/// rescales none of them: un-sharing, keys, values, MLP, heads, stream, layers,
/// vocabulary, positions. There is one for each size that differs from the
/// model's, in the layers in which it does. A size that is there already, or is
/// smaller, is left to the expansion to refuse.
///
/// Emits an error, and notes with what is possible, for numbers of heads that
/// no expansion leads to.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
buildSizeSchedule(const SizeRequest &request, Model &model, mlir::Location loc);

} // namespace grow

#endif // GROW_EXPANSION_SIZESCHEDULE_H
