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
    are zero: the output projection of attention and MLP, the gain of a norm. A
    branch that ends in such an op can be added to a residual stream without
    changing it; growth in depth rests on nothing else.
  }];
  let methods = [
    InterfaceMethod<
      "The operands that, all zero together, make the result zero.",
      "::llvm::SmallVector<::mlir::OpOperand *>", "getZeroingOperands">,
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
