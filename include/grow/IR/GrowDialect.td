//===- GrowDialect.td - The grow dialect -------------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWDIALECT_TD
#define GROW_IR_GROWDIALECT_TD

include "mlir/IR/OpBase.td"

def Grow_Dialect : Dialect {
  let name = "grow";
  let cppNamespace = "::grow";
  let summary = "transformers, their parameters, and how they grow";
  let description = [{
    A dialect in which a transformer, its parameters and its expansions are
    written. It carries four kinds of operations:

    * *model ops* say what a transformer computes: embeddings, norms, attention,
      MLP, the layer. They work on tensors, by value, with dynamic batch and
      sequence.
    * *derivation ops* stand in the region of a `grow.param` and say how a
      grown parameter comes from the parameters of the source model.
    * *expansion ops* stand in a `grow.schedule` and say how a model is to grow
      (arXiv:2308.06103).
    * *kernel ops* are what code generation leaves to a target as a whole, on
      tensors or buffers: attention that one kernel computes.

    Nothing in a model op is implied by a size, a count or an index: the
    attention's scale, a norm's epsilon and its divisor, the rotary frequencies
    and the map from query heads to key/value heads are all explicit, so that
    growth cannot change them behind anyone's back.
  }];
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    /// Registers the attributes; called by initialize().
    void registerAttributes();
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::func::FuncDialect",
                           "::mlir::tensor::TensorDialect"];
}

/// The sections of the reference page.
def Grow_ModelGroup : OpDocGroup {
  let summary = "Model ops";
  let description = "What a transformer computes, and its parameters.";
}
def Grow_DerivationGroup : OpDocGroup {
  let summary = "Derivation ops";
  let description = "How the parameters of a grown model come about.";
}
def Grow_ExpansionGroup : OpDocGroup {
  let summary = "Expansion ops";
  let description = "How a model is to grow.";
}

/// Base of every op of the dialect.
class Grow_Op<string mnemonic, list<Trait> traits = []>
    : Op<Grow_Dialect, mnemonic, traits> {
  let opDocGroup = Grow_ModelGroup;
}

#endif // GROW_IR_GROWDIALECT_TD
