//===- Slices.h - Sets of slices of an axis ---------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_SLICES_H
#define GROW_PROOF_SLICES_H

#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"

namespace grow::proof {

/// A set of slices of an axis, as ranges: what is said of a block takes as long
/// to compute for a block of a million slices as for one.
class Slices {
public:
  struct Range {
    int64_t begin, end;
    bool operator==(const Range &other) const {
      return begin == other.begin && end == other.end;
    }
  };

  Slices() = default;
  /// All slices of an axis of the given size.
  static Slices all(int64_t size);
  /// The ranges that begin at `positions` and have `sizes` slices, as the
  /// attributes of `grow.drop` say it.
  static Slices get(mlir::ArrayRef<int64_t> positions,
                    mlir::ArrayRef<int64_t> sizes);
  /// The slices of these numbers, each given once, in any order.
  static Slices get(mlir::SmallVector<int64_t> numbers);

  /// Adds a range that begins at or after the end of all others.
  void append(int64_t begin, int64_t end);

  bool empty() const { return ranges.empty(); }
  int64_t size() const;
  bool contains(int64_t slice) const;
  mlir::ArrayRef<Range> getRanges() const { return ranges; }
  mlir::SmallVector<int64_t> getPositions() const;
  mlir::SmallVector<int64_t> getSizes() const;

  Slices operator|(const Slices &other) const;
  Slices operator&(const Slices &other) const;
  /// The slices of this set that `other` does not have.
  Slices operator-(const Slices &other) const;
  bool operator==(const Slices &other) const { return ranges == other.ranges; }
  bool operator!=(const Slices &other) const { return !(*this == other); }

  /// The numbers that slices have once `gaps` are inserted, which are given as
  /// they are numbered then.
  Slices spread(const Slices &gaps) const;
  /// The numbers that slices have once `gaps` are left out; slices in the gaps
  /// are gone.
  Slices compress(const Slices &gaps) const;

private:
  mlir::SmallVector<Range, 2> ranges;
};

/// Prints `256..511` or `2..3, 6..7`, last slices included.
llvm::raw_ostream &operator<<(llvm::raw_ostream &os, const Slices &slices);
mlir::Diagnostic &operator<<(mlir::Diagnostic &diag, const Slices &slices);

} // namespace grow::proof

#endif // GROW_PROOF_SLICES_H
