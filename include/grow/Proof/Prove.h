//===- Prove.h - Proofs that growth changed nothing -------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_PROVE_H
#define GROW_PROOF_PROVE_H

#include "grow/IR/ModelPair.h"
#include "grow/Proof/Lemma.h"
#include "llvm/Support/JSON.h"

namespace grow {

/// What was proven, and how.
struct Certificate {
  /// SHA-256 of the modules as they are printed, without locations, remarks of
  /// earlier proofs and comments.
  std::string sourceHash, grownHash;
  proof::Exactness exactness = proof::Exactness::Bits;
  /// Logits that the grown model adds; the others are the source's.
  int64_t newLogits = 0;
  /// Whether the proof is about tokens and positions that the source knows,
  /// since the grown model knows more.
  bool narrowsDomain = false;
  /// The lemmas that were used, with how often.
  std::vector<std::pair<std::string, int64_t>> lemmas;

  /// What the certificate says, in a sentence.
  std::string getStatement() const;
  void print(llvm::raw_ostream &os) const;
  llvm::json::Object toJSON() const;
  /// For the attribute `grow.proof` of the grown module.
  mlir::DictionaryAttr toAttribute(mlir::MLIRContext *context) const;
};

/// The attribute of a module that has been proven to be a growth of another.
inline constexpr llvm::StringLiteral proofAttrName = "grow.proof";

/// Proves that the grown model computes what the source does, for all finite
/// parameters of the source, all random entries and all inputs. Parameters of
/// the source are free, also where it has grown itself: what they were made of
/// does not count. Knows nothing but the two modules, which it leaves as they
/// are. Emits an error at the op
/// where it stuck, with notes that say what remains, and fails if it finds no
/// proof.
///
/// Takes time in proportion to the number of ops, whatever their sizes.
mlir::FailureOr<Certificate> proveGrowth(mlir::ModuleOp source,
                                         mlir::ModuleOp grown);

/// SHA-256 of a module as a certificate has it.
std::string hashModule(mlir::ModuleOp module);

/// Reduces a model whose new blocks have no influence yet: the lemmas of
/// proofs, applied to what the model is, and not compared with anything.
/// Parameters that lemmas did not reduce to those of the source stay derived.
/// Returns how many parameters became smaller or vanished.
mlir::FailureOr<int64_t> shrinkModel(mlir::ModuleOp module,
                                     proof::Exactness exactness);

} // namespace grow

#endif // GROW_PROOF_PROVE_H
