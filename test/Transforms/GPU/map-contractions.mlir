// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-map-blocks{threads=64},canonicalize,cse))' --split-input-file | FileCheck %s

// A contraction: 4 rows of 4 columns for each of 4 x 16 threads, from strips of
// 16 steps that all of them copy.
// CHECK-LABEL: @contraction
// CHECK: gpu.launch
// CHECK-NOT: scf.if
// CHECK: %[[TILE:.*]]:16 = scf.for %{{.*}} = %c0{{.*}} to %c48{{.*}} step %c16{{.*}} iter_args
// CHECK: gpu.barrier
// CHECK: scf.for
// CHECK: memref.load %arg0
// CHECK: scf.for
// CHECK: memref.load %arg1
// CHECK: gpu.barrier
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c16{{.*}} step %c1{{.*}} iter_args
// CHECK-COUNT-16: math.fma
// CHECK: memref.store %[[TILE]]#0, %arg2
func.func @contraction(%x: memref<16x48xf32>, %y: memref<48x64xf32>, %z: memref<16x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>,
                                   affine_map<(i, j, k) -> (i, j)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<16x48xf32>, memref<48x64xf32>) outs(%z : memref<16x64xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %0 = math.fma %a, %b, %c : f32
      linalg.yield %0 : f32
  }
  return
}

// -----

// With few rows, a column for each thread, and both operands in place.
// CHECK-LABEL: @few_rows
// CHECK: gpu.launch
// CHECK-NOT: workgroup(
// CHECK: scf.for %{{.*}} = %c0{{.*}} to %c48{{.*}} step %c1{{.*}} iter_args
// CHECK-COUNT-2: memref.load %arg0
// CHECK: memref.load %arg1
// CHECK-COUNT-2: math.fma
func.func @few_rows(%x: memref<2x48xf32>, %y: memref<48x64xf32>, %z: memref<2x64xf32>) {
  linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>,
                                   affine_map<(i, j, k) -> (i, j)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : memref<2x48xf32>, memref<48x64xf32>) outs(%z : memref<2x64xf32>) {
    ^bb0(%a: f32, %b: f32, %c: f32):
      %0 = math.fma %a, %b, %c : f32
      linalg.yield %0 : f32
  }
  return
}
