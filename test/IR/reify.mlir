// Batch and sequence of every model op are those of its first operand.
// RUN: grow-opt %s --resolve-ranked-shaped-type-result-dims --canonicalize --cse | FileCheck %s

// CHECK-LABEL: func.func @forward_dims(
// CHECK-SAME: %[[IDS:.*]]: tensor<?x?xi64>
func.func @forward_dims(%ids: tensor<?x?xi64>, %table: tensor<13x8xf32>, %gain: tensor<8xf32>,
    %up: tensor<8x12xf32>, %down: tensor<12x8xf32>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<13x8xf32>
  %y = grow.layer "h.0" (%z = %x : tensor<?x?x8xf32>) {
    grow.yield %z : tensor<?x?x8xf32>
  }
  %n = grow.rms_norm %y gain(%gain) epsilon 0 count 8 : tensor<?x?x8xf32>
  %m = grow.mlp %n up(%up) down(%down) activation relu
    : (tensor<?x?x8xf32>, tensor<8x12xf32>, tensor<12x8xf32>) -> tensor<?x?x8xf32>
  %logits = grow.unembedding %m, %table : tensor<?x?x8xf32>, tensor<13x8xf32>
  %batch = tensor.dim %logits, %c0 : tensor<?x?x13xf32>
  %sequence = tensor.dim %logits, %c1 : tensor<?x?x13xf32>
  %vocabulary = tensor.dim %logits, %c2 : tensor<?x?x13xf32>
  // CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
  // CHECK-DAG: %[[C1:.*]] = arith.constant 1 : index
  // CHECK-DAG: %[[C13:.*]] = arith.constant 13 : index
  // CHECK-DAG: %[[BATCH:.*]] = tensor.dim %[[IDS]], %[[C0]]
  // CHECK-DAG: %[[SEQUENCE:.*]] = tensor.dim %[[IDS]], %[[C1]]
  // CHECK: return %[[BATCH]], %[[SEQUENCE]], %[[C13]]
  return %batch, %sequence, %vocabulary : index, index, index
}
