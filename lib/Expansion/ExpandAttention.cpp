//===- ExpandAttention.cpp - Widen the queries and keys of each head ------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Blocks.h"
#include "Expansions.h"
#include "grow/Expansion/Compensation.h"
#include "grow/Expansion/ExpansionInterfaces.h"
#include "llvm/Support/FormatVariadic.h"
#include <cmath>
#include <map>

using namespace mlir;
using namespace grow;
using namespace grow::detail;

static SmallVector<NewBlock> getBlocks(ExpandAttentionOp op,
                                       AttentionOp attention) {
  BlockFills fills(op.getContext(), op.getInitAttr(), op.getBiasInitAttr());
  fills.set("q", op.getQueryInitAttr())
      .set("k", op.getKeyInitAttr())
      .setZero("q", op.getZero() != KeyZeroSide::Key)
      .setZero("k", op.getZero() != KeyZeroSide::Query);
  return getBlocks(attention, Axis::Key, fills);
}

//===----------------------------------------------------------------------===//
// Rotary embeddings
//===----------------------------------------------------------------------===//

/// The rotary embedding if it turns all channels, so that new ones turn, too.
static RopeAttr getFullRope(AttentionOp attention) {
  RopeAttr rope = attention.getRopeAttr();
  return rope && 2 * rope.getFrequencies().size() == attention.getKeyWidth()
             ? rope
             : RopeAttr();
}

/// Where pairs are inserted among the old ones: how many before which.
using NewPairs = std::map<int64_t, int64_t>;

/// The new pairs in the table `grown`, in which the old frequencies are to be
/// found in order. `missing` becomes the number of the first that is not, or
/// the number of old ones.
static NewPairs findNewPairs(ArrayRef<double> old, ArrayRef<double> grown,
                             size_t &missing) {
  NewPairs pairs;
  missing = 0;
  for (double frequency : grown) {
    if (missing < old.size() && frequency == old[missing])
      ++missing;
    else
      ++pairs[missing];
  }
  return pairs;
}

/// The old table and then frequencies of it, evenly spread.
static SmallVector<double> getRepeatedFrequencies(ArrayRef<double> old,
                                                  int64_t pairs) {
  SmallVector<double> grown(old);
  auto oldPairs = static_cast<int64_t>(old.size());
  int64_t newPairs = pairs - oldPairs;
  for (int64_t i = 0; i < newPairs; ++i)
    grown.push_back(old[i * oldPairs / newPairs]);
  return grown;
}

static SmallVector<double> getGrownFrequencies(ExpandAttentionOp op,
                                               RopeAttr rope) {
  if (auto frequencies = op.getFrequencies())
    return llvm::to_vector(*frequencies);
  return getRepeatedFrequencies(rope.getFrequencies(), op.getSize() / 2);
}

/// The channels that new pairs become: neighbours if pairs are, else one in
/// each half.
static NewSlices getChannels(RopeLayout layout, const NewPairs &pairs,
                             int64_t oldPairs) {
  std::map<int64_t, int64_t> channels;
  for (auto [position, size] : pairs) {
    if (layout == RopeLayout::Interleaved) {
      channels[2 * position] += 2 * size;
      continue;
    }
    channels[position] += size;
    channels[oldPairs + position] += size;
  }
  return {llvm::to_vector(llvm::make_first_range(channels)),
          llvm::to_vector(llvm::make_second_range(channels))};
}

