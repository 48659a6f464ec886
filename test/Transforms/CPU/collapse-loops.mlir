// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-collapse-loops))' \
// RUN: | FileCheck %s

// Batch and sequence are one loop of rows, groups and widths one of columns.
// CHECK-LABEL: @projection
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME: tensor<?x8xf32>, tensor<8x12xf32>
func.func @projection(%x: tensor<?x?x8xf32>, %w: tensor<8x3x4xf32>, %init: tensor<?x?x3x4xf32>) -> tensor<?x?x3x4xf32> {
  %result = linalg.generic {
      indexing_maps = [affine_map<(b, s, g, k, h) -> (b, s, h)>, affine_map<(b, s, g, k, h) -> (h, g, k)>, affine_map<(b, s, g, k, h) -> (b, s, g, k)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x?x8xf32>, tensor<8x3x4xf32>) outs(%init : tensor<?x?x3x4xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  } -> tensor<?x?x3x4xf32>
  return %result : tensor<?x?x3x4xf32>
}

// Several reduction loops run in lexicographic order, as one.
// CHECK-LABEL: @output_projection
// CHECK: linalg.generic
// CHECK-SAME: iterator_types = ["parallel", "parallel", "reduction"]
// CHECK-SAME: tensor<?x12xf32>, tensor<12x8xf32>
func.func @output_projection(%x: tensor<?x3x4xf32>, %w: tensor<3x4x8xf32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %result = linalg.generic {
      indexing_maps = [affine_map<(s, h, g, v) -> (s, g, v)>, affine_map<(s, h, g, v) -> (g, v, h)>, affine_map<(s, h, g, v) -> (s, h)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<?x3x4xf32>, tensor<3x4x8xf32>) outs(%init : tensor<?x8xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %next = math.fma %a, %b, %sum : f32
      linalg.yield %next : f32
  } -> tensor<?x8xf32>
  return %result : tensor<?x8xf32>
}

// The buffer of a slice is strided: reshaping it would copy it.
// CHECK-LABEL: @negative_slice
// CHECK-NOT: tensor.collapse_shape
func.func @negative_slice(%x: tensor<4x8x8xf32>, %init: tensor<4x8x4xf32>) -> tensor<4x8x4xf32> {
  %slice = tensor.extract_slice %x[0, 0, 4] [4, 8, 4] [1, 1, 1] : tensor<4x8x8xf32> to tensor<4x8x4xf32>
  %result = linalg.generic {
      indexing_maps = [affine_map<(i, j, k) -> (i, j, k)>, affine_map<(i, j, k) -> (i, j, k)>],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%slice : tensor<4x8x4xf32>) outs(%init : tensor<4x8x4xf32>) {
    ^bb0(%a: f32, %b: f32):
      %next = arith.negf %a : f32
      linalg.yield %next : f32
  } -> tensor<4x8x4xf32>
  return %result : tensor<4x8x4xf32>
}

// What reads panels is left as it is.
// CHECK-LABEL: func.func @negative_panels
// CHECK: iterator_types = ["parallel", "parallel", "parallel", "reduction"]
func.func @negative_panels(%x: tensor<2x3x8xf32>, %w: tensor<2x8x16xf32>, %init: tensor<2x3x32xf32>) -> tensor<2x3x32xf32> {
  %sum = linalg.generic {
      indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>,
                       affine_map<(b, m, n, k) -> (n floordiv 16, k, n mod 16)>,
                       affine_map<(b, m, n, k) -> (b, m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<2x3x8xf32>, tensor<2x8x16xf32>) outs(%init : tensor<2x3x32xf32>) {
    ^bb0(%a: f32, %b: f32, %s: f32):
      %next = math.fma %a, %b, %s : f32
      linalg.yield %next : f32
  } -> tensor<2x3x32xf32>
  return %sum : tensor<2x3x32xf32>
}
