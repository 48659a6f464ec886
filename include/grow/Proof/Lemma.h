//===- Lemma.h - Equations that proofs are made of --------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_LEMMA_H
#define GROW_PROOF_LEMMA_H

#include "mlir/IR/DialectInterface.h"
#include "mlir/IR/PatternMatch.h"

namespace grow::proof {

/// In which sense two terms are equal.
enum class Exactness {
  /// Bit for bit in floating point, whatever the element type, if sums are
  /// taken in the order of their index (and but for the sign of zeros).
  Bits,
  /// In real numbers. In floating point both sides round differently.
  Reals,
};

/// An equation between terms, for all finite parameters and streams, read from
/// left to right.
struct Lemma {
  llvm::StringRef name;
  llvm::StringRef equation;
  Exactness exactness;
};

/// Lemmas and the patterns that apply them. The label of a pattern is its
/// lemma's name.
class LemmaSet {
public:
  explicit LemmaSet(mlir::MLIRContext *context) : patterns(context) {}

  /// Adds a lemma and the patterns that apply it. Of several lemmas that apply
  /// to an op, that of the highest benefit does.
  template <typename... PatternTs>
  void add(const Lemma &lemma, mlir::PatternBenefit benefit) {
    lemmas.push_back(lemma);
    (patterns.addWithLabel<PatternTs>({lemma.name}, patterns.getContext(),
                                      benefit),
     ...);
  }

  mlir::MLIRContext *getContext() const { return patterns.getContext(); }
  llvm::ArrayRef<Lemma> getLemmas() const { return lemmas; }
  mlir::RewritePatternSet takePatterns() { return std::move(patterns); }

private:
  llvm::SmallVector<Lemma> lemmas;
  mlir::RewritePatternSet patterns;
};

/// What a dialect implements that brings lemmas of its own: they are used by
/// every proof in a context that has loaded it, which an extension of the grow
/// dialect can see to. A lemma that is no equation makes every proof worthless,
/// and nothing checks it.
class LemmaDialectInterface
    : public mlir::DialectInterface::Base<LemmaDialectInterface> {
public:
  LemmaDialectInterface(mlir::Dialect *dialect) : Base(dialect) {}

  virtual void populateLemmas(LemmaSet &set) const = 0;
};

/// Adds every lemma: the project's, in the order of their names, and those of
/// the dialects that the context has loaded.
void populateLemmas(LemmaSet &set);

} // namespace grow::proof

#endif // GROW_PROOF_LEMMA_H
