// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-cpu-lower-copies,grow-cpu-lower-reshapes,canonicalize))' \
// RUN: | FileCheck %s

// A strided copy is a loop nest, a contiguous one a memcpy.
// CHECK-LABEL: @copies
// CHECK: linalg.copy
// CHECK: memref.copy
func.func @copies(%strided: memref<4x4xf32, strided<[8, 1]>>, %x: memref<4x4xf32>, %y: memref<4x4xf32>) {
  memref.copy %strided, %x : memref<4x4xf32, strided<[8, 1]>> to memref<4x4xf32>
  memref.copy %x, %y : memref<4x4xf32> to memref<4x4xf32>
  return
}

// CHECK-LABEL: @two_dynamic_sizes
// CHECK-SAME: %[[B:[^ ]*]]: index, %[[S:[^ ]*]]: index
// CHECK: %[[STRIDE:[^ ]*]] = arith.muli
// CHECK: memref.reinterpret_cast {{.*}} sizes: [%[[B]], %[[S]], 8], strides: [%[[STRIDE]], 8, 1]
func.func @two_dynamic_sizes(%x: memref<?xf32>, %b: index, %s: index) -> memref<?x?x8xf32> {
  %result = memref.expand_shape %x [[0, 1, 2]] output_shape [%b, %s, 8] : memref<?xf32> into memref<?x?x8xf32>
  return %result : memref<?x?x8xf32>
}

// Upstream knows what to do with one.
// CHECK-LABEL: @negative_one_dynamic_size
// CHECK: memref.expand_shape
func.func @negative_one_dynamic_size(%x: memref<?xf32>, %b: index) -> memref<?x8xf32> {
  %result = memref.expand_shape %x [[0, 1]] output_shape [%b, 8] : memref<?xf32> into memref<?x8xf32>
  return %result : memref<?x8xf32>
}
