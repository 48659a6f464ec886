// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-round-operands))' | FileCheck %s

#x = affine_map<(m, n, k) -> (m, k)>
#w = affine_map<(m, n, k) -> (k, n)>
#y = affine_map<(m, n, k) -> (m, n)>

// CHECK-LABEL: @rounded
// CHECK-SAME: %[[X:.*]]: tensor<?x8xf32>, %[[W:.*]]: tensor<8x4xbf16>
// CHECK: %[[EMPTY:.*]] = tensor.empty(%{{.*}}) : tensor<?x8xbf16>
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%[[X]] : tensor<?x8xf32>) outs(%[[EMPTY]]
// CHECK: arith.truncf %{{.*}} : f32 to bf16
// CHECK: linalg.generic {{.*}} ins(%[[ROUNDED]], %[[W]] : tensor<?x8xbf16>, tensor<8x4xbf16>)
// CHECK: ^bb0(%[[A:.*]]: bf16, %[[B:.*]]: bf16, %[[SUM:.*]]: f32):
// CHECK: %[[WIDE_A:.*]] = arith.extf %[[A]]
// CHECK: %[[WIDE_B:.*]] = arith.extf %[[B]]
// CHECK: %[[PRODUCT:.*]] = arith.mulf %[[WIDE_A]], %[[WIDE_B]]
// CHECK: arith.addf %[[SUM]], %[[PRODUCT]]
func.func @rounded(%x: tensor<?x8xf32>, %w: tensor<8x4xbf16>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %0 = linalg.generic {indexing_maps = [#x, #w, #y], iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x8xf32>, tensor<8x4xbf16>) outs(%y : tensor<?x4xf32>) {
    ^bb0(%a: f32, %b: bf16, %sum: f32):
      %1 = arith.extf %b : bf16 to f32
      %2 = arith.mulf %a, %1 : f32
      %3 = arith.addf %sum, %2 : f32
      linalg.yield %3 : f32
  } -> tensor<?x4xf32>
  return %0 : tensor<?x4xf32>
}

// A named op loses its name.
// CHECK-LABEL: @named
// CHECK: %[[ROUNDED:.*]] = linalg.generic {{.*}} ins(%{{.*}} : tensor<4x8xf32>)
// CHECK: arith.truncf %{{.*}} : f32 to f16
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[ROUNDED]] : tensor<3x8xf16>, tensor<4x8xf16>)
func.func @named(%x: tensor<3x8xf16>, %w: tensor<4x8xf32>, %y: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = linalg.contract indexing_maps = [#x, affine_map<(m, n, k) -> (n, k)>, #y]
      ins(%x, %w : tensor<3x8xf16>, tensor<4x8xf32>) outs(%y : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// Elementwise products are no contractions.
// CHECK-LABEL: @scaled
// CHECK-NOT: truncf
func.func @scaled(%x: tensor<8xf32>, %w: tensor<8xbf16>) -> tensor<8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>, affine_map<(i) -> (i)>],
                       iterator_types = ["parallel"]}
      ins(%x, %w : tensor<8xf32>, tensor<8xbf16>) outs(%x : tensor<8xf32>) {
    ^bb0(%a: f32, %b: bf16, %c: f32):
      %1 = arith.extf %b : bf16 to f32
      %2 = arith.mulf %a, %1 : f32
      linalg.yield %2 : f32
  } -> tensor<8xf32>
  return %0 : tensor<8xf32>
}

// A number is not a tensor that could be rounded.
// CHECK-LABEL: @number
// CHECK-NOT: truncf
func.func @number(%x: f32, %w: tensor<8xbf16>, %y: tensor<f32>) -> tensor<f32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(k) -> ()>, affine_map<(k) -> (k)>, affine_map<(k) -> ()>],
                       iterator_types = ["reduction"]}
      ins(%x, %w : f32, tensor<8xbf16>) outs(%y : tensor<f32>) {
    ^bb0(%a: f32, %b: bf16, %sum: f32):
      %1 = arith.extf %b : bf16 to f32
      %2 = arith.mulf %a, %1 : f32
      %3 = arith.addf %sum, %2 : f32
      linalg.yield %3 : f32
  } -> tensor<f32>
  return %0 : tensor<f32>
}
