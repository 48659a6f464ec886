//===- GrowAttrs.td - Attributes of the grow dialect -------*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWATTRS_TD
#define GROW_IR_GROWATTRS_TD

include "grow/IR/GrowDialect.td"
include "grow/IR/GrowInterfaces.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

class Grow_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Grow_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

//===----------------------------------------------------------------------===//
// Exact numbers
//===----------------------------------------------------------------------===//

class Grow_ExactParameter<string desc> : AttrParameter<"::grow::Exact", desc> {
  let cppAccessorType = "const ::grow::Exact &";
  let parser = "::grow::Exact::parse($_parser)";
  let printer = "$_printer.getStream() << $_self";
}

def Grow_ExactAttr : Grow_Attr<"Exact", "exact"> {
  let summary = "a rational times the root of a rational, exactly";
  let description = [{
    A scale or a factor that growth multiplies, such as `1/8` or
    `1/4 * sqrt(2)`. It becomes a float once, when it is lowered, by one
    rounding to nearest. A decimal stands for the decimal number, not for the
    float nearest to it: `1.0e-05` is 1/100000.

    Example: `#grow.exact<1/4 * sqrt(2)>`
  }];
  let parameters = (ins Grow_ExactParameter<"the number">:$value);
  let assemblyFormat = "`<` $value `>`";
}

//===----------------------------------------------------------------------===//
// Attributes of model ops
//===----------------------------------------------------------------------===//

def Grow_Activation : I32EnumAttr<"Activation", "non-linear function of an MLP", [
    I32EnumAttrCase<"ReLU", 0, "relu">,
    I32EnumAttrCase<"GELU", 1, "gelu">,
    I32EnumAttrCase<"GELUTanh", 2, "gelu_tanh">,
    I32EnumAttrCase<"SiLU", 3, "silu">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_ActivationAttr : EnumAttr<Grow_Dialect, Grow_Activation, "activation"> {
  let description = [{
    * `relu`: max(x, 0)
    * `gelu`: x/2 (1 + erf(x/sqrt(2)))
    * `gelu_tanh`: x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
    * `silu`: x / (1 + exp(-x))

    Each maps zero to zero.
  }];
}

def Grow_RopeLayout : I32EnumAttr<"RopeLayout", "which channels rotate together", [
    I32EnumAttrCase<"HalfSplit", 0, "half_split">,
    I32EnumAttrCase<"Interleaved", 1, "interleaved">]> {
  let cppNamespace = "::grow";
  let genSpecializedAttr = 0;
}
def Grow_RopeLayoutAttr : EnumAttr<Grow_Dialect, Grow_RopeLayout, "rope_layout">;

def Grow_RopeAttr : Grow_Attr<"Rope", "rope"> {
  let summary = "rotary position embedding with explicit frequencies";
  let description = [{
    Rotates pairs of channels of queries and keys: at position t, pair i turns
    by the angle `t * frequencies[i]` (arXiv:2104.09864), and the result is
    multiplied by `factor`. With n frequencies the first 2n channels of a head
    rotate and the others pass unchanged. Pair i is made of channels

    * `half_split`: i and i + n (Llama, GPT-NeoX);
    * `interleaved`: 2i and 2i + 1 (GPT-J, the original paper).

    The frequencies are explicit and not computed from a base and a head width,
    so that widening a head does not change what the old channels do. Angles are
    computed in f32, as every framework does, for f32 and narrower models and in
    f64 for f64 models.

    Example: `#grow.rope<half_split, frequencies = [1.0, 0.01], factor = 1>`
  }];
  let parameters = (ins
    EnumParameter<Grow_RopeLayout>:$layout,
    "::mlir::DenseF64ArrayAttr":$frequencies,
    Grow_ExactParameter<"multiplies cosine and sine">:$factor);
  let assemblyFormat = [{
    `<` $layout `,` `frequencies` `=` custom<Frequencies>($frequencies) `,`
    `factor` `=` $factor `>`
  }];
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Storage
//===----------------------------------------------------------------------===//

def Grow_StorageAttr : Grow_Attr<"Storage", "storage"> {
  let summary = "where a parameter's entries lie in a checkpoint";
  let description = [{
    Finds a logical parameter in a stored tensor, so that no rule of growth ever
    sees a checkpoint's layout.

    * `name`: the stored tensor. The text `{layer}` in it stands for the number
      of the `grow.layer` that reads the parameter, counted from the input.
    * the axes in brackets: for each stored dimension, outermost first, the
      logical axes it consists of, row-major, as a product. `[1*2, 0]` is a
      tensor whose rows are indexed by axes 1 and 2 and its columns by axis 0.
      `unit` is a stored dimension of size 1 that no axis indexes. Left out: one
      stored dimension for each axis, in order.
    * `part P of N along D inside I`: the parameter is one of N that are
      concatenated into the stored tensor along its dimension D. `inside I` says
      how many of that dimension's outer axes enclose the concatenation: 0 for
      blocks one after the other, 1 for blocks interleaved under the first axis
      (one per head, say). Offsets are not written down: they follow from the
      shapes of the other parts.
    * the element type after the colon, if the checkpoint's differs from the
      parameter's.

    Examples:

    ```mlir
    #grow.storage<"wte.weight">
    #grow.storage<"h.{layer}.attn.c_attn.weight"[0, 1*2*3], part 0 of 3 along 1 inside 0>
    #grow.storage<"model.layers.{layer}.self_attn.q_proj.weight"[1*2*3, 0] : bf16>
    #grow.storage<"vit.embeddings.position_embeddings"[unit, 0, 1]>
    ```
  }];
  let parameters = (ins
    "::mlir::StringAttr":$name,
    ArrayRefParameter<"int64_t", "logical axes, outermost stored first">:$axes,
    ArrayRefParameter<"int64_t", "axes in each stored dimension">:$groups,
    "int64_t":$part, "int64_t":$parts, "int64_t":$dim, "int64_t":$inside,
    "::mlir::Type":$elementType);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    AttrBuilderWithInferredContext<(ins "::mlir::StringAttr":$name), [{
      return $_get(name.getContext(), name, ::llvm::ArrayRef<int64_t>{},
                   ::llvm::ArrayRef<int64_t>{}, 0, 1, 0, 0, ::mlir::Type{});
    }]>];
  let extraClassDeclaration = [{
    bool isPart() const { return getParts() > 1; }
    /// The logical axis of each axis in stored order, for a parameter of the
    /// given rank: the identity if none is written.
    ::llvm::SmallVector<int64_t> getPermutation(int64_t rank) const;
    /// For each stored dimension the positions, in stored order, of its axes.
    ::llvm::SmallVector<::llvm::SmallVector<int64_t, 2>>
    getReassociation(int64_t rank) const;
  }];
}

//===----------------------------------------------------------------------===//
// Fills
//===----------------------------------------------------------------------===//

class Grow_Fill<string name, string mnemonic, list<string> methods = []>
    : Grow_Attr<name, mnemonic,
        [DeclareAttrInterfaceMethods<FillAttrInterface, methods>]>;

def Grow_ZeroAttr : Grow_Fill<"Zero", "zero", ["isZero"]> {
  let summary = "a block of zeros";
}

def Grow_ConstantAttr : Grow_Fill<"Constant", "constant", ["isZero"]> {
  let summary = "a block of one number";
  let description = "Example: `#grow.constant<1>`";
  let parameters = (ins Grow_ExactParameter<"every entry">:$value);
  let assemblyFormat = "`<` $value `>`";
}

class Grow_RandomFill<string name, string mnemonic>
    : Grow_Fill<name, mnemonic, ["isZero", "isRandom"]>;

defvar Grow_KeyedFillText = [{
    The generator is Philox 4x32-10 (Salmon et al., SC 2011), used as a function:
    its key is made of `seed` and the parameter's name, its counter is the
    entry's logical coordinate. The same entry gets the same bits for any
    thread count, shard, layout or order of independent expansions;
    docs/Fills.md reproduces them in ten lines of numpy. `key` stands in for
    the parameter's name where a parameter is a copy of another.
  }];

def Grow_NormalAttr : Grow_RandomFill<"Normal", "normal"> {
  let summary = "random entries of mean 0 and the given standard deviation";
  let description = [{
    The sum of eight uniform 16-bit integers, centred and scaled: mean and
    variance are those of the normal distribution, the excess kurtosis is -0.15
    and no entry lies beyond 4.9 standard deviations. Integer arithmetic and one
    rounding, so that every machine draws the same bits.

    }] # Grow_KeyedFillText # [{

    Example: `#grow.normal<stddev = 1/50, seed = 7>`
  }];
  let parameters = (ins
    Grow_ExactParameter<"standard deviation, positive or zero">:$stddev,
    DefaultValuedParameter<"uint64_t", "0">:$seed,
    OptionalParameter<"::mlir::StringAttr">:$key);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Grow_UniformAttr : Grow_RandomFill<"Uniform", "uniform"> {
  let summary = "random entries, uniform between -bound and bound";
  let description = [{
    A uniform 32-bit integer, centred and scaled, one rounding.

    }] # Grow_KeyedFillText # [{

    Example: `#grow.uniform<bound = 1/10, seed = 7>`
  }];
  let parameters = (ins
    Grow_ExactParameter<"largest magnitude, positive or zero">:$bound,
    DefaultValuedParameter<"uint64_t", "0">:$seed,
    OptionalParameter<"::mlir::StringAttr">:$key);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

