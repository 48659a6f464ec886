// RUN: grow-opt %s --pass-pipeline='builtin.module(func.func(grow-gpu-flatten-buffers,canonicalize,cse))' --split-input-file | FileCheck %s

// A slice outside of the launch is an offset that the host computes; rows are as
// far apart as in the buffer behind it.
// CHECK-LABEL: @slice
// CHECK-SAME: %[[X:.*]]: memref<?x8xf32>, %[[Y:.*]]: memref<4xf32>, %[[ROW:.*]]: index
// CHECK-DAG: %[[OFFSET:.*]] = arith.muli %[[ROW]], %c8
// CHECK-DAG: %[[FLAT:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [%{{.*}}], strides: [1] : memref<?x8xf32> to memref<?xf32>
// CHECK: gpu.launch
// CHECK-SAME: threads(%[[T:.*]], %{{.*}}, %{{.*}}) in
// CHECK: %[[IN_ROW:.*]] = arith.muli %[[T]], %c8
// CHECK: %[[INDEX:.*]] = arith.addi
// CHECK: memref.load %[[FLAT]][
// CHECK: memref.store %{{.*}}, %[[Y]][%[[T]]] : memref<4xf32>
func.func @slice(%x: memref<?x8xf32>, %y: memref<4xf32>, %row: index) {
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c4 = arith.constant 4 : index
  %part = memref.subview %x[%row, 0] [4, 8] [1, 1]
    : memref<?x8xf32> to memref<4x8xf32, strided<[8, 1], offset: ?>>
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %0 = memref.load %part[%tx, %c2] : memref<4x8xf32, strided<[8, 1], offset: ?>>
    memref.store %0, %y[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}

// -----

// Reshapes and slices of one entry along an axis cost nothing.
// CHECK-LABEL: @reshape
// CHECK: gpu.launch
// CHECK-SAME: threads(%[[T:.*]], %{{.*}}, %{{.*}}) in
// CHECK: %[[INDEX:.*]] = arith.addi %[[T]], %c16
// CHECK: memref.load %{{.*}}[%[[INDEX]]] : memref<32xf32>
func.func @reshape(%x: memref<4x8xf32>, %y: memref<8xf32>) {
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c4, %sy = %c1, %sz = %c1) {
    %0 = memref.expand_shape %x [[0, 1], [2]] output_shape [2, 2, 8]
      : memref<4x8xf32> into memref<2x2x8xf32>
    %1 = memref.subview %0[1, 0, 0] [1, 2, 8] [1, 1, 1]
      : memref<2x2x8xf32> to memref<2x8xf32, strided<[8, 1], offset: 16>>
    %2 = memref.collapse_shape %1 [[0, 1]]
      : memref<2x8xf32, strided<[8, 1], offset: 16>> into memref<16xf32, strided<[1], offset: 16>>
    %3 = memref.load %2[%tx] : memref<16xf32, strided<[1], offset: 16>>
    memref.store %3, %y[%tx] : memref<8xf32>
    gpu.terminator
  }
  return
}

// -----

// A number gets axes of one entry.
// CHECK-LABEL: @expand_scalar
// CHECK-SAME: %[[X:.*]]: memref<f32>
// CHECK: %[[FLAT:.*]] = memref.reinterpret_cast %[[X]] to offset: [0], sizes: [1], strides: [1] : memref<f32> to memref<1xf32>
// CHECK: gpu.launch
// CHECK: memref.load %[[FLAT]]
func.func @expand_scalar(%x: memref<f32>, %y: memref<4xf32>) {
  %c1 = arith.constant 1 : index
  gpu.launch blocks(%bx, %by, %bz) in (%gx = %c1, %gy = %c1, %gz = %c1)
             threads(%tx, %ty, %tz) in (%sx = %c1, %sy = %c1, %sz = %c1) {
    %0 = memref.expand_shape %x [] output_shape [1, 1] : memref<f32> into memref<1x1xf32>
    %1 = memref.load %0[%tx, %ty] : memref<1x1xf32>
    memref.store %1, %y[%tx] : memref<4xf32>
    gpu.terminator
  }
  return
}
