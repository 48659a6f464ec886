//===- GrowInterfaces.td - Interfaces of the grow dialect --*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_GROWINTERFACES_TD
#define GROW_IR_GROWINTERFACES_TD

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"

def ZeroableOpInterface : OpInterface<"ZeroableOpInterface"> {
  let cppNamespace = "::grow";
  let description = [{
    An op whose result is exactly zero, for finite inputs, once certain operands
    are filled so: zeros for the output projection of attention and MLP and for
    the gain of a norm, -1 for a gain that the norm adds 1 to. A branch that
    ends in such an op can be added to a residual stream without changing it;
    growth in depth rests on nothing else.
  }];
  let methods = [
    InterfaceMethod<
      "The operands that together make the result zero, and what fills each.",
      "::llvm::SmallVector<std::pair<::mlir::OpOperand *, ::grow::FillAttrInterface>>",
      "getZeroingFills">,
  ];
}

def ParameterizedOpInterface : OpInterface<"ParameterizedOpInterface"> {
  let cppNamespace = "::grow";
  let description = [{
    A model op with parameters: all operands after the first, one role for each
    operand of its definition.
  }];
  let methods = [
    StaticInterfaceMethod<
      "What the parameters of ops of this kind are, in the order of operands.",
      "::llvm::ArrayRef<::grow::ParamRole>", "getParamRoles">,
    InterfaceMethod<
      "The operand of the role with the given number; null if it is left out.",
      "::mlir::OpOperand *", "getParamOperand", (ins "unsigned":$role), [{}], [{
        auto [start, size] = $_op.getODSOperandIndexAndLength(role + 1);
        return size ? &$_op->getOpOperand(start) : nullptr;
      }]>,
  ];
}

def FillAttrInterface : AttrInterface<"FillAttrInterface"> {
  let cppNamespace = "::grow";
  let description = [{
    What the entries of a new block are. A fill is a function of the logical
    coordinate of the entry alone (and, for copies and means, of the tensor that
    is extended), never of the order in which entries are computed.
  }];
  let methods = [
    InterfaceMethod<"Whether every entry is exactly zero.",
      "bool", "isZero", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"Whether entries are drawn from a keyed generator.",
      "bool", "isRandom", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<"The seed of a random fill.",
      "uint64_t", "getSeed", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<[{
      The name that stands for the parameter's in the key of a random fill; null
      if it is the parameter's own.
      }],
      "::mlir::StringAttr", "getKey", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<
      "Whether the fill reads the tensor that is extended, so that it cannot "
      "make a tensor from nothing.",
      "bool", "readsInput", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<[{
      Verifies that the fill can make a block of `count` slices along an axis
      on which the extended tensor has `extent` slices.
      }],
      "::llvm::LogicalResult", "verifyBlock",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "int64_t":$extent, "int64_t":$count), [{}],
      [{ return ::mlir::success(); }]>,
  ];
}

#endif // GROW_IR_GROWINTERFACES_TD
