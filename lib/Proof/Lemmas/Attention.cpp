//===- Attention.cpp - What lemmas on attention share ---------------------===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Attention.h"

using namespace mlir;
using namespace grow;
using namespace grow::proof;

/// The rotary pair of a channel; none for channels that pass unchanged.
static std::optional<int64_t> getPair(RopeAttr rope, int64_t channel) {
  int64_t pairs = rope ? rope.getFrequencies().size() : 0;
  if (channel >= 2 * pairs)
    return std::nullopt;
  return rope.getLayout() == RopeLayout::HalfSplit ? channel % pairs
                                                   : channel / 2;
}

Slices grow::proof::getWholePairs(AttentionOp op, const Slices &channels) {
  RopeAttr rope = op.getRopeAttr();
  SmallVector<int64_t> found(rope ? rope.getFrequencies().size() : 0, 0);
  for (int64_t channel : llvm::seq(op.getKeyWidth()))
    if (std::optional<int64_t> pair = getPair(rope, channel))
      found[*pair] += channels.contains(channel);
  Slices whole;
  for (int64_t channel : llvm::seq(op.getKeyWidth())) {
    std::optional<int64_t> pair = getPair(rope, channel);
    if (channels.contains(channel) && (!pair || found[*pair] == 2))
      whole.append(channel, channel + 1);
  }
  return whole;
}

void grow::proof::dropPairs(PatternRewriter &rewriter, AttentionOp op,
                            const Slices &channels) {
  RopeAttr rope = op.getRopeAttr();
  if (!rope)
    return;
  SmallVector<double> frequencies;
  ArrayRef<double> old = rope.getFrequencies().asArrayRef();
  // The first channel of each pair, in the order of the frequencies.
  int64_t step = rope.getLayout() == RopeLayout::HalfSplit ? 1 : 2;
  for (auto [pair, frequency] : llvm::enumerate(old))
    if (!channels.contains(static_cast<int64_t>(pair) * step))
      frequencies.push_back(frequency);
  RopeAttr narrow;
  if (!frequencies.empty())
    narrow = RopeAttr::get(op.getContext(), rope.getLayout(),
                           DenseF64ArrayAttr::get(op.getContext(), frequencies),
                           rope.getFactor());
  rewriter.modifyOpInPlace(op, [&] {
    if (narrow)
      op.setRopeAttr(narrow);
    else
      op.removeRopeAttr();
  });
}

void grow::proof::dropSlopes(PatternRewriter &rewriter, AttentionOp op,
                             const Slices &heads, bool areGroups) {
  if (!op.getAlibi())
    return;
  SmallVector<double> slopes;
  int64_t queries = op.getHeadsPerGroup();
  for (auto [head, slope] : llvm::enumerate(*op.getAlibi())) {
    auto number = static_cast<int64_t>(head);
    if (!heads.contains(areGroups ? number / queries : number % queries))
      slopes.push_back(slope);
  }
  rewriter.modifyOpInPlace(op, [&] { op.setAlibi(slopes); });
}
