// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-pin-arithmetic))' \
// RUN: | FileCheck %s

// The step of a reduction is rounded once, in whichever order its terms stand.
// CHECK-LABEL: @contraction
// CHECK: ^bb0(%[[X:.*]]: f32, %[[W:.*]]: f32, %[[ACC:.*]]: f32):
// CHECK-NEXT: %[[STEP:.*]] = math.fma %[[W]], %[[X]], %[[ACC]]
// CHECK-NEXT: linalg.yield %[[STEP]]
func.func @contraction(%x: tensor<?x?xf32>, %w: tensor<?x?xf32>, %init: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %result = linalg.generic {
      indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<?x?xf32>, tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) {
    ^bb0(%a: f32, %b: f32, %sum: f32):
      %product = arith.mulf %b, %a : f32
      %next = arith.addf %product, %sum : f32
      linalg.yield %next : f32
  } -> tensor<?x?xf32>
  return %result : tensor<?x?xf32>
}

// Elementwise arithmetic stays as written, but for flags that allow LLVM to change it.
// CHECK-LABEL: @elementwise
// CHECK: arith.mulf %{{.*}}, %{{.*}} : f32
// CHECK: arith.addf %{{.*}}, %{{.*}} : f32
func.func @elementwise(%x: tensor<?xf32>, %w: tensor<?xf32>) -> tensor<?xf32> {
  %result = linalg.generic {
      indexing_maps = [affine_map<(m) -> (m)>, affine_map<(m) -> (m)>],
      iterator_types = ["parallel"]}
      ins(%x : tensor<?xf32>) outs(%w : tensor<?xf32>) {
    ^bb0(%a: f32, %b: f32):
      %product = arith.mulf %a, %a fastmath<fast> : f32
      %next = arith.addf %product, %b fastmath<contract> : f32
      linalg.yield %next : f32
  } -> tensor<?xf32>
  return %result : tensor<?xf32>
}

// A product that something else needs, too, is rounded for it, so it stays; and a
// reduction of integers is exact as it is.
// CHECK-LABEL: @negative_shared_product
// CHECK-NOT: math.fma
func.func @negative_shared_product(%x: tensor<?xf32>, %sum: tensor<f32>, %max: tensor<f32>) -> (tensor<f32>, tensor<f32>) {
  %result:2 = linalg.generic {
      indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>, affine_map<(k) -> ()>],
      iterator_types = ["reduction"]}
      ins(%x : tensor<?xf32>) outs(%sum, %max : tensor<f32>, tensor<f32>) {
    ^bb0(%a: f32, %s: f32, %m: f32):
      %square = arith.mulf %a, %a : f32
      %next = arith.addf %s, %square : f32
      %larger = arith.maximumf %m, %square : f32
      linalg.yield %next, %larger : f32, f32
  } -> (tensor<f32>, tensor<f32>)
  return %result#0, %result#1 : tensor<f32>, tensor<f32>
}
