//===- Passes.td - Checks over finite fields ---------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_FINITEFIELD_PASSES_TD
#define GROW_FINITEFIELD_PASSES_TD

include "mlir/Pass/PassBase.td"

def CheckFieldPass : Pass<"grow-check-field", "::mlir::ModuleOp"> {
  let summary = "check over a finite field that growth changed no function";
  let description = [{
    Runs a model and what it has grown to over the integers modulo a random prime
    of 61 bits, with random parameters and random inputs, and compares the logits
    of the source's tokens. Factors such as the root of 3/2 are exact there, so
    that equal means equal: there is no tolerance. Fails, with an error that says
    which logit differs, if the models do not agree.

    Activations, exponentials, sines and cosines are functions of which no more is
    known than that they are functions (and that activations map zero to zero).
    Growth that agrees here rests on nothing else, and what differs anywhere
    differs here but for an accident, whose probability is bounded by the degrees
    of the polynomials that are compared. A remark of the category `grow` says
    what was compared and the bound.

    The module has two nested modules, a model and what it has grown to, or it is
    the grown one and `source` names a file.

    ```
    grow-opt grown.mlir --grow-check-field="source=source.mlir"
    ```
  }];
  let options = [
    Option<"source", "source", "std::string", /*default=*/"",
           "File with the source model; empty: the first nested module">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of the prime and of all that is random">,
    Option<"sequence", "sequence", "int64_t", "4", "Tokens in each sequence">,
    Option<"batch", "batch", "int64_t", "1", "Sequences">,
    Option<"rounds", "rounds", "int64_t", "1",
           "Independent repetitions, each with another prime">,
  ];
}

def CheckLivenessPass : Pass<"grow-check-liveness", "::mlir::ModuleOp"> {
  let summary = "check that all new blocks of a grown model can learn";
  let description = [{
    Says of each block that growth added to the parameters of the model, the new
    slices of a `grow.extend` or a whole new parameter, whether it receives a
    gradient at the first step of training, only once others have moved, or never.
    A block that never does is dead weight: an error, unless `allow-dead` is set.
    Remarks of the category `grow` list the verdicts.

    Gradients of a random functional of the logits are taken over a finite field,
    where zero means zero, at random parameters; then all that has a gradient moves
    by random amounts, until nothing new does. Functions are arbitrary, as in
    `grow-check-field`, but for what decides liveness: the derivative of a relu at
    zero is zero, and the gradients of a softmax add up to zero. Large models are
    looked at in miniature: of all channels between two places where growth
    inserted some, a few.

    ```
    grow-opt grown.mlir --grow-check-liveness --remarks-filter=grow
    ```
  }];
  let options = [
    Option<"allowDead", "allow-dead", "bool", "false",
           "Accept blocks that never receive a gradient">,
    Option<"seed", "seed", "uint64_t", "0", "Seed of all that is random">,
    Option<"mostEntries", "most-entries", "int64_t", "65536",
           "Look at models of more entries in miniature">,
  ];
}

#endif // GROW_FINITEFIELD_PASSES_TD
