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
/// GrowExpansion. The transform dialect's op that applies the same expansion is
/// derived from what stands here: see TransformOps/ExpansionTransformOps.td.
class Grow_ExpansionOp<string mnemonic, list<Trait> traits = []>
    : Grow_Op<mnemonic, traits # [HasParent<"ScheduleOp">]> {
  /// The syntax of the arguments.
  string clauses = ?;
  /// Clauses as they may be written, for documentation.
  string example = ?;
  /// The argument that a transform script may compute; empty if there is none.
  string amount = "size";

  let assemblyFormat = clauses # " attr-dict";
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
    grow.expand_mlp }] # example # [{
    ```
  }];
  let example = "to 6144 layers [0, 2:5] zero down init #grow.normal<stddev = 1/50, seed = 7>";
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
  let clauses = [{
    `to` $size (`layers` custom<Layers>($layers)^)? (`zero` `` $zero^)? (`init` $init^)?
    (`bias_init` $bias_init^)? (`up_init` $up_init^)? (`gate_init` $gate_init^)?
    (`down_init` $down_init^)? (`allow_dead` $allow_dead^)?
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
    grow.add_layers }] # example # [{
    ```
  }];
  let example = "at [4, 8] from previous";
  let arguments = (ins
    DenseI64ArrayAttr:$positions,
    DefaultValuedAttr<Grow_LayerOriginAttr, "::grow::LayerOrigin::Random">:$from,
    OptionalAttr<Grow_FillArg>:$init,
    OptionalAttr<Grow_FillArg>:$bias_init,
    UnitAttr:$allow_dead);
  let amount = "";
  let clauses = [{
    `at` $positions (`from` `` $from^)? (`init` $init^)? (`bias_init` $bias_init^)?
    (`allow_dead` $allow_dead^)?
  }];
  let hasVerifier = 1; // add_layers_c1, add_layers_c2; the rest on application
}

//===----------------------------------------------------------------------===//
// What width expansions share
//===----------------------------------------------------------------------===//

def Grow_Compensation : I32EnumAttr<"Compensation", "where a compensating factor goes", [
    I32EnumAttrCase<"Graph", 0, "graph">,
    I32EnumAttrCase<"Weights", 1, "weights">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_CompensationAttr : EnumAttr<Grow_Dialect, Grow_Compensation, "compensation">;
def Grow_CompensationArg
    : DefaultValuedAttr<Grow_CompensationAttr, "::grow::Compensation::Graph">;

defvar Grow_CompensationText = [{
    `compensation` says what keeps the function unchanged where its formula
    depends on the size: `graph` (default) leaves the explicit attribute of the
    op as it is, bit for bit the same function; `weights` moves the attribute to
    what a framework would derive from the new size, and the factor that this
    costs into the weights, exact in real arithmetic.
  }];

defvar Grow_InitText = [{
    `init` fills the free weights and `bias_init` the free biases; single blocks
    can have fills of their own. `allow_dead` allows new entries that could
    never receive a gradient.
  }];

def Grow_OptFill : OptionalAttr<Grow_FillArg>;

//===----------------------------------------------------------------------===//
// Attention
//===----------------------------------------------------------------------===//

def Grow_ValueZeroSide : I32EnumAttr<"ValueZeroSide", "what makes new values silent", [
    I32EnumAttrCase<"Output", 0, "output">,
    I32EnumAttrCase<"Value", 1, "value">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_ValueZeroSideAttr : EnumAttr<Grow_Dialect, Grow_ValueZeroSide, "value_zero">;
def Grow_ValueZeroSideArg
    : DefaultValuedAttr<Grow_ValueZeroSideAttr, "::grow::ValueZeroSide::Output">;

def Grow_ExpandHeadsOp : Grow_ExpansionOp<"expand_heads"> {
  let summary = "widen the values of each head";
  let description = [{
    Grows the value width of each selected layer's attention from v to `size`
    (arXiv:2308.06103, section 3.3): in every head, the value projection gains
    columns and the output projection rows. `zero output` (the paper's) makes
    the new rows zero, `zero value` the new columns and bias entries. Exact bit
    for bit.

    }] # Grow_InitText # Grow_LayersText # [{

    Constraints:
    * (C1) `size` is positive; `layers` as for `grow.expand_mlp`.
    * (C2) fills do not read the old tensor; the zero side's own fill, if it has
      one, is zero.
    * (C3) on application: every selected layer exists, has exactly one
      attention, its values are narrower, nothing else reads its parameters, and
      the new entries can receive a gradient.

    Example: `grow.expand_heads }] # example # [{`
  }];
  let example = "to 96 layers [0:4] init #grow.normal<stddev = 1/50>";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size,
    Grow_Layers:$layers, Grow_ValueZeroSideArg:$zero,
    Grow_OptFill:$init, Grow_OptFill:$bias_init,
    Grow_OptFill:$value_init, Grow_OptFill:$output_init,
    UnitAttr:$allow_dead);
  let clauses = [{
    `to` $size (`layers` custom<Layers>($layers)^)? (`zero` `` $zero^)? (`init` $init^)?
    (`bias_init` $bias_init^)? (`value_init` $value_init^)? (`output_init` $output_init^)?
    (`allow_dead` $allow_dead^)?
  }];
  let hasVerifier = 1;
}

