// RUN: grow-opt %s --grow-cpu-results-to-out-params | FileCheck %s

// Called by a host only: it provides the buffer.
// CHECK-LABEL: func.func @entry
// CHECK-SAME: (%{{.*}}: memref<?xf32>, %[[OUT:.*]]: memref<?xf32>)
// CHECK: memref.copy %{{.*}}, %[[OUT]]
func.func @entry(%x: memref<?xf32>) -> memref<?xf32> {
  %y = call @layer(%x) : (memref<?xf32>) -> memref<?xf32>
  return %y : memref<?xf32>
}

// Called in the module, public or not: only it knows the size.
// CHECK-LABEL: func.func @layer
// CHECK-SAME: -> memref<?xf32>
func.func @layer(%x: memref<?xf32>) -> memref<?xf32> {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?xf32>
  %y = memref.alloc(%n) : memref<?xf32>
  return %y : memref<?xf32>
}

// Whoever has its address knows its type.
// CHECK-LABEL: func.func @address_taken
// CHECK-SAME: -> memref<4xf32>
func.func @address_taken() -> memref<4xf32> {
  %y = memref.alloc() : memref<4xf32>
  return %y : memref<4xf32>
}
func.func private @take(%function: () -> memref<4xf32>)
func.func @give() {
  %function = constant @address_taken : () -> memref<4xf32>
  call @take(%function) : (() -> memref<4xf32>) -> ()
  return
}
