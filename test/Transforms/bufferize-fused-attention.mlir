// The op writes into the buffer of its init, and no operand is copied.
// RUN: grow-opt %s --one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   | FileCheck %s

// CHECK-LABEL: func.func @attention
// CHECK-SAME: %[[Q:.*]]: memref<?x?x2x3x16xbf16>, %[[K:.*]]: memref<?x?x2x16xbf16>, %[[V:.*]]: memref<?x?x2x32xbf16>, %[[SLOPES:.*]]: memref<2x3xf32>
// CHECK-NOT: memref.copy
// CHECK: %[[INIT:.*]] = memref.alloc
// CHECK-NEXT: grow.fused_attention ins(%[[Q]], %[[K]], %[[V]] slopes %[[SLOPES]] : memref<?x?x2x3x16xbf16>, memref<?x?x2x16xbf16>, memref<?x?x2x32xbf16>, memref<2x3xf32>)
// CHECK-SAME: outs(%[[INIT]] : memref<?x?x2x3x32xbf16>) scale 1/4 softcap 30 causal window 5{{$}}
// CHECK-NEXT: return %[[INIT]]
func.func @attention(%q: tensor<?x?x2x3x16xbf16>, %k: tensor<?x?x2x16xbf16>, %v: tensor<?x?x2x32xbf16>,
    %slopes: tensor<2x3xf32>) -> tensor<?x?x2x3x32xbf16> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %batch = tensor.dim %q, %c0 : tensor<?x?x2x3x16xbf16>
  %length = tensor.dim %q, %c1 : tensor<?x?x2x3x16xbf16>
  %init = tensor.empty(%batch, %length) : tensor<?x?x2x3x32xbf16>
  %0 = grow.fused_attention ins(%q, %k, %v slopes %slopes : tensor<?x?x2x3x16xbf16>, tensor<?x?x2x16xbf16>,
      tensor<?x?x2x32xbf16>, tensor<2x3xf32>) outs(%init : tensor<?x?x2x3x32xbf16>) scale 1/4 softcap 30 causal window 5
      -> tensor<?x?x2x3x32xbf16>
  return %0 : tensor<?x?x2x3x32xbf16>
}

// What is written to later is copied first, and an init that others read is, too: to
// where the result goes.
// CHECK-LABEL: func.func @reused
// CHECK-SAME: %[[Q:.*]]: memref<1x8x1x1x16xf16>, %[[K:.*]]: memref<1x8x1x16xf16>
// CHECK: %[[INIT:.*]] = memref.alloc
// CHECK-NOT: memref.copy
// CHECK: grow.fused_attention ins(%[[Q]], %[[K]], %[[K]] : {{.*}} outs(%[[INIT]] :
// CHECK: return %[[INIT]], %[[Q]]
func.func @reused(%q: tensor<1x8x1x1x16xf16>, %k: tensor<1x8x1x16xf16>) -> (tensor<1x8x1x1x16xf16>, tensor<1x8x1x1x16xf16>) {
  %0 = grow.fused_attention ins(%q, %k, %k : tensor<1x8x1x1x16xf16>, tensor<1x8x1x16xf16>, tensor<1x8x1x16xf16>)
      outs(%q : tensor<1x8x1x1x16xf16>) scale 1 -> tensor<1x8x1x1x16xf16>
  return %0, %q : tensor<1x8x1x1x16xf16>, tensor<1x8x1x1x16xf16>
}
