// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-parallelize-elementwise{grain=1024},canonicalize))' \
// RUN: | FileCheck %s

#id = affine_map<(i, j) -> (i, j)>

// Four rows of 256 elements are a grain.
// CHECK-LABEL: @rows
// CHECK: %[[STEP:[^ ]*]] = arith.constant 4 : index
// CHECK: scf.parallel (%{{.*}}) = {{.*}} step (%[[STEP]])
// CHECK: linalg.generic
func.func @rows(%x: memref<?x256xf32>, %y: memref<?x256xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<?x256xf32>) outs(%y : memref<?x256xf32>) {
    ^bb0(%v: f32, %o: f32):
      %n = arith.negf %v : f32
      linalg.yield %n : f32
  }
  return
}

// CHECK-LABEL: @negative_small
// CHECK-NOT: scf.parallel
func.func @negative_small(%x: memref<2x256xf32>, %y: memref<2x256xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<2x256xf32>) outs(%y : memref<2x256xf32>) {
    ^bb0(%v: f32, %o: f32):
      %n = arith.negf %v : f32
      linalg.yield %n : f32
  }
  return
}