def Grow_KeyZeroSide : I32EnumAttr<"KeyZeroSide", "what makes new key channels silent", [
    I32EnumAttrCase<"Key", 0, "key">,
    I32EnumAttrCase<"Query", 1, "query">,
    I32EnumAttrCase<"Both", 2, "both">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_KeyZeroSideAttr : EnumAttr<Grow_Dialect, Grow_KeyZeroSide, "key_zero">;

def Grow_ExpandAttentionOp : Grow_ExpansionOp<"expand_attention"> {
  let summary = "widen the queries and keys of each head";
  let description = [{
    Grows the key width of each selected layer's attention from k to `size`
    (arXiv:2308.06103, section 3.4): in every head, the query and key
    projections gain columns. `zero key` (the paper's) makes those of the key
    and its bias zero, `zero query` those of the query, `zero both` both.

    Scores keep their scale: with `compensation graph` the attention's scale
    stays, with `weights` it becomes the one that belongs to the new width,
    times sqrt(k / size), and the side that gets zeros, its bias included, is
    multiplied by the inverse. Its derivation is then a scale and zeros, and the
    factors of repeated growth merge into one. With `zero query` keys in a cache
    stay valid.

    With a rotary embedding that turns all channels, the new channels are pairs
    of their own: the old pairs keep their frequencies and go where the layout
    wants them, and `frequencies`, all of them in order, says what the new table
    is. Each old frequency must be in it, in order. Without it the new pairs
    follow the old ones and repeat frequencies of theirs, evenly spread. With a
    rotary embedding that turns some channels, the new ones are appended and do
    not turn.

    Queries and keys that are normalised (`qk_norm`) can only grow by zeros on
    both sides, as anything else changes the norm, and then no gradient ever
    reaches the new channels: this needs `zero both` and `allow_dead`. Add heads
    or widen values instead.

    }] # Grow_CompensationText # Grow_InitText # Grow_LayersText # [{

    Constraints:
    * (C1) `size` is positive; `layers` as for `grow.expand_mlp`.
    * (C2) fills do not read the old tensor; a zero side's own fill, if it has
      one, is zero.
    * (C3) on application: every selected layer exists, has exactly one
      attention, its keys are narrower, nothing else reads its parameters, and
      the new entries can receive a gradient.
    * (C4) on application: with a rotary embedding of all channels `size` is
      even, and `frequencies`, if given, has size / 2 entries, the old ones
      among them in order. `frequencies` is for such attention only.

    Example: `grow.expand_attention }] # example # [{`
  }];
  let example = "to 96 compensation weights init #grow.normal<stddev = 1/50>";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size,
    Grow_Layers:$layers,
    DefaultValuedAttr<Grow_KeyZeroSideAttr, "::grow::KeyZeroSide::Key">:$zero,
    Grow_CompensationArg:$compensation,
    OptionalAttr<DenseF64ArrayAttr>:$frequencies,
    Grow_OptFill:$init, Grow_OptFill:$bias_init,
    Grow_OptFill:$query_init, Grow_OptFill:$key_init,
    UnitAttr:$allow_dead);
  let clauses = [{
    `to` $size (`layers` custom<Layers>($layers)^)? (`zero` `` $zero^)?
    (`compensation` `` $compensation^)? (`frequencies` $frequencies^)? (`init` $init^)?
    (`bias_init` $bias_init^)? (`query_init` $query_init^)? (`key_init` $key_init^)?
    (`allow_dead` $allow_dead^)?
  }];
  let hasVerifier = 1;
}

