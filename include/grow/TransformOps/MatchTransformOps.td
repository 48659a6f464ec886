//===- MatchTransformOps.td - Finding parts of a model -----*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_MATCHTRANSFORMOPS_TD
#define GROW_TRANSFORMOPS_MATCHTRANSFORMOPS_TD

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/MatchInterfaces.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// Finds the ops that `getMatchedName` names in the layers of models.
def MatchTransformOpTrait : NativeOpTrait<"MatchTransformOpTrait"> {
  let cppNamespace = "::grow::transform_ops";
}

/// Finds ops of one kind. `what` completes "A handle to ...".
class GrowTransform_MatchOp<string mnemonic, string op, string what>
    : Op<Transform_Dialect, "grow." # mnemonic, [
        MatchTransformOpTrait, MatchOpInterface, MemoryEffectsOpInterface,
        NavigationTransformOpTrait, TransformOpInterface]> {
  let cppNamespace = "::grow::transform_ops";
  let summary = "find " # what # " of a model";
  let description = [{
    A handle to }] # what # [{ of `target`, in the order in which they are
    computed. Each payload op of `target` is a model, that is a
    `builtin.module`, or a layer. Of a model, `layers` selects layers, as in a
    schedule.

    Fails silenceably if a payload op is neither a model nor a layer, or has no
    layer of a number in `layers`. A model or layer without }] # what # [{ adds
    nothing to the handle.

    Example:
    ```mlir
    %0 = transform.grow.}] # mnemonic # [{ in %model layers [0, 2:5]
      : (!transform.any_op) -> !transform.op<"}] # op # [{">
    ```

    Constraints:
    * (C1) `layers`, if present, is strictly increasing and not negative.
  }];
  let arguments = (ins TransformHandleTypeInterface:$target,
                       OptionalAttr<DenseI64ArrayAttr>:$layers);
  let results = (outs TransformHandleTypeInterface:$matches);
  let assemblyFormat = [{
    `in` $target (`layers` custom<Layers>($layers)^)? attr-dict
    `:` functional-type(operands, results)
  }];
  let extraClassDeclaration = [{
    static constexpr ::llvm::StringLiteral getMatchedName() { return "}] # op # [{"; }
  }];
}

def GrowTransform_MatchLayersOp
    : GrowTransform_MatchOp<"match_layers", "grow.layer", "the layers">;
def GrowTransform_MatchAttentionOp
    : GrowTransform_MatchOp<"match_attention", "grow.attention", "the attention ops">;
def GrowTransform_MatchMLPOp
    : GrowTransform_MatchOp<"match_mlp", "grow.mlp", "the MLPs">;

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

/// Cases are the names of sizes in architecture files.
def GrowTransform_Size : I32EnumAttr<"ModelSize", "a size of a model", [
    I32EnumAttrCase<"Hidden", 0, "hidden">,
    I32EnumAttrCase<"MLP", 1, "mlp">,
    I32EnumAttrCase<"Groups", 2, "groups">,
    I32EnumAttrCase<"Queries", 3, "queries">,
    I32EnumAttrCase<"Key", 4, "key">,
    I32EnumAttrCase<"Value", 5, "value">,
    I32EnumAttrCase<"Vocabulary", 6, "vocabulary">,
    I32EnumAttrCase<"Positions", 7, "positions">]> {
  let cppNamespace = "::grow::transform_ops";
}

def GrowTransform_GetSizeOp : Op<Transform_Dialect, "grow.get_size", [
    DeclareOpInterfaceMethods<TransformOpInterface>, MatchOpInterface,
    MemoryEffectsOpInterface, ParamProducerTransformOpTrait]> {
  let cppNamespace = "::grow::transform_ops";
  let summary = "a size of models, layers or ops";
  let description = [{
    For each payload op of `target`, the size that its parameters have, or those
    of the ops in it:

    | size | counts |
    |---|---|
    | `hidden` | channels of the stream |
    | `mlp` | units of an MLP |
    | `groups` | heads of keys and values |
    | `queries` | heads of queries in a group |
    | `key`, `value` | channels of a key, of a value, in a head |
    | `vocabulary`, `positions` | rows of the tables |

    The result can be what an expansion grows to, or what
    `transform.match.param.cmpi` compares. For the number of layers there is
    `transform.num_associations`.

    Fails silenceably if nothing in a payload op has the size, or if not all
    have the same.

    Example:
    ```mlir
    %units = transform.grow.get_size mlp of %last : (!transform.any_op) -> !transform.param<i64>
    transform.grow.expand_mlp to %units in %first : !transform.any_op, !transform.param<i64>
    ```
  }];
  let arguments = (ins GrowTransform_Size:$size, TransformHandleTypeInterface:$target);
  let results = (outs TransformParamTypeInterface:$result);
  let assemblyFormat = "$size `of` $target attr-dict `:` functional-type(operands, results)";
}

#endif // GROW_TRANSFORMOPS_MATCHTRANSFORMOPS_TD
