//===- Remarks.h - What a pass did, for those who ask -----------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Passes say what they did by MLIR's remarks, in the category "grow":
// `--remarks-filter=grow` prints them, `--remark-format=yaml` writes them for
// programs. (Pass statistics would be MLIR's other means; packages of release
// builds have them compiled out.)
//
//===----------------------------------------------------------------------===//

#ifndef GROW_SUPPORT_REMARKS_H
#define GROW_SUPPORT_REMARKS_H

#include "mlir/IR/Operation.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include <mutex>

namespace grow {

/// A remark that is emitted when the object dies, or nothing where nobody asked
/// for remarks. Takes what upstream's remarks take:
/// `reportPassed(loc, "Shrink") << remark::reason(...) << remark::metric(...)`.
///
/// Passes on functions run on several threads, and MLIR's engine has no lock,
/// so that the object holds one of ours while it lives: make no second one in
/// the same statement.
class PassedRemark {
public:
  PassedRemark(mlir::Location loc, mlir::remark::RemarkOpts options);

  template <typename T>
  PassedRemark &operator<<(T &&part) {
    inFlight << std::forward<T>(part);
    return *this;
  }

private:
  /// Released last, after the remark is emitted.
  std::unique_lock<std::mutex> lock;
  mlir::remark::detail::InFlightRemark inFlight;
};

/// A remark on something done at `loc`. The name must outlive the context.
PassedRemark reportPassed(mlir::Location loc, llvm::StringRef name);

/// A remark on what the pass of this class name (`Pass::getName()`, shown
/// without its suffix "Pass") did to `op`. Names the function, or module of
/// kernels, that `op` is.
PassedRemark reportPassed(mlir::Operation *op, llvm::StringRef passName);

/// Reports `count` of something that a pass did, and nothing if it is 0:
/// `reportCount(op, getName(), 3, "reductions", "lowered to loops")` is the
/// reason "3 reductions lowered to loops" and the metric `reductions`.
void reportCount(mlir::Operation *op, llvm::StringRef passName, int64_t count,
                 llvm::StringRef things, llvm::StringRef done);

/// The ops of a kind in `op`: what there is less of after a pass is what it
/// did.
template <typename OpT>
int64_t countOps(mlir::Operation *op) {
  int64_t count = 0;
  op->walk([&](OpT) { ++count; });
  return count;
}

/// Counts the ops that patterns replace, all or those for which `isCounted`
/// holds.
struct ReplacementCounter : mlir::RewriterBase::Listener {
  using IsCounted = std::function<bool(mlir::Operation *)>;
  explicit ReplacementCounter(IsCounted isCounted = nullptr)
      : isCounted(std::move(isCounted)) {}

  using Listener::notifyOperationReplaced;
  void notifyOperationReplaced(mlir::Operation *op,
                               mlir::ValueRange replacement) override {
    count += !isCounted || isCounted(op);
  }

  IsCounted isCounted;
  int64_t count = 0;
};

} // namespace grow

#endif // GROW_SUPPORT_REMARKS_H
