//===- Passes.td - Passes that prove growth ----------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_PROOF_PASSES_TD
#define GROW_PROOF_PASSES_TD

include "mlir/Pass/PassBase.td"

def ProvePass : Pass<"grow-prove", "::mlir::ModuleOp"> {
  let summary = "prove that growth did not change what a model computes";
  let description = [{
    Proves that a grown model computes what its source does, for all finite
    parameters, all random entries and all inputs, whatever the sizes: by
    rewriting the grown model with lemmas until it is the source. Knows the two
    modules and nothing else: no schedule, and no attribute that an expansion
    left.

    The module holds two modules, the source and the grown one, in this order,
    or it is the grown one, and `source` names a file with the source:

    ```
    grow-opt source.mlir --grow-expand="mlp=512" -o grown.mlir
    grow-opt grown.mlir --grow-prove="source=source.mlir certificate=-"
    ```

    A grown model may have more logits than its source, and know more tokens and
    positions; the proof is then about those of the source, and says so.

    The grown module gets the attribute `grow.proof`, the certificate:
    whether the models are equal bit for bit or in real numbers, which lemmas
    were used how often, and SHA-256 of both modules as they are printed.

    Fails if there is no proof: an error at the op where the rewriting is stuck,
    with what remains. That is no proof of a difference; `grow-check-field`
    refutes.

    docs/Proofs.md has the method and the lemmas.
  }];
  let options = [
    Option<"source", "source", "std::string", /*default=*/"",
           "File with the source model">,
    Option<"certificate", "certificate", "std::string", /*default=*/"",
           "File for the certificate, JSON if it ends so, or - for standard error">,
    Option<"exactness", "exactness", "std::string", /*default=*/"\"reals\"",
           "What must be proven: bits, equality bit for bit, or reals">,
  ];
}

def ShrinkPass : Pass<"grow-shrink", "::mlir::ModuleOp"> {
  let summary = "leave out the blocks of a grown model that do nothing";
  let description = [{
    Reduces a model whose new blocks have no influence yet to a smaller one that
    computes the same: the lemmas of `grow-prove`, without a source to compare
    with. Undoes expansions, whichever made the model, as long as their zeros
    stand in the derivations of parameters.

    Parameters that become those of the source lose their derivations, others
    keep a shorter one, and some vanish. Tokens and positions stay.

    Example: `grow-opt --grow-expand="mlp=512 layers=+2" --grow-shrink` prints
    what it reads.
  }];
  let options = [
    Option<"exactness", "exactness", "std::string", /*default=*/"\"bits\"",
           "Lemmas to use: bits, those that keep every bit, or reals, all">,
  ];
}

def ApplyLemmasPass : Pass<"grow-apply-lemmas", "::mlir::ModuleOp"> {
  let summary = "rewrite a model with chosen lemmas";
  let description = [{
    Moves the derivations of parameters into the model's function, where
    `grow.source` stands for a parameter of the source, and rewrites it with
    lemmas, from left to right, as long as one applies. For looking at what
    proofs are made of, and for tests of lemmas.
  }];
  let options = [
    ListOption<"lemmas", "lemmas", "std::string",
               "Names of lemmas; none: only move derivations">,
    Option<"list", "list", "bool", "false",
           "Print all lemmas to standard error, and change nothing">,
  ];
}

#endif // GROW_PROOF_PASSES_TD