def Grow_HeadUnit : I32EnumAttr<"HeadUnit", "what heads are added as", [
    I32EnumAttrCase<"Groups", 0, "groups">,
    I32EnumAttrCase<"Queries", 1, "queries">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_HeadUnitAttr : EnumAttr<Grow_Dialect, Grow_HeadUnit, "head_unit">;

def Grow_AddHeadsOp : Grow_ExpansionOp<"add_heads"> {
  let summary = "add heads to attention";
  let description = [{
    Adds heads to each selected layer's attention (arXiv:2308.06103, section
    3.2):

    * `groups by n` adds n groups, each of a head of keys and values with as
      many query heads as the other groups have. For multi-head attention these
      are n heads.
    * `queries by n` adds n query heads inside every group, which read the keys
      and values that are there.

    New heads are silent: with `zero output` (the paper's) since their rows of
    the output projection are zero, with `zero value`, for groups, since their
    values are. Exact bit for bit. With ALiBi a new head gets the slope of the
    last head of its group, or group by group those of the last groups.

    }] # Grow_InitText # Grow_LayersText # [{

    Constraints:
    * (C1) `count` is positive; `layers` as for `grow.expand_mlp`.
    * (C2) fills do not read the old tensor; the zero side's own fill, if it has
      one, is zero; `queries` have no values to be zero or to fill, and no
      keys.
    * (C3) on application: every selected layer exists, has exactly one
      attention, nothing else reads its parameters, and the new entries can
      receive a gradient.

    Example: `grow.add_heads }] # example # [{`
  }];
  let example = "groups by 2 init #grow.normal<stddev = 1/50>";
  let arguments = (ins
    Grow_HeadUnitAttr:$unit, ConfinedAttr<I64Attr, [IntPositive]>:$count,
    Grow_Layers:$layers, Grow_ValueZeroSideArg:$zero,
    Grow_OptFill:$init, Grow_OptFill:$bias_init,
    Grow_OptFill:$query_init, Grow_OptFill:$key_init,
    Grow_OptFill:$value_init, Grow_OptFill:$output_init,
    UnitAttr:$allow_dead);
  let amount = "count";
  let clauses = [{
    $unit `by` $count (`layers` custom<Layers>($layers)^)? (`zero` `` $zero^)?
    (`init` $init^)? (`bias_init` $bias_init^)? (`query_init` $query_init^)?
    (`key_init` $key_init^)? (`value_init` $value_init^)? (`output_init` $output_init^)?
    (`allow_dead` $allow_dead^)?
  }];
  let hasVerifier = 1;
}

def Grow_UnshareHeadsOp : Grow_ExpansionOp<"unshare_heads"> {
  let summary = "give query heads keys and values of their own";
  let description = [{
    Splits every group of each selected layer's attention into `factor` groups:
    the head of keys and values is copied, and the query heads are dealt out in
    order. A factor of the heads per group turns grouped or multi-query
    attention into multi-head attention. Exact bit for bit; every copy receives
    a gradient of its own.

    }] # Grow_LayersText # [{

    Constraints:
    * (C1) `factor` is at least 2; `layers` as for `grow.expand_mlp`.
    * (C2) on application: every selected layer exists and has exactly one
      attention, whose heads per group are a multiple of `factor`, and nothing
      else reads its parameters.

    Example: `grow.unshare_heads }] # example # [{`
  }];
  let example = "by 4";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$factor, Grow_Layers:$layers);
  let amount = "factor";
  let clauses = "`by` $factor (`layers` custom<Layers>($layers)^)?";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

