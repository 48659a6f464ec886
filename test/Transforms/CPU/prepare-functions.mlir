// RUN: grow-opt %s --grow-cpu-prepare-functions | FileCheck %s

// What a host calls has a C interface, and the host's tensors are not written.
// CHECK-LABEL: func.func @entry
// CHECK-SAME: tensor<4xf32> {bufferization.writable = false}
// CHECK-SAME: tensor<2xf32> {bufferization.writable = true}
// CHECK-SAME: index)
// CHECK-SAME: llvm.emit_c_interface
func.func @entry(%x: tensor<4xf32>, %scratch: tensor<2xf32> {bufferization.writable = true}, %n: index) {
  return
}

// CHECK-LABEL: func.func private @layer
// CHECK-NOT: attributes
func.func private @layer(%x: tensor<4xf32>) {
  return
}

// CHECK-LABEL: func.func private @declared
// CHECK-NOT: attributes
func.func private @declared(tensor<4xf32>)
