// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-fuse-elementwise))' \
// RUN: | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>
#row = affine_map<(i, j) -> (i)>

// One walk over memory instead of two.
// CHECK-LABEL: @same_elements
// CHECK: linalg.generic
// CHECK: math.exp
// CHECK-NEXT: arith.negf
// CHECK-NOT: linalg.generic
func.func @same_elements(%x: tensor<?x?xf32>, %empty: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%empty : tensor<?x?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %e = math.exp %v : f32
      linalg.yield %e : f32
  } -> tensor<?x?xf32>
  %b = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<?x?xf32>) outs(%empty : tensor<?x?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %n = arith.negf %v : f32
      linalg.yield %n : f32
  } -> tensor<?x?xf32>
  return %b : tensor<?x?xf32>
}

// Fused, the root of each row would be taken once per element.
// CHECK-LABEL: @negative_broadcast
// CHECK: math.sqrt
// CHECK: linalg.generic
// CHECK: arith.mulf
func.func @negative_broadcast(%x: tensor<?x?xf32>, %norm: tensor<?xf32>, %rows: tensor<?xf32>) -> tensor<?x?xf32> {
  %a = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%norm : tensor<?xf32>) outs(%rows : tensor<?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %r = math.sqrt %v : f32
      linalg.yield %r : f32
  } -> tensor<?xf32>
  %b = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a : tensor<?xf32>) outs(%x : tensor<?x?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %n = arith.mulf %v, %o : f32
      linalg.yield %n : f32
  } -> tensor<?x?xf32>
  return %b : tensor<?x?xf32>
}

// A reduction keeps the body by which it is known.
// CHECK-LABEL: @negative_reduction
// CHECK: arith.negf
// CHECK: linalg.generic
// CHECK: arith.addf
func.func @negative_reduction(%x: tensor<?x?xf32>, %empty: tensor<?x?xf32>, %rows: tensor<?xf32>) -> tensor<?xf32> {
  %a = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<?x?xf32>) outs(%empty : tensor<?x?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %n = arith.negf %v : f32
      linalg.yield %n : f32
  } -> tensor<?x?xf32>
  %b = linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%a : tensor<?x?xf32>) outs(%rows : tensor<?xf32>) {
    ^bb0(%v: f32, %o: f32):
      %s = arith.addf %v, %o : f32
      linalg.yield %s : f32
  } -> tensor<?xf32>
  return %b : tensor<?xf32>
}