def Grow_HiddenPadding : I32EnumAttr<"HiddenPadding", "what new channels of a stream hold", [
    I32EnumAttrCase<"Zero", 0, "zero">,
    I32EnumAttrCase<"Mean", 1, "mean">,
    I32EnumAttrCase<"Centered", 2, "centered">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_HiddenPaddingAttr : EnumAttr<Grow_Dialect, Grow_HiddenPadding, "hidden_padding">;

def Grow_ExpandHiddenOp : Grow_ExpansionOp<"expand_hidden"> {
  let summary = "widen the residual stream";
  let description = [{
    Grows the hidden size of the whole model from h to `size`
    (arXiv:2308.06103, section 3.5). Weights that write the stream gain columns
    that are not free, weights that read it gain rows that are; gains gain
    entries, which must not all be zero, and biases of norms zeros.

    What the new channels hold is the `padding`:

    * `zero`: new columns of writers are zero, and with them the new channels.
    * `mean`: new columns of writers are the mean of the old ones, so that the
      new channels hold the mean of the old ones, which layer norm subtracts.
    * `centered`: writers are centred, their mean subtracted from every column,
      and then padded with zeros. Only layer norms may read the stream.

    With `compensation graph` the padding is `zero`, every norm keeps its
    divisor and what it centres, and the function stays the same bit for bit.
    With `weights` norms divide by the new size and layer norms centre every
    channel: a root mean square norm still allows `zero`, a layer norm needs
    `mean` (default) or `centered`. Epsilons are then multiplied by h / size and
    gains by sqrt(h / size).

    A stream that a norm writes (post-norm) cannot grow so with layer norm, and
    is refused.

    `init` fills the free rows, `gain_init` the new entries of gains, 1 by
    default.

    }] # Grow_CompensationText # [{

    Constraints:
    * (C1) `size` is positive.
    * (C2) fills do not read the old tensor; `padding` is zero with `compensation
      graph`.
    * (C3) on application: the model has one hidden size, smaller than `size`,
      and every op between the embeddings and the logits is one of this dialect
      or `arith.addf`.
    * (C4) on application: what is padded with means is read only by layer
      norms that centre all channels, and by readers whose new rows are zero.
    * (C5) on application: the new channels can receive a gradient.

    Example: `grow.expand_hidden }] # example # [{`
  }];
  let example = "to 1024 compensation weights init #grow.normal<stddev = 1/50>";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size,
    Grow_CompensationArg:$compensation,
    OptionalAttr<Grow_HiddenPaddingAttr>:$padding,
    Grow_OptFill:$init, Grow_OptFill:$gain_init,
    UnitAttr:$allow_dead);
  let clauses = [{
    `to` $size (`compensation` `` $compensation^)? (`padding` `` $padding^)?
    (`init` $init^)? (`gain_init` $gain_init^)? (`allow_dead` $allow_dead^)?
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Tables
//===----------------------------------------------------------------------===//

def Grow_ExpandVocabularyOp : Grow_ExpansionOp<"expand_vocabulary"> {
  let summary = "add tokens to the vocabulary";
  let description = [{
    Appends rows to the tables of token embedding and unembedding, tied or not,
    and entries to a bias of the logits. The logits of the old tokens are the
    same bit for bit; probabilities are not, as the new tokens take part in the
    softmax.

    Constraints:
    * (C1) `size` is positive; fills do not read the old tensor, but for
      `#grow.mean`, the mean of the old rows.
    * (C2) on application: the model has one vocabulary, smaller than `size`.

    Example: `grow.expand_vocabulary }] # example # [{`
  }];
  let example = "to 50304 init #grow.mean";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size,
    Grow_OptFill:$init, Grow_OptFill:$bias_init);
  let clauses = "`to` $size (`init` $init^)? (`bias_init` $bias_init^)?";
  let hasVerifier = 1;
}

def Grow_ExpandPositionsOp : Grow_ExpansionOp<"expand_positions"> {
  let summary = "add positions to a learned position embedding";
  let description = [{
    Appends rows to the table of learned positions, so that longer sequences can
    be read. Sequences as long as before give the same logits bit for bit.

    Constraints:
    * (C1) `size` is positive, and counts all rows of the table; the fill does
      not read the old tensor, but for `#grow.mean`.
    * (C2) on application: the model has learned positions, fewer than `size`.

    Example: `grow.expand_positions }] # example # [{`
  }];
  let example = "to 2048 init #grow.normal<stddev = 1/50>";
  let arguments = (ins
    ConfinedAttr<I64Attr, [IntPositive]>:$size, Grow_OptFill:$init);
  let clauses = "`to` $size (`init` $init^)?";
  let hasVerifier = 1;
}

#endif // GROW_IR_EXPANSIONOPS_TD
