// RUN: grow-opt %s --convert-grow-to-linalg="fused-attention attention-rows=8 attention-keys=384" \
// RUN:   --canonicalize --cse --split-input-file | FileCheck %s

// Queries, keys and values are rounded, and one op makes the context, in the model's
// type. What the op is told is what attention was told.
// CHECK-LABEL: func.func @fused
// CHECK-DAG: %[[SLOPES:.*]] = arith.constant dense<{{.*}}> : tensor<2x2xf32>
// CHECK-DAG: %[[Q:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x?x2x2x32xbf16>)
// CHECK-DAG: %[[K:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x?x2x32xbf16>)
// CHECK-DAG: %[[V:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<?x?x2x16xbf16>)
// CHECK-DAG: %[[INIT:.*]] = tensor.empty(%{{.*}}, %{{.*}}) : tensor<?x?x2x2x16xbf16>
// CHECK: %[[CONTEXT:.*]] = grow.fused_attention ins(%[[Q]], %[[K]], %[[V]] slopes %[[SLOPES]] :
// CHECK-SAME: outs(%[[INIT]] : tensor<?x?x2x2x16xbf16>) scale 1/4 softcap 30 causal window 9
// CHECK-NOT: scf.forall
// CHECK: tensor.collapse_shape %[[CONTEXT]]
func.func @fused(%x: tensor<?x?x64xbf16>, %q: tensor<64x2x2x32xbf16>, %k: tensor<64x2x32xbf16>,
    %v: tensor<64x2x16xbf16>, %o: tensor<2x2x16x64xbf16>) -> tensor<?x?x64xbf16> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/4 softcap 30 alibi [0.5, 0.25, 0.125, 0.0625] causal window 9
    : (tensor<?x?x64xbf16>, tensor<64x2x2x32xbf16>, tensor<64x2x32xbf16>, tensor<64x2x16xbf16>, tensor<2x2x16x64xbf16>)
    -> tensor<?x?x64xbf16>
  return %y : tensor<?x?x64xbf16>
}

// -----

// Tensor cores do not multiply f32 as it is.
// CHECK-LABEL: func.func @wide
// CHECK-NOT: grow.fused_attention
// CHECK: scf.forall
func.func @wide(%x: tensor<?x?x64xf32>, %q: tensor<64x2x1x32xf32>, %k: tensor<64x2x32xf32>,
    %v: tensor<64x2x32xf32>, %o: tensor<2x1x32x64xf32>) -> tensor<?x?x64xf32> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/4
    : (tensor<?x?x64xf32>, tensor<64x2x1x32xf32>, tensor<64x2x32xf32>, tensor<64x2x32xf32>, tensor<2x1x32x64xf32>)
    -> tensor<?x?x64xf32>
  return %y : tensor<?x?x64xf32>
}

// -----

// A width that is no multiple of 16: blocks, as without the option.
// CHECK-LABEL: func.func @odd
// CHECK-NOT: grow.fused_attention
// CHECK: scf.forall
func.func @odd(%x: tensor<?x?x64xf16>, %q: tensor<64x2x1x32xf16>, %k: tensor<64x2x32xf16>,
    %v: tensor<64x2x24xf16>, %o: tensor<2x1x24x64xf16>) -> tensor<?x?x64xf16> {
  %y = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/4
    : (tensor<?x?x64xf16>, tensor<64x2x1x32xf16>, tensor<64x2x32xf16>, tensor<64x2x24xf16>, tensor<2x1x24x64xf16>)
    -> tensor<?x?x64xf16>
  return %y : tensor<?x?x64xf16>
}
