//===- ExpansionOps.td - How a model is to grow ------------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_EXPANSIONOPS_TD
#define GROW_IR_EXPANSIONOPS_TD

include "grow/IR/ModelOps.td"

def Grow_ScheduleOp : Grow_Op<"schedule", [
    Symbol, IsolatedFromAbove, SingleBlock, NoTerminator, NoRegionArguments]> {
  let summary = "expansions to apply, in order";
  let description = [{
    A list of expansions. `grow-expand` applies them in the order written,
    all or none: if one is refused the module stays as it was. Consumed by the
    pass.

    Example:
    ```mlir
    grow.schedule @to_medium {
      grow.expand_mlp to 4096 init #grow.normal<stddev = 1/50>
      grow.add_layers at [4, 8]
    }
    ```
  }];
  let opDocGroup = Grow_ExpansionGroup;
  let arguments = (ins SymbolNameAttr:$sym_name);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = "$sym_name attr-dict-with-keyword $body";
}

/// Base of every op that may stand in a `grow.schedule`. How it is applied is
/// an implementation of `ExpansionOpInterface`, attached by the library
/// GrowExpansion.
class Grow_ExpansionOp<string mnemonic, list<Trait> traits = []>
    : Grow_Op<mnemonic, traits # [HasParent<"ScheduleOp">]> {
  let opDocGroup = Grow_ExpansionGroup;
}

/// Which layers an expansion applies to.
def Grow_Layers : OptionalAttr<DenseI64ArrayAttr>;

defvar Grow_LayersText = [{
    `layers` are numbers of layers, at the time the op is applied, strictly
    increasing; `2:5` stands for 2, 3, 4. Without it: every layer.
  }];

def Grow_MLPZeroSide : I32EnumAttr<"MLPZeroSide", "what makes new MLP units silent", [
    I32EnumAttrCase<"Down", 0, "down">,
    I32EnumAttrCase<"Up", 1, "up">,
    I32EnumAttrCase<"Gate", 2, "gate">,
    I32EnumAttrCase<"Pair", 3, "pair">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_MLPZeroSideAttr : EnumAttr<Grow_Dialect, Grow_MLPZeroSide, "mlp_zero">;

def Grow_ExpandMLPOp : Grow_ExpansionOp<"expand_mlp"> {
  let summary = "widen the hidden dimension of the MLP";
  let description = [{
    Grows the hidden dimension of each selected layer's MLP from p to `size`
    (arXiv:2308.06103, section 3.1): `up` (and `gate`) gain columns, their biases
    entries, `down` rows. New units are silent because one side of them is zero:

    * `zero down` (the paper's): new rows of `down` are zero, the rest is free;
    * `zero up`: new columns and bias entries of `up` are zero;
    * `zero gate`: likewise of `gate`; every activation maps 0 to 0;
    * `zero pair`: units come in pairs with equal inputs and opposite rows of
      `down`. Every block receives a gradient at the first step. Exact in real
      arithmetic; the others are exact bit for bit.

    Exactly one side is zero: with two, no new entry would ever receive a
    gradient, which is an error unless `allow_dead` asks for it.

    `init` fills the free weights, `bias_init` the free biases; the blocks
    `up`, `gate`, `down` can have fills of their own.

    }] # Grow_LayersText # [{

    Constraints:
    * (C1) `size` is positive.
    * (C2) `layers`, if present, is strictly increasing and not negative.
    * (C3) fills do not read the old tensor; the zero side's own fill, if it has
      one, is zero.
    * (C4) on application: every selected layer exists, has exactly one MLP, and
      it has fewer than `size` units; nothing else reads its parameters.
    * (C5) on application: `zero gate` needs a gate, `zero pair` an even number
      of new units, 2^24 at most, `gate_init` and `bias_init` blocks to fill, and the new units
      can receive a gradient.

    Example:
    ```mlir
    grow.expand_mlp to 6144 layers [0, 2:5] zero down init #grow.normal<stddev = 1/50, seed = 7>
    ```
  }];
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size, // expand_mlp_c1
    Grow_Layers:$layers,
    DefaultValuedAttr<Grow_MLPZeroSideAttr, "::grow::MLPZeroSide::Down">:$zero,
    OptionalAttr<Grow_FillArg>:$init,
    OptionalAttr<Grow_FillArg>:$bias_init,
    OptionalAttr<Grow_FillArg>:$up_init,
    OptionalAttr<Grow_FillArg>:$gate_init,
    OptionalAttr<Grow_FillArg>:$down_init,
    UnitAttr:$allow_dead);
  let assemblyFormat = [{
    `to` $size (`layers` custom<Layers>($layers)^)? (`zero` `` $zero^)? (`init` $init^)?
    (`bias_init` $bias_init^)? (`up_init` $up_init^)? (`gate_init` $gate_init^)?
    (`down_init` $down_init^)? (`allow_dead` $allow_dead^)? attr-dict
  }];
  let hasVerifier = 1; // expand_mlp_c2, expand_mlp_c3; the rest on application
}

def Grow_LayerOrigin : I32EnumAttr<"LayerOrigin", "what a new layer starts as", [
    I32EnumAttrCase<"Random", 0, "random">,
    I32EnumAttrCase<"Previous", 1, "previous">,
    I32EnumAttrCase<"Next", 2, "next">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_LayerOriginAttr : EnumAttr<Grow_Dialect, Grow_LayerOrigin, "layer_origin">;

def Grow_AddLayersOp : Grow_ExpansionOp<"add_layers"> {
  let summary = "insert layers that compute the identity";
  let description = [{
    Inserts a layer before each of the layers `positions` (arXiv:2308.06103,
    section 3.6), all numbered as they are before the op is applied; the number
    of layers appends, and a position named twice gets two layers. A new layer
    has the structure and the sizes of its neighbour. What makes each of its
    residual branches zero, the output projection and its bias or the gain of a
    norm that ends the branch, is zero, so it adds nothing to the stream, bit
    for bit.

    `from` says what the rest is:

    * `random` (default): weights from `init`, biases from `bias_init`, gains 1;
    * `previous`, `next`: copies of the neighbour's parameters.

    The neighbour is the layer before the position (`previous`, `random`) or at
    it (`next`); at the ends it is the one that exists.

    Constraints:
    * (C1) `positions` is not empty, not decreasing and not negative.
    * (C2) fills do not read an old tensor, and there are none for copies.
    * (C3) on application: no position is beyond the number of layers.
    * (C4) on application: each layer used as a neighbour is a residual stream:
      it yields its input plus branches, each branch ends in an op that can be
      made zero, and no other layer reads its parameters.
    * (C5) on application: each new branch can receive a gradient.

    Example:
    ```mlir
    grow.add_layers at [4, 8] from previous
    ```
  }];
  let arguments = (ins
    DenseI64ArrayAttr:$positions,
    DefaultValuedAttr<Grow_LayerOriginAttr, "::grow::LayerOrigin::Random">:$from,
    OptionalAttr<Grow_FillArg>:$init,
    OptionalAttr<Grow_FillArg>:$bias_init,
    UnitAttr:$allow_dead);
  let assemblyFormat = [{
    `at` $positions (`from` `` $from^)? (`init` $init^)? (`bias_init` $bias_init^)?
    (`allow_dead` $allow_dead^)? attr-dict
  }];
  let hasVerifier = 1; // add_layers_c1, add_layers_c2; the rest on application
}

#endif // GROW_IR_EXPANSIONOPS_TD
