//===- ModelOps.td - What a transformer computes -----------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_MODELOPS_TD
#define GROW_IR_MODELOPS_TD

include "grow/IR/GrowAttrs.td"
include "grow/IR/GrowInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

def Grow_Float : AnyTypeOf<[F64, F32, F16, BF16]>;
def Grow_Tensor : RankedTensorOf<[Grow_Float]>;
/// What flows between layers: batch x sequence x hidden.
def Grow_Stream : TensorRankOf<[Grow_Float], [3]>;
/// Token numbers: batch x sequence.
def Grow_Ids : TensorRankOf<[I64, I32], [2]>;
/// Anything with a batch and a sequence: token numbers or a stream.
def Grow_Sequence : AnyTypeOf<[Grow_Ids, Grow_Stream]>;
/// Images: batch x channels x rows x columns, all but the batch of known size.
def Grow_Images : TensorRankOf<[Grow_Float], [4]>;
/// A parameter, or as many slices of it: its size is known.
def Grow_StaticTensor : StaticShapeTensorOf<[Grow_Float]>;
class Grow_Weight<int rank>
    : RankedTensorOf<[Grow_Float], [HasAnyRankOfPred<[rank]>, HasStaticShapePred],
                     "statically shaped " # rank # "D tensor">;

/// `vector` has one entry for each channel of the stream `stream`.
class Grow_PerChannel<string stream, string vector>
    : OptionalTypesMatchWith<"'" # vector # "' has one entry per channel of '" # stream # "'",
                     stream, vector, "::grow::detail::getChannelType($_self)">;

//===----------------------------------------------------------------------===//
// Base classes
//===----------------------------------------------------------------------===//

/// A pure op on tensors whose result type follows from its operands. The batch
/// and the sequence length of the result are those of the first operand.
class Grow_ModelOp<string mnemonic, list<Trait> traits = []>
    : Grow_Op<mnemonic, traits # [
        Pure,
        DeclareOpInterfaceMethods<InferTypeOpInterface>,
        DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface,
                                  ["reifyResultShapes"]>]> {
  code reifyFromFirstOperand = [{
    ::llvm::LogicalResult $cppClass::reifyResultShapes(
        ::mlir::OpBuilder &builder,
        ::mlir::ReifiedRankedShapedTypeDims &reifiedReturnShapes) {
      return ::grow::detail::reifyFromFirstOperand(builder, *this, reifiedReturnShapes);
    }
  }];
  let extraClassDefinition = reifyFromFirstOperand;
}

/// A model op with parameters, which Roles.cpp describes.
def Grow_Parameterized : DeclareOpInterfaceMethods<ParameterizedOpInterface>;

/// A model op whose result has the type of its first operand, the stream.
class Grow_StreamOp<string mnemonic, list<Trait> traits = []>
    : Grow_ModelOp<mnemonic, traits> {
  let extraClassDefinition = reifyFromFirstOperand # [{
    ::llvm::LogicalResult $cppClass::inferReturnTypes(
        ::mlir::MLIRContext *, std::optional<::mlir::Location> location,
        ::mlir::ValueRange operands, ::mlir::DictionaryAttr,
        ::mlir::OpaqueProperties, ::mlir::RegionRange,
        ::llvm::SmallVectorImpl<::mlir::Type> &inferredReturnTypes) {
      return ::grow::detail::inferStreamType(location, operands, inferredReturnTypes);
    }
  }];
}

//===----------------------------------------------------------------------===//
// Parameters
//===----------------------------------------------------------------------===//

