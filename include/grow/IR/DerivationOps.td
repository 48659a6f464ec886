//===- DerivationOps.td - How grown parameters come about --*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_DERIVATIONOPS_TD
#define GROW_IR_DERIVATIONOPS_TD

include "grow/IR/ModelOps.td"

/// An op in the region of a `grow.param`, on static tensors.
class Grow_DerivationOp<string mnemonic, list<Trait> traits = []>
    : Grow_Op<mnemonic, traits # [Pure]> {
  let opDocGroup = Grow_DerivationGroup;
}

/// The storage order of a tensor: `axes[i]` is the logical axis of its axis i.
defvar Grow_OrderText = [{
    `order` is written by passes that run derivations in the order in which a
    checkpoint stores the axes: entry i is the logical axis of the tensor's axis
    i. Random fills are keyed by logical coordinates, so their bits do not depend
    on it. `key` then carries the generator's key as a value, so that equal
    derivations of different parameters are one function.
  }];

def Grow_SourceOp : Grow_DerivationOp<"source"> {
  let summary = "a parameter of the source model";
  let description = [{
    The parameter's value before growth, by its name in the source model.

    Example: `%0 = grow.source "h.0.up" : tensor<64x256xf32>`
  }];
  let arguments = (ins StrAttr:$name);
  let results = (outs Grow_StaticTensor:$result);
  let assemblyFormat = "$name attr-dict `:` type($result)";
}

def Grow_FillOp : Grow_DerivationOp<"fill"> {
  let summary = "a tensor made from nothing";
  let description = [{
    Every entry comes from the fill. `order` and `key`: see `grow.extend`.

    Example: `%0 = grow.fill #grow.normal<stddev = 1/50> -> tensor<64x256xf32>`

    Constraints:
    * (C1) the fill does not read an input (no copy, no mean).
    * (C2) a random fill has at most four axes, the words of the generator's
      counter.
    * (C3) every entry that the fill may draw is finite in the element type.
  }];
  let arguments = (ins Grow_FillArg:$fill, Optional<I64>:$key,
                       OptionalAttr<DenseI64ArrayAttr>:$order);
  let results = (outs Grow_StaticTensor:$result);
  let assemblyFormat = [{
    $fill (`key` `(` $key^ `)`)? (`order` $order^)? attr-dict `->` type($result)
  }];
  let hasVerifier = 1;
}

def Grow_ExtendOp : Grow_DerivationOp<"extend", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "insert slices along an axis";
  let description = [{
    Inserts `sizes[i]` new slices before slice `positions[i]` of the input,
    for each i; a position equal to the axis' size appends. The input's slices
    keep their order. Every growth of a parameter is made of this.

    Canonicalisation merges steps of repeated growth that one step makes entry
    for entry: onto a block of the same fill along the same axis, or onto a
    tensor that is nothing but that fill. (Means are merged, too, and then
    computed from the original slices, not from rounded means.)

    Example, two new rows after the second and two at the end:
    ```mlir
    %1 = grow.extend %0 with #grow.zero along 0 at [2, 4] by [2, 2] : tensor<4x3xf32>
    ```

    }] # Grow_OrderText # [{

    Constraints:
    * (C1) `axis` is an axis of the input.
    * (C2) `positions` are increasing, between 0 and the axis' size; `sizes` are
      positive, one for each position, and the grown axis' size fits in 63 bits.
    * (C3) the fill can make the block: a copy names as many slices as are
      inserted, each of the input.
    * (C4) `order`, if present, is a permutation of the axes.
    * (C5) a random fill has at most four axes.
    * (C6) the input's size along the axis is known. In the region of a
      parameter all sizes are; a stream grows along its channels.
    * (C7) every entry that the fill may draw is finite in the element type.
  }];
  let arguments = (ins
    Grow_Tensor:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
    DenseI64ArrayAttr:$positions, DenseI64ArrayAttr:$sizes, Grow_FillArg:$fill,
    Optional<I64>:$key, OptionalAttr<DenseI64ArrayAttr>:$order);
  let results = (outs Grow_Tensor:$result);
  let assemblyFormat = [{
    $input `with` $fill `along` $axis `at` $positions `by` $sizes
    (`key` `(` $key^ `)`)? (`order` $order^)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

def Grow_DropOp : Grow_DerivationOp<"drop", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "leave out slices along an axis";
  let description = [{
    Leaves out `sizes[i]` slices from slice `positions[i]` of the input, for each
    i. What is left keeps its order. `grow.drop` undoes a `grow.extend`: proofs
    and shrinking are made of this.

    Canonicalisation drops at once what is dropped along the same axis, and
    takes what a `grow.extend` along the axis was given if none of the inserted
    slices is left.

    Example, without slices 2, 3, 6 and 7:
    ```mlir
    %1 = grow.drop %0 along 0 at [2, 6] by [2, 2] : tensor<8x3xf32>
    ```

    Constraints:
    * (C1) `axis` is an axis of the input, of known size.
    * (C2) `sizes` are positive, one for each position; the ranges are within
      the axis, in increasing order, do not overlap and leave something.
  }];
  let arguments = (ins
    Grow_Tensor:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
    DenseI64ArrayAttr:$positions, DenseI64ArrayAttr:$sizes);
  let results = (outs Grow_Tensor:$result);
  let assemblyFormat = [{
    $input `along` $axis `at` $positions `by` $sizes attr-dict `:` type($input)
  }];
  let hasCanonicalizer = 1;
}

def Grow_RegroupOp : Grow_DerivationOp<"regroup", [
    DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "split two neighbouring axes anew";
  let description = [{
    Reads axis `axis` and the next, row-major, as `outer` x `inner`: heads of
    queries come to share their keys and values with fewer others. No entry
    moves.

    Example, from 2 groups of 4 query heads to 4 groups of 2:
    ```mlir
    %1 = grow.regroup %0 along 1 into 4 x 2 : tensor<64x2x4x16xf32>
    ```

    Constraints:
    * (C1) `axis` and the next are axes of the input, with `outer` times `inner`
      slices together.
  }];
  let arguments = (ins
    Grow_StaticTensor:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis,
    ConfinedAttr<I64Attr, [IntPositive]>:$outer,
    ConfinedAttr<I64Attr, [IntPositive]>:$inner);
  let results = (outs Grow_StaticTensor:$result);
  let assemblyFormat = [{
    $input `along` $axis `into` $outer `x` $inner attr-dict `:` type($input)
  }];
}

def Grow_CenterOp : Grow_DerivationOp<"center", [
    AllTypesMatch<["input", "result"]>]> {
  let summary = "subtract the mean along an axis";
  let description = [{
    `result = input - mean of input along axis`. What is written to a stream that
    only layer norms read may be centred: they ignore a constant shift. Computed
    in f64 and rounded once.

    Example: `%1 = grow.center %0 along 1 : tensor<256x64xf32>`

    Constraints:
    * (C1) `axis` is an axis of the input, of known size.
  }];
  let arguments = (ins
    Grow_Tensor:$input, ConfinedAttr<I64Attr, [IntNonNegative]>:$axis);
  let results = (outs Grow_Tensor:$result);
  let assemblyFormat = "$input `along` $axis attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // GROW_IR_DERIVATIONOPS_TD
