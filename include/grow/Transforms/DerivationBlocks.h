//===- DerivationBlocks.h - What a grown parameter is made of ---*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A derivation, read as a picture: which rectangles of the new tensor are the
// old one, multiplied or not, and what fills the others. Plans and pictures are
// made from it; no entry is computed.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMS_DERIVATIONBLOCKS_H
#define GROW_TRANSFORMS_DERIVATIONBLOCKS_H

#include "grow/IR/GrowOps.h"
#include <vector>

namespace grow {

/// Where the entries of a block come from.
enum class BlockOrigin {
  Source, ///< A parameter of the source model.
  Fill,   ///< Zeros, a constant or random numbers.
  Mean,   ///< The mean of other slices of the tensor.
};

/// What a person calls a block.
enum class BlockContent {
  Kept,     ///< Where it was in the source, bit for bit.
  Scaled,   ///< So, but multiplied.
  Centered, ///< So, but with a mean subtracted.
  Copied,   ///< From another slice, or from another parameter.
  Mean,
  Zero,
  Constant,
  Random,
};

llvm::StringRef getName(BlockContent kind);

/// A step that changes every entry of a block: multiplies it, or its difference
/// from `about`, or subtracts a mean (no factor).
struct BlockStep {
  std::optional<Exact> factor;
  std::optional<Exact> about;

  bool operator==(const BlockStep &other) const {
    return factor == other.factor && about == other.about;
  }
};

/// A rectangle of a tensor whose entries come about in one way.
struct DerivationBlock {
  llvm::SmallVector<int64_t, 4> offsets, sizes;

  BlockOrigin origin = BlockOrigin::Source;
  /// The parameter, and where the rectangle lies in it.
  std::string source;
  llvm::SmallVector<int64_t, 4> sourceOffsets;
  /// Whether the entries stand elsewhere in the tensor, too, by `#grow.copy`.
  bool isCopy = false;
  /// Null but for fills.
  FillAttrInterface fill;
  /// What happened to the entries since, in order.
  llvm::SmallVector<BlockStep, 1> steps;

  int64_t getNumElements() const;
  /// Whether two blocks differ in nothing but where they lie.
  bool isAlike(const DerivationBlock &other) const;
};

/// Splits the value of `param` into blocks, which cover it without overlap and
/// are in the order of their first entries. A parameter without a derivation is
/// one block.
std::vector<DerivationBlock> getDerivationBlocks(ParamOp param);

/// What a block of the parameter `name` is.
BlockContent getContent(const DerivationBlock &block, llvm::StringRef name);

/// The factor that a block was multiplied by, `3/2`, or `3/2 about -1`; `mean
/// subtracted` for a centred one. Empty for a block as it was.
std::string describeSteps(const DerivationBlock &block);

/// The rectangle, `[0:96, 384:512]`; an axis of which it has all is `:`.
std::string describePlace(const DerivationBlock &block,
                          llvm::ArrayRef<int64_t> shape);

} // namespace grow

#endif // GROW_TRANSFORMS_DERIVATIONBLOCKS_H