def Grow_CopyAttr : Grow_Fill<"Copy", "copy", ["readsInput", "verifyBlock"]> {
  let summary = "copies of slices of the tensor that is extended";
  let description = [{
    The new slices, in order, are the slices `indices` of the tensor before it
    was extended, multiplied by `factor`.

    Example: `#grow.copy<[0, 1], factor = -1>`
  }];
  let parameters = (ins
    "::mlir::DenseI64ArrayAttr":$indices,
    Grow_ExactParameter<"multiplies each copy">:$factor);
  let assemblyFormat = [{
    `<` custom<Indices>($indices) `,` `factor` `=` $factor `>`
  }];
}

def Grow_MeanAttr : Grow_Fill<"Mean", "mean", ["readsInput", "verifyBlock"]> {
  let summary = "the mean, along the extended axis, of the tensor that is extended";
}

def Grow_FillAttr : AttrConstraint<
    CPred<"::llvm::isa<::grow::FillAttrInterface>($_self)">,
    "a fill (#grow.zero, #grow.constant, #grow.normal, #grow.uniform, #grow.copy or #grow.mean)">;

/// A fill as an op's attribute.
def Grow_FillArg : Attr<Grow_FillAttr.predicate, Grow_FillAttr.summary> {
  let storageType = "::grow::FillAttrInterface";
  let returnType = "::grow::FillAttrInterface";
  let convertFromStorage = "$_self";
  let constBuilderCall = "$0";
}

#endif // GROW_IR_GROWATTRS_TD
