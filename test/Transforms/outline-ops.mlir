// RUN: grow-opt %s --split-input-file --grow-outline-ops | FileCheck %s

// Ops of @forward and of what it calls are numbered and stand between marks.
// What is made of parameters moves into the op that reads it; a value that
// several ops read is an argument of each.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[IDS:.*]]: tensor<?x?xi64>, %[[T:.*]]: tensor<8x11xf32>
// CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-NEXT: call @grow_begin_op(%[[ZERO]]) : (i64) -> ()
// CHECK-NEXT: %[[X:.*]] = call @embedding(%[[IDS]], %[[T]])
// CHECK-NEXT: call @grow_end_op(%[[ZERO]]) : (i64) -> ()
// CHECK-NEXT: %[[Y:.*]] = call @layer(%[[X]])
// CHECK-NEXT: %[[Z:.*]] = call @layer(%[[Y]])
// CHECK-NEXT: arith.constant 1 : i64
// CHECK-NEXT: call @grow_begin_op
// CHECK-NEXT: %[[L:.*]] = call @unembedding(%[[Z]], %[[T]])
// CHECK-NEXT: call @grow_end_op
// CHECK-NEXT: return %[[L]]
// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>)
// CHECK: %[[S:.*]] = call @scale(%[[X]])
// CHECK: %[[A:.*]] = call @addf(%[[X]], %[[S]])
// CHECK: return %[[A]]
// CHECK-DAG: func.func private @grow_begin_op(i64)
// CHECK-DAG: func.func private @grow_end_op(i64)
// CHECK-LABEL: func.func private @embedding(
// CHECK-SAME: %[[I:.*]]: tensor<?x?xi64>, %[[T:.*]]: tensor<8x11xf32>)
// CHECK-SAME: attributes {grow.timed = 0 : i64}
// CHECK: %[[W:.*]] = linalg.transpose ins(%[[T]]
// CHECK-NEXT: %[[E:.*]] = grow.embedding %[[I]], %[[W]]
// CHECK-NEXT: return %[[E]]
// CHECK-LABEL: func.func private @unembedding(
// CHECK: linalg.transpose
// CHECK-LABEL: func.func private @scale(
// CHECK-SAME: attributes {grow.timed = 2 : i64}
// CHECK-LABEL: func.func private @addf(
// CHECK-SAME: attributes {grow.timed = 3 : i64}
// CHECK-NOT: func.func
func.func @forward(%ids: tensor<?x?xi64>, %t: tensor<8x11xf32> {grow.stored = "w"}) -> tensor<?x?x11xf32> {
  %empty = tensor.empty() : tensor<11x8xf32>
  %w = linalg.transpose ins(%t : tensor<8x11xf32>) outs(%empty : tensor<11x8xf32>) permutation = [1, 0]
  %0 = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<11x8xf32>
  %1 = call @layer(%0) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %2 = call @layer(%1) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %3 = grow.unembedding %2, %w : tensor<?x?x8xf32>, tensor<11x8xf32>
  return %3 : tensor<?x?x11xf32>
}
func.func private @layer(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.scale %x by 2 : tensor<?x?x8xf32>
  %1 = arith.addf %x, %0 : tensor<?x?x8xf32>
  return %1 : tensor<?x?x8xf32>
}

// -----

// A value's size is no op, and functions that @forward does not call are left
// alone.
// CHECK-LABEL: func.func @forward(
// CHECK-NOT: tensor.dim
// CHECK: call @generate(%arg0)
// CHECK-LABEL: func.func @other(
// CHECK-NEXT: grow.scale
// CHECK-LABEL: func.func private @generate(
// CHECK: tensor.dim %arg0
// CHECK: tensor.generate
func.func @forward(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %size = tensor.dim %x, %c0 : tensor<?x8xf32>
  %0 = tensor.generate %size {
  ^bb0(%i: index, %j: index):
    %entry = tensor.extract %x[%i, %j] : tensor<?x8xf32>
    tensor.yield %entry : f32
  } : tensor<?x8xf32>
  %1 = grow.scale %0 by 3 : tensor<?x8xf32>
  return %1 : tensor<?x8xf32>
}
func.func @other(%x: tensor<8xf32>) -> tensor<8xf32> {
  %0 = grow.scale %x by 2 : tensor<8xf32>
  return %0 : tensor<8xf32>
}