def Grow_ParamOp : Grow_Op<"param", [
    Symbol, IsolatedFromAbove, SingleBlock, NoRegionArguments,
    RecursiveMemoryEffects]> {
  let summary = "a parameter of the model";
  let description = [{
    Declares a parameter: its name, its logical type, where its entries lie in a
    checkpoint (`storage`), and, once the model has grown, how they come from
    the parameters of the source model (the region).

    Shapes are logical and structural, input axes before output axes, heads not
    flattened, so that every expansion extends one axis:

    | parameter | shape |
    |---|---|
    | token embedding, unembedding | vocabulary x hidden |
    | learned positions | positions x hidden |
    | MLP up, gate / down | hidden x mlp / mlp x hidden |
    | query | hidden x groups x heads per group x key width |
    | key / value | hidden x groups x key width / x value width |
    | output | groups x heads per group x value width x hidden |

    Without a region the parameter is the source's parameter of the same name,
    unchanged. With a region, it is what the region yields:

    ```mlir
    grow.param @h.0.down : tensor<256x64xf32> storage<"h.{layer}.mlp.c_proj.weight">

    grow.param @h.1.down : tensor<512x64xf32> storage<"h.{layer}.mlp.c_proj.weight"> {
      %0 = grow.source "h.1.down" : tensor<256x64xf32>
      %1 = grow.extend %0 with #grow.zero along 0 at [256] by [256] : tensor<256x64xf32>
      grow.yield %1 : tensor<512x64xf32>
    }
    ```

    Constraints:
    * (C1) the type is a static, ranked tensor of f64, f32, f16 or bf16 of rank
      1 to 4, without an encoding, and its size in bytes fits in 63 bits.
    * (C2) the storage names each axis once.
    * (C3) the region, if there is one, ends in a `grow.yield` of the
      parameter's type; it holds derivation ops of the parameter's rank and
      element type, on logical axes.
    * (C4) no function contains the module of the parameter: a model is not part
      of another one's function.
  }];
  let arguments = (ins
    SymbolNameAttr:$sym_name,
    TypeAttrOf<Grow_Tensor>:$type,
    OptionalAttr<Grow_StorageAttr>:$storage);
  let regions = (region MaxSizedRegion<1>:$derivation);
  let assemblyFormat = [{
    $sym_name `:` $type (`storage` `` $storage^)? attr-dict-with-keyword ($derivation^)?
  }];
  let builders = [
    OpBuilder<(ins "::llvm::StringRef":$name, "::mlir::RankedTensorType":$type,
                   CArg<"::grow::StorageAttr", "{}">:$storage)>];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::RankedTensorType getTensorType() {
      return ::llvm::cast<::mlir::RankedTensorType>(getType());
    }
    /// Whether the parameter differs from the source's of the same name.
    bool isDerived() { return !getDerivation().empty(); }
    /// What the derivation yields; null without a derivation.
    ::mlir::Value getDerivedValue();
  }];
}

def Grow_GetOp : Grow_Op<"get", [
    Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a parameter";
  let description = [{
    Two ops that get the same parameter share it: a tied embedding is one
    parameter, read by `grow.embedding` and by `grow.unembedding`.

    Example: `%w = grow.get @wte : tensor<512x64xf32>`

    Constraints:
    * (C1) the symbol is a `grow.param` of the result's type.
  }];
  let arguments = (ins FlatSymbolRefAttr:$param);
  let results = (outs Grow_StaticTensor:$result);
  let assemblyFormat = "$param `:` type($result) attr-dict";
}

//===----------------------------------------------------------------------===//
// Embeddings
//===----------------------------------------------------------------------===//

def Grow_EmbeddingOp : Grow_ModelOp<"embedding", [Grow_Parameterized]> {
  let summary = "the embedding of each token";
  let description = [{
    `result[b, s, :] = table[ids[b, s], :]`. A number outside the table is
    undefined behaviour; callers check.

    Example:
    ```mlir
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<512x64xf32>
    ```
  }];
  let arguments = (ins Grow_Ids:$ids, Grow_Weight<2>:$table);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = "$ids `,` $table attr-dict `:` type($ids) `,` type($table)";
}

def Grow_PositionEmbeddingOp : Grow_ModelOp<"position_embedding", [Grow_Parameterized]> {
  let summary = "the learned embedding of each position";
  let description = [{
    `result[b, s, :] = table[s + offset, :]`: of the first operand, token numbers
    or a stream, only the shape is used. A sequence that reaches beyond the
    table is undefined behaviour; callers check.

    Example:
    ```mlir
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<128x64xf32>
    %p = grow.position_embedding %ids, %wpe offset 2 : tensor<?x?xi64>, tensor<130x64xf32>
    ```

    Constraints:
    * (C1) the offset is not negative and smaller than the table.
  }];
  let arguments = (ins Grow_Sequence:$sequence, Grow_Weight<2>:$table,
                       DefaultValuedAttr<I64Attr, "0">:$offset);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $sequence `,` $table (`offset` $offset^)? attr-dict `:` type($sequence) `,` type($table)
  }];
  let hasVerifier = 1;
}

