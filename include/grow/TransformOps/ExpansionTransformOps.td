//===- ExpansionTransformOps.td - Expansions as transforms -*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Every expansion that a schedule knows is a transform op, too. Nothing is
// written for one of them: arguments and syntax are those of the op in the
// schedule, and so are verification and application, at run time.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD
#define GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD

include "grow/IR/ExpansionOps.td"
include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// Applies and verifies an op as the expansion that `getExpansionName` names.
def ExpansionTransformOpTrait : NativeOpTrait<"ExpansionTransformOpTrait"> {
  let cppNamespace = "::grow::transform_ops";
}

/// Whether `arguments` has one that is called `name`.
class Grow_HasArgument<dag arguments, string name> {
  bit value = !foldl(false, !range(!size(arguments)), found, i,
                     !or(found, !eq(!getdagname(arguments, i), name)));
}

/// The transform op of an expansion, of this dialect or another one.
class ExpansionTransformOp<Grow_ExpansionOp expansion>
    : Op<Transform_Dialect,
         expansion.opDialect.name # "." # expansion.opName, [
             ExpansionTransformOpTrait, MemoryEffectsOpInterface, TransformOpInterface]> {
  defvar name = expansion.opDialect.name # "." # expansion.opName;
  defvar amount = expansion.amount;
  defvar hasAmount = !not(!empty(amount));
  defvar selectsLayers = Grow_HasArgument<expansion.arguments, "layers">.value;

  let cppNamespace = "::grow::transform_ops";
  let summary = expansion.summary;
  let description = [{
    Applies `}] # name # "` to the models" # !if(selectsLayers, " or layers", "") # [{ of `target`,
    with the clauses that it has in a schedule. }] # !if(selectsLayers, [{Each payload op is a model, that is a
    `builtin.module`, or a layer or an op in a layer, which stands for the layer.
    Where the target is a model, `layers` selects layers of it.}], [{Each payload op is a model, that is a
    `builtin.module`.}]) # !if(hasAmount, [{

    Instead of a number, `}] # amount # [{` can be a parameter that is associated with one.}], "") # [{

    Models grow in place: the target is read, not consumed, and handles to what
    is in it stay valid.

    Fails silenceably if the expansion is refused, with the error and the notes
    of `}] # name # [{`. Nothing has changed then, in any of the models.

    Example:
    ```mlir
    transform.}] # name # " " # expansion.example # [{ in %model : !transform.any_op
    ```
  }];

  let arguments = !con(
    (ins TransformHandleTypeInterface:$target),
    !if(hasAmount,
        !con((ins Optional<TransformParamTypeInterface>:$amount),
             !setdagarg(expansion.arguments, amount,
                        OptionalAttr<!getdagarg<Attr>(expansion.arguments, amount)>)),
        expansion.arguments));
  // The target comes last: a colon behind a fill would be the fill's.
  let assemblyFormat =
    !if(hasAmount,
        !subst("$" # amount, "($" # amount # "^) : ($amount)?", expansion.clauses),
        expansion.clauses) #
    " `in` $target attr-dict `:` type($target)" # !if(hasAmount, " (`,` type($amount)^)?", "");
  let extraClassDeclaration = [{
    /// The op of a schedule that this one applies.
    static constexpr ::llvm::StringLiteral getExpansionName() { return "}] # name # [{"; }
    /// What the argument is called that may be a parameter; empty without one.
    static constexpr ::llvm::StringLiteral getAmountName() { return "}] # amount # [{"; }
    /// Whether the expansion can be applied to some layers only.
    static constexpr bool selectsLayers() { return }] # !if(selectsLayers, "true", "false") # [{; }
  }];
}

foreach expansion = !instances<Grow_ExpansionOp>() in
  def !subst("Grow_", "GrowTransform_", !cast<string>(expansion)) : ExpansionTransformOp<expansion>;

#endif // GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPS_TD
