// RUN: grow-opt %s --grow-cpu-pass-pointers --split-input-file -verify-diagnostics | FileCheck %s

// The host passes slots: one for the result, then the arguments, of a buffer its
// address and its dynamic sizes.
// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[SLOTS:.*]]: !llvm.ptr) {
// CHECK: %[[X_SLOT:.*]] = llvm.getelementptr %[[SLOTS]][1]
// CHECK: llvm.load %[[X_SLOT]] invariant {{.*}} -> !llvm.ptr
// CHECK: %[[ROWS_SLOT:.*]] = llvm.getelementptr %[[SLOTS]][2]
// CHECK: llvm.load %[[ROWS_SLOT]] invariant {{.*}} -> i64
// CHECK: %[[W_SLOT:.*]] = llvm.getelementptr %[[SLOTS]][3]
// CHECK: llvm.load %[[W_SLOT]] invariant {{.*}} -> !llvm.ptr
// CHECK: %[[RESULT:.*]] = call @layer(%{{.*}}, %{{.*}}, %{{.*}}) : (!llvm.ptr, i64, !llvm.ptr) -> memref<?x8xf32>
// What is needed later is loaded later.
// CHECK: llvm.getelementptr %[[SLOTS]][4]
// CHECK: %[[AGAIN:.*]] = call @layer
// CHECK: %[[DESCRIPTOR:.*]] = builtin.unrealized_conversion_cast %[[AGAIN]]
// CHECK: llvm.store %[[DESCRIPTOR]], %{{.*}} : !llvm.struct<(ptr, ptr, i64, array<2 x i64>, array<2 x i64>)>, !llvm.ptr
// CHECK: return{{$}}
func.func @forward(%x: memref<?x8xf32>, %w: memref<8x8xf32>, %v: memref<8x8xf32>)
    -> memref<?x8xf32> attributes {llvm.emit_c_interface} {
  %y = call @layer(%x, %w) : (memref<?x8xf32>, memref<8x8xf32>) -> memref<?x8xf32>
  %z = call @layer(%y, %v) : (memref<?x8xf32>, memref<8x8xf32>) -> memref<?x8xf32>
  return %z : memref<?x8xf32>
}

// CHECK-LABEL: func.func private @layer(
// CHECK-SAME: %{{.*}}: !llvm.ptr, %{{.*}}: i64, %{{.*}}: !llvm.ptr) -> memref<?x8xf32>
func.func private @layer(%x: memref<?x8xf32>, %w: memref<8x8xf32>) -> memref<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x8xf32>
  %y = memref.alloc(%n) : memref<?x8xf32>
  %e = memref.load %w[%c0, %c0] : memref<8x8xf32>
  memref.store %e, %y[%c0, %c0] : memref<?x8xf32>
  return %y : memref<?x8xf32>
}

// -----

// Numbers are in their slots; a buffer that is not contiguous stays a buffer, and so
// does one that is freed, for which its address is not enough.
// CHECK-LABEL: func.func @numbers(
// CHECK-SAME: !llvm.ptr)
// CHECK: %[[INTEGER:.*]] = llvm.load %{{.*}} invariant {alignment = 8 : i64} : !llvm.ptr -> i64
// CHECK: arith.index_cast %[[INTEGER]] : i64 to index
// CHECK: llvm.load %{{.*}} invariant {alignment = 8 : i64} : !llvm.ptr -> f32
func.func @numbers(%x: f32, %n: index) -> memref<?xf32> {
  %y = memref.alloc(%n) : memref<?xf32>
  memref.store %x, %y[%n] : memref<?xf32>
  %z = memref.alloc(%n) : memref<?xf32>
  %part = memref.subview %y[%n] [1] [1] : memref<?xf32> to memref<1xf32, strided<[1], offset: ?>>
  call @others(%z, %part) : (memref<?xf32>, memref<1xf32, strided<[1], offset: ?>>) -> ()
  return %y : memref<?xf32>
}
// CHECK: func.func private @others(%{{.*}}: memref<?xf32>, %{{.*}}: memref<1xf32, strided<[1], offset: ?>>)
func.func private @others(%x: memref<?xf32>, %y: memref<1xf32, strided<[1], offset: ?>>) {
  memref.dealloc %x : memref<?xf32>
  return
}

// -----

// The module calls a function of the host's: it gets one of its own.
// CHECK-LABEL: func.func @caller(
// CHECK: call @[[OWN:entry_0]](%{{.*}}) : (!llvm.ptr) -> memref<4xf32>
func.func @caller(%x: memref<4xf32>) -> memref<4xf32> {
  %y = call @entry(%x) : (memref<4xf32>) -> memref<4xf32>
  return %y : memref<4xf32>
}
// CHECK: func.func private @[[OWN]](%{{.*}}: !llvm.ptr) -> memref<4xf32>
// CHECK: func.func @entry(%{{.*}}: !llvm.ptr) {
// CHECK: call @[[OWN]]
func.func @entry(%x: memref<4xf32>) -> memref<4xf32> {
  %y = memref.alloc() : memref<4xf32>
  return %y : memref<4xf32>
}

// -----

// expected-error@+1 {{expects arguments that are numbers or contiguous buffers, but one is 'memref<4xf32, strided<[2]>>'}}
func.func @strided(%x: memref<4xf32, strided<[2]>>) {
  return
}

// -----

// expected-error@+1 {{expects contiguous buffers as results, but one is 'f32'}}
func.func @number(%x: f32) -> f32 {
  return %x : f32
}