/// Where the channels of a head grow.
static NewSlices getSlices(ExpandAttentionOp op, AttentionOp attention) {
  int64_t width = attention.getKeyWidth();
  RopeAttr rope = getFullRope(attention);
  if (!rope)
    return NewSlices::append(width, op.getSize() - width);
  ArrayRef<double> old = rope.getFrequencies();
  size_t missing = 0;
  NewPairs pairs = findNewPairs(old, getGrownFrequencies(op, rope), missing);
  return getChannels(rope.getLayout(), pairs, old.size());
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

namespace {
/// The checks of one expansion on one model.
class Checker : public LayerExpansion {
public:
  Checker(ExpandAttentionOp op, Model &model)
      : LayerExpansion(op, model, "widen the keys of", op.getBiasInitAttr()),
        op(op) {}

  LogicalResult checkLayer(LayerOp layer);

private:
  LogicalResult checkRope(LayerOp layer, AttentionOp attention);
  LogicalResult checkFrequencies(LayerOp layer, AttentionOp attention,
                                 ArrayRef<double> old);
  LogicalResult checkQKNorm(LayerOp layer, AttentionOp attention);
  LogicalResult checkCompensation(LayerOp layer, AttentionOp attention);
  LogicalResult checkLive(LayerOp layer, AttentionOp attention,
                          ArrayRef<NewBlock> blocks);

  ExpandAttentionOp op;
};
} // namespace

LogicalResult Checker::checkRope(LayerOp layer, AttentionOp attention) {
  RopeAttr rope = getFullRope(attention);
  if (!rope) {
    if (!op.getFrequencies())
      return success();
    InFlightDiagnostic diag = refuse(layer) << " with 'frequencies'";
    diag.attachNote(attention.getLoc())
        << (attention.getRopeAttr()
                ? "its rotary embedding does not turn all channels, and new "
                  "ones do not turn"
                : "it has no rotary embedding")
        << "; leave 'frequencies' out";
    return diag;
  }
  int64_t size = op.getSize();
  if (size % 2 != 0) {
    InFlightDiagnostic diag = refuse(layer)
                              << " to " << size << " channels in a head";
    diag.attachNote(attention.getLoc()) << "its rotary embedding turns all "
                                           "channels, in pairs; use an even "
                                           "size";
    return diag;
  }
  // Every pair is written down.
  constexpr int64_t kMostPairs = 1 << 20;
  if (size / 2 > kMostPairs) {
    InFlightDiagnostic diag = refuse(layer)
                              << " to " << size << " channels in a head";
    diag.attachNote(attention.getLoc())
        << "its rotary embedding turns all channels, and has at most "
        << kMostPairs << " frequencies; use a smaller size";
    return diag;
  }
  return checkFrequencies(layer, attention, rope.getFrequencies());
}

LogicalResult Checker::checkFrequencies(LayerOp layer, AttentionOp attention,
                                        ArrayRef<double> old) {
  if (!op.getFrequencies())
    return success();
  ArrayRef<double> grown = *op.getFrequencies();
  int64_t pairs = op.getSize() / 2;
  if (static_cast<int64_t>(grown.size()) != pairs)
    return op.emitOpError()
           << "expects " << pairs
           << " 'frequencies', half of the size, but found " << grown.size();
  for (auto [i, frequency] : llvm::enumerate(grown))
    if (!std::isfinite(frequency))
      return op.emitOpError()
             << "expects finite 'frequencies', but entry " << i << " is not";
  size_t missing = 0;
  findNewPairs(old, grown, missing);
  if (missing == old.size())
    return success();
  InFlightDiagnostic diag = refuse(layer) << " with these 'frequencies'";
  diag.attachNote(attention.getLoc())
      << "its frequency " << missing << ", "
      << llvm::formatv("{0}", old[missing]).str()
      << ", is not among them after those before it; old pairs keep their "
         "frequencies and their order";
  return diag;
}

LogicalResult Checker::checkQKNorm(LayerOp layer, AttentionOp attention) {
  if (!attention.getQGain() ||
      (op.getZero() == KeyZeroSide::Both && op.getAllowDead()))
    return success();
  InFlightDiagnostic diag = refuse(layer);
  diag.attachNote(attention.getLoc())
      << "its queries and keys are normalised: a new channel that is not zero "
         "changes the norm of the old ones, and channels that are zero on both "
         "sides never receive a gradient; use 'grow.add_heads' or "
         "'grow.expand_heads', or ask for this with 'zero both' and "
         "'allow_dead'";
  return diag;
}

/// Checks that the factors that `compensation weights` needs are numbers.
LogicalResult Checker::checkCompensation(LayerOp layer, AttentionOp attention) {
  if (op.getCompensation() == Compensation::Graph)
    return success();
  auto size = static_cast<int64_t>(op.getSize());
  const Exact &scale = attention.getScaleAttr().getValue();
  std::optional<Exact> ratio = Exact::root(attention.getKeyWidth(), size);
  std::optional<Exact> grown = ratio ? scale.times(*ratio) : std::nullopt;
  bool fits = grown && scale.times(grown->inverse());
  if (auto count = attention.getQkCount())
    fits &= Exact::root(*count, size).has_value();
  if (fits)
    return success();
  InFlightDiagnostic diag = refuse(layer) << " by 'compensation weights'";
  diag.attachNote(attention.getLoc())
      << "the root of " << attention.getKeyWidth() << " / " << size
      << ", which its scale is to be multiplied by, is of too large a number; "
         "use 'compensation graph' or another size";
  return diag;
}

LogicalResult Checker::checkLive(LayerOp layer, AttentionOp attention,
                                 ArrayRef<NewBlock> blocks) {
  NewScores scores{getProjection(blocks, "q"), getKnown(blocks, "k"),
                   getKnown(blocks, "k_bias"), bool(getFullRope(attention))};
  if (op.getAllowDead() || scores.isLive())
    return success();
  return refuseDead(layer, attention, "add channels to", {"q", "k"});
}

LogicalResult Checker::checkLayer(LayerOp layer) {
  FailureOr<AttentionOp> attention = find<AttentionOp>(layer);
  if (failed(attention))
    return failure();
  int64_t width = attention->getKeyWidth(), size = op.getSize();
  SmallVector<NewBlock> blocks = getBlocks(op, *attention);
  if (failed(
          checkGrows(layer, *attention, width, size, "channels in a head")) ||
      failed(checkRope(layer, *attention)) ||
      failed(checkQKNorm(layer, *attention)) ||
      failed(checkCompensation(layer, *attention)) ||
      failed(checkBlocks(layer, blocks, size - width)))
    return failure();
  return checkLive(layer, *attention, blocks);
}

//===----------------------------------------------------------------------===//
// Application
//===----------------------------------------------------------------------===//

/// Moves the factor that the new width costs into the weights, before they
/// grow: new entries are what their fill says.
static void compensate(ExpandAttentionOp op, Model &model,
                       AttentionOp attention) {
  int64_t width = attention.getKeyWidth();
  auto size = static_cast<int64_t>(op.getSize());
  const Exact &scale = attention.getScaleAttr().getValue();
  setScale(model, attention, *scale.times(getRootOfRatio(width, size)),
           op.getZero() == KeyZeroSide::Key ? ScaledSide::Keys
                                            : ScaledSide::Queries);
  if (attention.getQGain())
    setQKCount(model, attention, size);
}

namespace {
struct ExpandAttentionModel
    : public ExpansionOpInterface::ExternalModel<ExpandAttentionModel,
                                                 ExpandAttentionOp> {
  LogicalResult check(Operation *op, Model &model) const {
    return checkLayers<Checker>(cast<ExpandAttentionOp>(op), model);
  }

  void apply(Operation *op, Model &model) const {
    auto expand = cast<ExpandAttentionOp>(op);
    auto size = static_cast<int64_t>(expand.getSize());
    SmallVector<LayerOp> layers = *model.selectLayers(op, expand.getLayers());
    SmallVector<SizeChange> changes;
    for (LayerOp layer : layers) {
      AttentionOp attention = getOps<AttentionOp>(layer).front();
      int64_t width = attention.getKeyWidth();
      NewSlices slices = getSlices(expand, attention);
      if (RopeAttr rope = getFullRope(attention))
        attention.setRopeAttr(RopeAttr::get(
            op->getContext(), rope.getLayout(),
            DenseF64ArrayAttr::get(op->getContext(),
                                   getGrownFrequencies(expand, rope)),
            rope.getFactor()));
      SmallVector<NewBlock> blocks = getBlocks(expand, attention);
      if (expand.getCompensation() == Compensation::Weights)
        compensate(expand, model, attention);
      extend(model, blocks, slices);
      changes.push_back({width, size});
    }
    reportSizes(op, model, "ExpandAttention", "key channels in a head",
                "new-channels", changes);
  }
};
} // namespace

void grow::detail::attachExpandAttention(MLIRContext *context) {
  ExpandAttentionOp::attachInterface<ExpandAttentionModel>(*context);
}