def Grow_TypeEmbeddingOp : Grow_ModelOp<"type_embedding", [Grow_Parameterized]> {
  let summary = "the embedding of one token type";
  let description = [{
    `result[b, s, :] = table[row, :]`: every token of the sequence is of the same
    type, as frameworks take it if they are told nothing (BERT's segments). Of
    the first operand only the shape is used.

    Example:
    ```mlir
    %t = grow.type_embedding %ids, %types row 0 : tensor<?x?xi64>, tensor<2x64xf32>
    ```

    Constraints:
    * (C1) the row is one of the table's.
  }];
  let arguments = (ins Grow_Sequence:$sequence, Grow_Weight<2>:$table,
                       ConfinedAttr<I64Attr, [IntNonNegative]>:$row);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $sequence `,` $table `row` $row attr-dict `:` type($sequence) `,` type($table)
  }];
  let hasVerifier = 1;
}

def Grow_PatchEmbeddingOp : Grow_ModelOp<"patch_embedding", [Grow_Parameterized]> {
  let summary = "the embedding of the patches of an image";
  let description = [{
    Cuts each image into patches of the weight's rows x columns, row by row, and
    projects each (arXiv:2010.11929, equation 1):

    ```
    result[b, 0] = class_token
    result[b, 1 + i] = sum over channels, rows, columns of
                       patch[b, i, channel, row, column] weight[channel, row, column] + bias
    ```

    Example:
    ```mlir
    %x = grow.patch_embedding %pixels weight(%w, %b) class_token(%c)
      : (tensor<?x3x32x32xf32>, tensor<3x8x8x64xf32>, tensor<64xf32>, tensor<64xf32>) -> tensor<?x17x64xf32>
    ```

    Constraints:
    * (C1) channels, rows and columns of the images are static; patches have as
      many channels, and rows and columns divide those of the images.
    * (C2) bias and class token have the size of the weight's last axis, and
      all element types agree.
  }];
  let arguments = (ins Grow_Images:$images, Grow_Weight<4>:$weight,
                       Optional<Grow_Weight<1>>:$bias, Grow_Weight<1>:$class_token);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $images `weight` `(` $weight (`,` $bias^)? `)` `class_token` `(` $class_token `)`
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Grow_UnembeddingOp : Grow_ModelOp<"unembedding", [Grow_Parameterized]> {
  let summary = "the logits of each token of the vocabulary";
  let description = [{
    `result[b, s, v] = sum_h x[b, s, h] table[v, h] + bias[v]`. The table has the
    shape of an embedding, so that tying is nothing but getting the same
    parameter. The vocabulary of a classifier are its classes.

    Example:
    ```mlir
    %logits = grow.unembedding %x, %wte : tensor<?x?x64xf32>, tensor<512x64xf32>
    %logits = grow.unembedding %x, %w bias(%b : tensor<10xf32>) : tensor<?x1x64xf32>, tensor<10x64xf32>
    ```

    Constraints:
    * (C1) `x` and `table` agree on the hidden size and the element type, and
      `bias` has an entry for each row of the table.
  }];
  let arguments = (ins Grow_Stream:$x, Grow_Weight<2>:$table,
                       Optional<Grow_Weight<1>>:$bias);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `,` $table (`bias` `(` $bias^ `:` type($bias) `)`)? attr-dict
    `:` type($x) `,` type($table)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// The stream
//===----------------------------------------------------------------------===//

def Grow_ScaleOp : Grow_StreamOp<"scale"> {
  let summary = "multiply every entry by an exact number";
  let description = [{
    `result = factor x`, or `about + factor (x - about)`.

    In a model: a scaled embedding, a scaled residual branch, scaled logits. In
    the derivation of a parameter: a rescaled block. `about` is for gains that
    are stored as their difference from 1: `scale %g by f about -1` multiplies
    `1 + g` by f.

    One rounding to the element type; none if the factor is a power of two and
    there is no `about`. Factors of scales that follow one another multiply
    exactly before either is rounded, also across blocks of a constant that
    extended the tensor in between.

    Examples:
    ```mlir
    %1 = grow.scale %0 by sqrt(2) : tensor<64x4x16xf32>
    %1 = grow.scale %0 by 1/3 * sqrt(6) about -1 : tensor<64xf32>
    ```

    Constraints:
    * (C1) the factor is not zero.
  }];
  let arguments = (ins Grow_Tensor:$x, Grow_ExactAttr:$factor,
                       OptionalAttr<Grow_ExactAttr>:$about);
  let results = (outs Grow_Tensor:$result);
  let assemblyFormat = [{
    $x `by` custom<Exact>($factor) (`about` custom<Exact>($about)^)? attr-dict `:` type($x)
  }];
  let hasVerifier = 1;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}

def Grow_SoftcapOp : Grow_StreamOp<"softcap"> {
  let summary = "keep every entry below a bound, smoothly";
  let description = [{
    `result = bound tanh(x / bound)` (arXiv:2408.00118, section 2).

    Example: `%l = grow.softcap %logits at 30 : tensor<?x?x512xf32>`

    Constraints:
    * (C1) the bound is positive.
  }];
  let arguments = (ins Grow_Stream:$x, Grow_ExactAttr:$bound);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = "$x `at` custom<Exact>($bound) attr-dict `:` type($x)";
  let hasVerifier = 1;
}

def Grow_SelectTokenOp : Grow_ModelOp<"select_token"> {
  let summary = "one token of the sequence";
  let description = [{
    `result[b, 0, :] = x[b, position, :]`, such as the class token of an encoder.
    A shorter sequence is undefined behaviour; callers check.

    Example: `%c = grow.select_token %x at 0 : tensor<?x17x64xf32>`

    Constraints:
    * (C1) the position is within the sequence, if its length is known.
  }];
  let arguments = (ins Grow_Stream:$x, ConfinedAttr<I64Attr, [IntNonNegative]>:$position);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = "$x `at` $position attr-dict `:` type($x)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Norms
//===----------------------------------------------------------------------===//

def Grow_RMSNormOp : Grow_StreamOp<"rms_norm", [
    Grow_Parameterized, DeclareOpInterfaceMethods<ZeroableOpInterface>,
    Grow_PerChannel<"x", "gain">]> {
  let summary = "root mean square normalisation";
  let description = [{
    `result = gain * x / sqrt(sum(x^2) / count + epsilon)`, the sum over the
    channels. `count` is explicit: a stream that grew by zeros keeps the divisor
    it was trained with, and with it every bit of the result. With `unit_offset`
    the gain is 1 more than the parameter, as Gemma stores it.

    Example:
    ```mlir
    %n = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 64 : tensor<?x?x64xf32>
    ```
  }];
  let arguments = (ins
    Grow_Stream:$x, Grow_Weight<1>:$gain,
    Grow_ExactAttr:$epsilon, ConfinedAttr<I64Attr, [IntPositive]>:$count,
    UnitAttr:$unit_offset);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `gain` `(` $gain `)` (`unit_offset` $unit_offset^)? `epsilon` custom<Exact>($epsilon) `count` $count
    attr-dict `:` type($x)
  }];
  let hasVerifier = 1;
}

def Grow_LayerNormOp : Grow_StreamOp<"layer_norm", [
    Grow_Parameterized, DeclareOpInterfaceMethods<ZeroableOpInterface>,
    Grow_PerChannel<"x", "gain">, Grow_PerChannel<"x", "bias">]> {
  let summary = "layer normalisation";
  let description = [{
    `result = gain * d / sqrt(sum(d^2) / count + epsilon) + bias`, the sum over
    all channels, where `d` is x with the mean of the first `centered` channels
    subtracted from these channels.

    Both numbers are explicit. A stream that grew by zeros keeps both, and with
    them every bit of the result. A stream that was padded with its own mean,
    for frameworks that centre every channel, keeps `count` only.

    Example:
    ```mlir
    %n = grow.layer_norm %x gain(%g) bias(%b) epsilon 1.0e-05 count 64 centered 64 : tensor<?x?x64xf32>
    ```

    Constraints:
    * (C1) `centered` is at most the number of channels.
  }];
  let arguments = (ins
    Grow_Stream:$x, Grow_Weight<1>:$gain, Optional<Grow_Weight<1>>:$bias,
    Grow_ExactAttr:$epsilon, ConfinedAttr<I64Attr, [IntPositive]>:$count,
    ConfinedAttr<I64Attr, [IntPositive]>:$centered);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `gain` `(` $gain `)` (`bias` `(` $bias^ `)`)? `epsilon` custom<Exact>($epsilon)
    `count` $count `centered` $centered attr-dict `:` type($x)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Attention and MLP
//===----------------------------------------------------------------------===//

def Grow_AttentionOp : Grow_ModelOp<"attention", [
    Grow_Parameterized, AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<ZeroableOpInterface>]> {
  let summary = "multi-head, grouped or multi-query attention";
  let description = [{
    With g a key/value group, r a query head of that group and s, t positions:

    ```
    q[s,g,r] = x[s] wq[:,g,r] + bq[g,r]    k[t,g] = x[t] wk[:,g] + bk[g]
    v[t,g]   = x[t] wv[:,g] + bv[g]
    p[g,r,s,:] = softmax over t of  score[g,r,s,t]
    score      = softcap(scale * <rope(norm(q))[s,g,r], rope(norm(k))[t,g]>) + slope[g,r] (t - s)
    result[s]  = sum over g, r of  (sum over t of p[g,r,s,t] v[t,g]) wo[g,r] + bo
    ```

    All of this is optional:

    * `causal` leaves out t > s, and `window w` also t <= s - w;
    * `qk_norm` is a root mean square norm over the channels of each head of
      queries and keys, with a gain for each (arXiv:2302.05442 has the idea,
      Qwen3 this form); its attributes are those of `grow.rms_norm`;
    * `rope` is a rotary embedding;
    * `softcap c` is `c tanh(score / c)`;
    * `alibi` are the slopes of a linear bias (arXiv:2108.12409), one for each
      query head, group by group.

    Multi-head attention has one query head in each
    group, multi-query attention one group: which query head reads which key
    head is the shape of the weights, so that a head added inside every group
    cannot move the others. Key width and value width are independent.

    The scale is explicit and not the root of a width.

    Example:
    ```mlir
    %a = grow.attention %n q(%wq, %bq) k(%wk, %bk) v(%wv, %bv) o(%wo, %bo) scale 1/4 causal
      : (tensor<?x?x64xf32>, tensor<64x4x1x16xf32>, tensor<4x1x16xf32>, ...) -> tensor<?x?x64xf32>
    ```

    Constraints:
    * (C1) the weights that read `x` have its hidden size, and all agree on
      groups, heads per group, key width and value width; each bias has the
      shape of its weight's output axes. The result has the hidden size of `wo`.
    * (C2) the rotary embedding, if any, turns no more channels than the key is
      wide.
    * (C3) the scale is positive, and so is the bound of a soft cap.
    * (C4) a window is for causal attention.
    * (C5) both gains of `qk_norm` are there or none, of the key's width, with
      an epsilon of at least 0 and a positive count, and without them none.
    * (C6) `alibi` has a slope for each query head.
  }];
  let arguments = (ins
    Grow_Stream:$x,
    Grow_Weight<4>:$wq, Optional<Grow_Weight<3>>:$bq,
    Grow_Weight<3>:$wk, Optional<Grow_Weight<2>>:$bk,
    Grow_Weight<3>:$wv, Optional<Grow_Weight<2>>:$bv,
    Grow_Weight<4>:$wo, Optional<Grow_Weight<1>>:$bo,
    Optional<Grow_Weight<1>>:$q_gain, Optional<Grow_Weight<1>>:$k_gain,
    OptionalAttr<Grow_ExactAttr>:$qk_epsilon,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$qk_count,
    UnitAttr:$qk_unit_offset,
    OptionalAttr<Grow_RopeAttr>:$rope,
    Grow_ExactAttr:$scale, OptionalAttr<Grow_ExactAttr>:$softcap,
    OptionalAttr<DenseF64ArrayAttr>:$alibi,
    UnitAttr:$causal,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `q` `(` $wq (`,` $bq^)? `)` `k` `(` $wk (`,` $bk^)? `)`
    `v` `(` $wv (`,` $bv^)? `)` `o` `(` $wo (`,` $bo^)? `)`
    (`qk_norm` `(` $q_gain^ `,` $k_gain `)` (`unit_offset` $qk_unit_offset^)?
     `epsilon` custom<Exact>($qk_epsilon) `count` $qk_count)?
    (`rope` custom<Rope>($rope)^)? `scale` custom<Exact>($scale)
    (`softcap` custom<Exact>($softcap)^)? (`alibi` $alibi^)?
    (`causal` $causal^ (`window` $window^)?)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getGroups() { return getWq().getType().getDimSize(1); }
    int64_t getHeadsPerGroup() { return getWq().getType().getDimSize(2); }
    int64_t getKeyWidth() { return getWq().getType().getDimSize(3); }
    int64_t getValueWidth() { return getWv().getType().getDimSize(2); }
  }];
}

def Grow_MLPOp : Grow_ModelOp<"mlp", [
    Grow_Parameterized, AttrSizedOperandSegments, DeclareOpInterfaceMethods<ZeroableOpInterface>]> {
  let summary = "two-layer perceptron, gated or not";
  let description = [{
    ```
    u = x up + up_bias
    hidden = activation(u)                                    without a gate
    hidden = activation(x gate + gate_bias) * u               with a gate
    result = hidden down + down_bias
    ```

    Example:
    ```mlir
    %m = grow.mlp %n up(%w1, %b1) down(%w2, %b2) activation gelu_tanh
      : (tensor<?x?x64xf32>, tensor<64x256xf32>, ...) -> tensor<?x?x64xf32>
    %m = grow.mlp %n up(%w1) gate(%w3) down(%w2) activation silu : ...
    ```

    Constraints:
    * (C1) `up` and `gate` are hidden x mlp, `down` is mlp x hidden size of the
      result, biases have the size of their weight's output axis, and all element
      types agree.
  }];
  let arguments = (ins
    Grow_Stream:$x,
    Grow_Weight<2>:$up, Optional<Grow_Weight<1>>:$up_bias,
    Optional<Grow_Weight<2>>:$gate, Optional<Grow_Weight<1>>:$gate_bias,
    Grow_Weight<2>:$down, Optional<Grow_Weight<1>>:$down_bias,
    Grow_ActivationAttr:$activation);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `up` `(` $up (`,` $up_bias^)? `)` (`gate` `(` $gate^ (`,` $gate_bias^)? `)`)?
    `down` `(` $down (`,` $down_bias^)? `)` `activation` `` $activation
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// The number of hidden units.
    int64_t getWidth() { return getUp().getType().getDimSize(1); }
  }];
}

