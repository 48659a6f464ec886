//===- Growth.h - How a checkpoint has grown --------------------*- C++ -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Pairs of a model and what it has grown to, and checks that need no weights.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TOOLS_GROW_GROWTH_H
#define GROW_TOOLS_GROW_GROWTH_H

#include "Models.h"
#include "grow/FiniteField/FieldCheck.h"
#include "grow/Proof/Prove.h"

/// A model and what it has grown to, as modules.
struct Growth {
  mlir::OwningOpRef<mlir::ModuleOp> source, grown;
  /// Why there is no such pair, if there is none.
  std::string missing;

  /// The pair of two paths, of IR or of checkpoint directories. Emits an error
  /// and fails if something cannot be read.
  static mlir::FailureOr<Growth> load(Host &host, llvm::StringRef source,
                                      llvm::StringRef grown);
};

/// Which checks that need no weights to make of a growth.
struct ExactChecks {
  bool proof = true;
  bool field = true;
  grow::FieldOptions fieldOptions;
  /// Leave out the finite field if the parameters of both models have more
  /// entries than this.
  uint64_t mostFieldEntries = std::numeric_limits<uint64_t>::max();
};

/// What the checks that need no weights say of a growth.
struct ExactReport {
  std::optional<grow::Certificate> proof;
  /// Why there is no proof; empty if none was asked for.
  std::string unproven;
  double proofSeconds = 0;
  std::optional<grow::FieldReport> field;
  /// Why it was not run over a finite field; empty if that was not asked for.
  std::string unchecked;

  /// Whether a check says that the models differ.
  bool refutes() const { return field && !field->agree; }
  void print(llvm::raw_ostream &os) const;
  llvm::json::Object toJSON() const;
};

ExactReport checkExactly(const Growth &growth, const ExactChecks &checks);

/// A line of a report: what, and what is said of it.
void printRow(llvm::raw_ostream &os, llvm::StringRef name,
              const llvm::Twine &value);

#endif // GROW_TOOLS_GROW_GROWTH_H
