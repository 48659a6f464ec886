//===- Rewriting.h - Models as terms, and lemmas on them --------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_LIB_PROOF_REWRITING_H
#define GROW_LIB_PROOF_REWRITING_H

#include "grow/Proof/Lemma.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Rewrite/FrozenRewritePatternSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"

namespace grow::proof {

/// How often each lemma was used.
using LemmaUses = llvm::MapVector<llvm::StringRef, int64_t>;

/// Finds the function of a model and replaces each `grow.get` in it by the
/// derivation of its parameter, by a `grow.source` without one; erases the
/// parameters. Random fills get their parameter's name as key. Emits an error,
/// fails and changes nothing unless the function has one block.
mlir::FailureOr<mlir::FunctionOpInterface>
inlineDerivations(mlir::ModuleOp module);

/// The parameter that a term was read from, by its location; empty for what is
/// no parameter.
llvm::StringRef getParamName(mlir::Value term);

/// Sets of lemmas, ready to apply.
class Lemmas {
public:
  explicit Lemmas(mlir::MLIRContext *context);

  const Lemma *find(llvm::StringRef name) const;
  llvm::ArrayRef<Lemma> getAll() const { return lemmas; }

  /// The patterns of the lemmas that `isUsed` selects.
  mlir::FrozenRewritePatternSet
  select(llvm::function_ref<bool(const Lemma &)> isUsed) const;

private:
  mlir::MLIRContext *context;
  llvm::SmallVector<Lemma> lemmas;
};

/// Applies lemmas, from left to right, as long as one applies.
LemmaUses applyLemmas(mlir::FunctionOpInterface function,
                      const mlir::FrozenRewritePatternSet &patterns);

/// Why no lemma applies to `op`, as far as lemmas say so.
llvm::SmallVector<std::string>
explainStuck(mlir::Operation *op,
             const mlir::FrozenRewritePatternSet &patterns);

} // namespace grow::proof

#endif // GROW_LIB_PROOF_REWRITING_H
