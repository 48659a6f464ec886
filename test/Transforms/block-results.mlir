// RUN: grow-opt %s --grow-block-results=bytes=64 --canonicalize --cse --split-input-file | FileCheck %s

// Rows of the inserted tensor that lie in the block: none, some or all of them.
// CHECK-LABEL: func.func @append_rows(
// CHECK-SAME: %[[OLD:.*]]: tensor<8x4xf32>, %[[BEGIN:.*]]: index, %[[COUNT:.*]]: index) -> tensor<?x4xf32>
// CHECK-DAG: %[[C0:.*]] = arith.constant 0 : index
// CHECK-DAG: %[[C8:.*]] = arith.constant 8 : index
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[COUNT]]) : tensor<?x4xf32>
// CHECK: %[[FROM:.*]] = arith.maxsi %[[BEGIN]], %[[C0]]
// CHECK: %[[LOW:.*]] = arith.minsi %[[FROM]], %[[C8]]
// CHECK: %[[END:.*]] = arith.addi %[[BEGIN]], %[[COUNT]]
// CHECK: %[[SIZE:.*]] = arith.subi %{{.*}}, %[[LOW]]
// CHECK: tensor.extract_slice %[[OLD]][%[[LOW]], 0] [%[[SIZE]], 4]
// CHECK: %[[KEPT:.*]] = tensor.insert_slice %{{.*}} into %[[EMPTY]][%{{.*}}, 0] [%[[SIZE]], 4]
// CHECK: linalg.fill
// CHECK: %[[ALL:.*]] = tensor.insert_slice %{{.*}} into %[[KEPT]]
// CHECK: return %[[ALL]]
func.func @append_rows(%old: tensor<8x4xf32>) -> tensor<12x4xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<12x4xf32>
  %kept = tensor.insert_slice %old into %empty[0, 0] [8, 4] [1, 1] : tensor<8x4xf32> into tensor<12x4xf32>
  %new_empty = tensor.empty() : tensor<4x4xf32>
  %new = linalg.fill ins(%zero : f32) outs(%new_empty : tensor<4x4xf32>) -> tensor<4x4xf32>
  %all = tensor.insert_slice %new into %kept[8, 0] [4, 4] [1, 1] : tensor<4x4xf32> into tensor<12x4xf32>
  return %all : tensor<12x4xf32>
}

// -----

// Coordinates count from the tensor's first row, not the block's.
// CHECK: #[[SUM:.*]] = affine_map<()[s0, s1] -> (s0 + s1)>
// CHECK-LABEL: func.func @coordinates(
// CHECK-SAME: %[[BEGIN:.*]]: index, %[[COUNT:.*]]: index) -> tensor<?xi64>
// CHECK: linalg.generic
// CHECK: %[[I:.*]] = linalg.index 0
// CHECK: affine.apply #[[SUM]]()[%[[I]], %[[BEGIN]]]
func.func @coordinates() -> tensor<64xi64> {
  %empty = tensor.empty() : tensor<64xi64>
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>], iterator_types = ["parallel"]} outs(%empty : tensor<64xi64>) {
  ^bb0(%out: i64):
    %i = linalg.index 0 : index
    %n = arith.index_cast %i : index to i64
    linalg.yield %n : i64
  } -> tensor<64xi64>
  return %0 : tensor<64xi64>
}

// -----

// A row that is collapsed stays a row.
// CHECK-LABEL: func.func @collapse_row(
// CHECK-SAME: -> tensor<?x4xf32>
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2]] : tensor<?x2x2xf32> into tensor<?x4xf32>
func.func @collapse_row(%a: tensor<8x2x2xf32>) -> tensor<8x4xf32> {
  %0 = tensor.collapse_shape %a [[0], [1, 2]] : tensor<8x2x2xf32> into tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----

// Rows made of several rows: left alone.
// CHECK-LABEL: func.func @negative_collapse_rows(
// CHECK-SAME: %{{[a-z0-9]*}}: tensor<4x2x4xf32>) -> tensor<8x4xf32>
func.func @negative_collapse_rows(%a: tensor<4x2x4xf32>) -> tensor<8x4xf32> {
  %0 = tensor.collapse_shape %a [[0, 1], [2]] : tensor<4x2x4xf32> into tensor<8x4xf32>
  return %0 : tensor<8x4xf32>
}

// -----

// Each entry depends on all rows, so blocks would sum again and again.
// CHECK-LABEL: func.func @negative_reduction(
// CHECK-SAME: %{{[a-z0-9]*}}: tensor<4x32xf32>) -> tensor<32xf32>
func.func @negative_reduction(%a: tensor<4x32xf32>) -> tensor<32xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<32xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<32xf32>) -> tensor<32xf32>
  %0 = linalg.reduce { arith.addf } ins(%a : tensor<4x32xf32>) outs(%init : tensor<32xf32>) dimensions = [0]
  return %0 : tensor<32xf32>
}

// -----

// CHECK-LABEL: func.func @negative_small(
// CHECK-SAME: %{{[a-z0-9]*}}: tensor<4x4xf32>) -> tensor<4x4xf32>
func.func @negative_small(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
  return %a : tensor<4x4xf32>
}
