// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-lower-reductions{interleave=2},canonicalize,cse))' \
// RUN: | FileCheck %s

// Two rows advance together, each in its own order; a last odd row goes alone.
// CHECK-LABEL: @row_sums
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: scf.for %[[K:[^ ]*]] = {{.*}} iter_args(%[[A:.*]] = %{{.*}}, %[[B:.*]] = %{{.*}})
// CHECK-NEXT: %[[X:.*]] = memref.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK-NEXT: arith.addf %[[A]], %[[X]]
// CHECK-NEXT: %[[Y:.*]] = memref.load %{{.*}}[%{{.*}}, %[[K]]]
// CHECK-NEXT: arith.addf %[[B]], %[[Y]]
// CHECK: else
// CHECK: scf.for
// CHECK: scf.for {{.*}} iter_args(%{{[^,]*}})
func.func @row_sums(%x: memref<?x?xf32>, %sums: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, k) -> (i, k)>, affine_map<(i, k) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x?xf32>) outs(%sums : memref<?xf32>) {
    ^bb0(%v: f32, %sum: f32):
      %next = arith.addf %sum, %v : f32
      linalg.yield %next : f32
  }
  return
}

// Without parallel loops there is one element; the body may use indices.
// CHECK-LABEL: @weighted_sum
// CHECK-NOT: scf.parallel
// CHECK: scf.for %[[K:[^ ]*]] =
// CHECK: arith.index_cast %[[K]]
// CHECK-NOT: linalg
func.func @weighted_sum(%x: memref<?xi64>, %sum: memref<i64>) {
  linalg.generic {indexing_maps = [affine_map<(k) -> (k)>, affine_map<(k) -> ()>], iterator_types = ["reduction"]}
      ins(%x : memref<?xi64>) outs(%sum : memref<i64>) {
    ^bb0(%v: i64, %acc: i64):
      %k = linalg.index 0 : index
      %weight = arith.index_cast %k : index to i64
      %product = arith.muli %v, %weight : i64
      %next = arith.addi %acc, %product : i64
      linalg.yield %next : i64
  }
  return
}
