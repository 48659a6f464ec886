//===- Capabilities.h - Which sizes a configuration can hold ----*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An architecture computes some sizes from others: the heads of GPT-2 are as
// wide as its stream divided by their number. A model that grew in one of them
// alone may be one that no configuration describes. What follows finds that
// out, and what else has to grow, from the expressions of the architecture
// file.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_CHECKPOINT_CAPABILITIES_H
#define GROW_LIB_CHECKPOINT_CAPABILITIES_H

#include "ModelConfig.h"

namespace grow {

/// Sizes in the order of their names.
using Sizes = std::map<std::string, int64_t>;

class Capabilities {
public:
  explicit Capabilities(const ModelConfig &config);

  /// Why a configuration cannot hold these sizes, as half a sentence; none if
  /// it can. Sizes that are not named are those of the source.
  std::optional<std::string> explainMisfit(const SizeMap &wanted) const;

  /// What has to grow as well so that a configuration can hold the sizes in
  /// `wanted` that differ from the source's: as few sizes as possible, and by
  /// as little as possible. Empty if nothing has to; none if nothing helps.
  std::optional<Sizes> findCompanions(const SizeMap &wanted) const;

  /// The least growth beyond `wanted` that a configuration can hold, in the
  /// sizes that were asked for and others. None if there is none near.
  std::optional<Sizes> findNext(const SizeMap &wanted) const;

  /// Emits an error, with a note on what else has to grow, if a configuration
  /// cannot hold the sizes.
  mlir::LogicalResult check(const SizeMap &wanted, mlir::Location loc) const;

  /// All sizes of a model with the wanted ones.
  SizeMap complete(const SizeMap &wanted) const;

  /// Sizes as configurations name them, in words: `n_embd 832`.
  std::string describe(const Sizes &sizes) const;

private:
  /// A relation of the architecture between sizes that does not hold.
  struct Misfit {
    /// Null if the size is too large for any configuration.
    const Expression *expression;
    /// What the expression should be; empty if it only has to be an integer.
    std::string size;
  };

  std::optional<Misfit> findMisfit(const SizeMap &sizes) const;
  bool search(const SizeMap &sizes, Sizes &chosen, const SizeMap &wanted,
              unsigned depth, std::optional<Sizes> &best) const;
  void collectFactors(const Expression &expression,
                      std::map<std::string, bool> &factors) const;
  void completeInPlace(SizeMap &sizes) const;
  /// A larger value for each of some sizes, of which one alone, or one and
  /// others, makes the relation hold.
  std::vector<std::pair<std::string, int64_t>>
  findMends(const Misfit &misfit, SizeMap sizes,
            llvm::function_ref<bool(llvm::StringRef)> mayGrow) const;
  std::vector<int64_t> findMends(const Misfit &misfit, SizeMap &sizes,
                                 llvm::StringRef factor, bool divides) const;
  bool isAskedFor(llvm::StringRef size, const SizeMap &wanted) const;
  double measure(const Sizes &sizes) const;

  const ModelConfig &config;
  const Architecture &arch;
  /// The sizes that are axes of parameters, and so are what they are.
  llvm::StringSet<> axes;
};

} // namespace grow

#endif // GROW_LIB_CHECKPOINT_CAPABILITIES_H
