//===- ExpansionTransformOpBase.td - An expansion as a transform -*- tablegen -===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An expansion of any dialect is a transform op, too, if one is derived from it
// here. Arguments and syntax are those of the op in the schedule, and so are
// verification and application, at run time. The header of what is generated
// includes grow/TransformOps/GrowTransformOps.h; an extension of the transform
// dialect registers it: docs/Extending.md.
//
//===----------------------------------------------------------------------===//

#ifndef GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPBASE_TD
#define GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPBASE_TD

include "mlir/Dialect/Transform/IR/TransformDialect.td"
include "mlir/Dialect/Transform/Interfaces/TransformInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// Applies and verifies an op as the expansion that `getExpansionName` names.
def ExpansionTransformOpTrait : NativeOpTrait<"ExpansionTransformOpTrait"> {
  let cppNamespace = "::grow::transform_ops";
}

/// Whether `arguments` has one that is called `name`.
class ExpansionTransform_HasArgument<dag arguments, string name> {
  bit value = !foldl(false, !range(!size(arguments)), found, i,
                     !or(found, !eq(!getdagname(arguments, i), name)));
}

/// The transform op of an expansion whose assembly format is clauses and, at the
/// end, `attr-dict`. `example` shows the clauses as they may be written, and
/// `amount` is the argument that may be a parameter instead of a number, if there
/// is one.
class ExpansionTransformOp<Op expansion, string example, string amount = "">
    : Op<Transform_Dialect, expansion.opDialect.name # "." # expansion.opName, [
        ExpansionTransformOpTrait, MemoryEffectsOpInterface, TransformOpInterface]> {
  defvar name = expansion.opDialect.name # "." # expansion.opName;
  defvar clauses = !subst(" attr-dict", "", expansion.assemblyFormat);
  defvar hasAmount = !not(!empty(amount));
  defvar selectsLayers = ExpansionTransform_HasArgument<expansion.arguments, "layers">.value;

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
    transform.}] # name # " " # example # [{ in %model : !transform.any_op
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
        !subst("$" # amount, "($" # amount # "^) : ($amount)?", clauses),
        clauses) #
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

#endif // GROW_TRANSFORMOPS_EXPANSIONTRANSFORMOPBASE_TD
