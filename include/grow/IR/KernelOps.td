//===- KernelOps.td - What code generation computes at once ----*- tablegen -*-===//
//
// Part of grow, under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef GROW_IR_KERNELOPS_TD
#define GROW_IR_KERNELOPS_TD

include "grow/IR/GrowAttrs.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Grow_KernelGroup : OpDocGroup {
  let summary = "Kernel ops";
  let description = "What code generation computes as a whole.";
}

def Grow_NarrowFloat : AnyTypeOf<[BF16, F16]>;
/// A tensor, or the buffer that bufferization makes of it.
class Grow_TensorOrBuffer<Type element, int rank>
    : AnyTypeOf<[TensorRankOf<[element], [rank]>,
                 MemRefRankOf<[element], [rank]>]>;

class Grow_KernelOp<string mnemonic, list<Trait> traits = []>
    : Grow_Op<mnemonic, traits> {
  let opDocGroup = Grow_KernelGroup;
}

def Grow_FusedAttentionOp : Grow_KernelOp<"fused_attention", [
    DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "attention of narrow floats, from queries to context";
  let description = [{
    The middle of `grow.attention`, for kernels that keep scores and weights in
    registers. With b a number of the batch, s and t positions, g a key/value
    group and r a query head of that group:

    ```
    score[t]        = softcap(scale * <queries[b,s,g,r], keys[b,t,g]>) + slopes[g,r] (t - s)
    init[b,s,g,r]   = (sum over t of e[t] values[b,t,g]) / (sum over t of e[t]),
    e[t]            = exp(score[t] - the largest score)
    ```

    over all positions t, with `causal` over those t <= s, and with `window w`
    over those t > s - w, too. So every row sees a key.

    Scores, sums and exponentials are f32. The weights that multiply the values
    are rounded to the element type, those in the divisor are not; the result is
    rounded once. The order of sums is that of the kernel. Nothing of `init` is
    read.

    Operands are tensors, and then there is a result, or buffers, which only
    `init` is written to.

    Example:
    ```mlir
    %r = grow.fused_attention
      ins(%q, %k, %v : tensor<?x?x4x2x64xbf16>, tensor<?x?x4x64xbf16>, tensor<?x?x4x64xbf16>)
      outs(%init : tensor<?x?x4x2x64xbf16>) scale 1/8 causal -> tensor<?x?x4x2x64xbf16>
    ```

    Constraints:
    * (C1) all operands agree on batch, length, groups, heads per group, key
      width and value width; these last four are known.
    * (C2) all operands are tensors, or all are buffers.
    * (C3) all element types are the same, but that of `slopes`.
    * (C4) the scale is positive, and so is the bound of a soft cap.
    * (C5) a window is for causal attention.
  }];
  let arguments = (ins
    Grow_TensorOrBuffer<Grow_NarrowFloat, 5>:$queries,
    Grow_TensorOrBuffer<Grow_NarrowFloat, 4>:$keys,
    Grow_TensorOrBuffer<Grow_NarrowFloat, 4>:$values,
    Optional<Grow_TensorOrBuffer<F32, 2>>:$slopes,
    Grow_TensorOrBuffer<Grow_NarrowFloat, 5>:$init,
    Grow_ExactAttr:$scale, OptionalAttr<Grow_ExactAttr>:$softcap,
    UnitAttr:$causal,
    OptionalAttr<ConfinedAttr<I64Attr, [IntPositive]>>:$window);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = [{
    `ins` `(` $queries `,` $keys `,` $values (`slopes` $slopes^)? `:`
      type($queries) `,` type($keys) `,` type($values) (`,` type($slopes)^)? `)`
    `outs` `(` $init `:` type($init) `)`
    `scale` custom<Exact>($scale) (`softcap` custom<Exact>($softcap)^)?
    (`causal` $causal^ (`window` $window^)?)? attr-dict
    (`->` type($result)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::mlir::MutableOperandRange getDpsInitsMutable() { return getInitMutable(); }

    ::mlir::Type getElementType() { return getQueriesType().getElementType(); }
    int64_t getGroups() { return getQueriesType().getDimSize(2); }
    int64_t getHeadsPerGroup() { return getQueriesType().getDimSize(3); }
    int64_t getKeyWidth() { return getQueriesType().getDimSize(4); }
    int64_t getValueWidth() {
      return ::llvm::cast<::mlir::ShapedType>(getValues().getType()).getDimSize(3);
    }

  private:
    ::mlir::ShapedType getQueriesType() {
      return ::llvm::cast<::mlir::ShapedType>(getQueries().getType());
    }
  public:
  }];
}

#endif // GROW_IR_KERNELOPS_TD