def Grow_DenseOp : Grow_ModelOp<"dense", [Grow_Parameterized]> {
  let summary = "a projection of every token, with an activation or not";
  let description = [{
    `result = activation(x weight + bias)`, such as the transformation before
    the unembedding of a masked language model.

    Example:
    ```mlir
    %y = grow.dense %x, %w bias(%b : tensor<64xf32>) activation gelu : tensor<?x?x64xf32>, tensor<64x64xf32>
    ```

    Constraints:
    * (C1) the weight is hidden x result size, the bias has the result's size,
      and all element types agree.
  }];
  let arguments = (ins Grow_Stream:$x, Grow_Weight<2>:$weight,
                       Optional<Grow_Weight<1>>:$bias,
                       OptionalAttr<Grow_ActivationAttr>:$activation);
  let results = (outs Grow_Stream:$result);
  let assemblyFormat = [{
    $x `,` $weight (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`activation` `` $activation^)? attr-dict `:` type($x) `,` type($weight)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Layers
//===----------------------------------------------------------------------===//

def Grow_LayerOp : Grow_Op<"layer", [
    IsolatedFromAbove, SingleBlock, RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>]> {
  let summary = "one layer of the residual stream";
  let description = [{
    A named layer: what an expansion selects, what growth in depth inserts, and
    what is compiled once if it occurs often. Its number is its place among the
    layers of the function. The first operand is the residual stream; further
    operands, if any, are values that the layer reads.

    Example:
    ```mlir
    %1 = grow.layer "h.0" (%x = %0 : tensor<?x?x64xf32>) {
      %g = grow.get @h.0.norm : tensor<64xf32>
      ...
      grow.yield %y : tensor<?x?x64xf32>
    }
    ```

    Constraints:
    * (C1) the first operand exists, and the result is what the region yields.
    * (C2) the layer does not stand in another one.
  }];
  let arguments = (ins StrAttr:$name, Variadic<Grow_Tensor>:$inputs);
  let results = (outs Grow_Stream:$result);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    $name custom<LayerBody>($body, $inputs, type($inputs), type($result)) attr-dict
  }];
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The residual stream inside the layer.
    ::mlir::BlockArgument getStream() { return getBody().getArgument(0); }
    /// What the layer yields.
    ::mlir::Value getYielded();
  }];
}

def Grow_YieldOp : Grow_Op<"yield", [
    Pure, ReturnLike, Terminator, ParentOneOf<["ParamOp", "LayerOp"]>]> {
  let summary = "what a derivation or a layer results in";
  let arguments = (ins Grow_Tensor:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

#endif // GROW_IR_MODELOPS_TD
