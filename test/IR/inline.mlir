// Functions of model ops inline like any others.
// RUN: grow-opt %s --inline | FileCheck %s

grow.param @gain : tensor<8xf32>

func.func private @norm(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %g = grow.get @gain : tensor<8xf32>
  %0 = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}

// Also into a layer.
// CHECK-LABEL: func.func @forward(
// CHECK: grow.rms_norm
// CHECK: grow.layer
// CHECK-NEXT: grow.get @gain
// CHECK-NEXT: %[[N:.*]] = grow.rms_norm
// CHECK-NEXT: grow.yield %[[N]]
// CHECK-NOT: call
func.func @forward(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  %0 = call @norm(%x) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
  %1 = grow.layer "h.0" (%y = %0 : tensor<?x?x8xf32>) {
    %2 = func.call @norm(%y) : (tensor<?x?x8xf32>) -> tensor<?x?x8xf32>
    grow.yield %2 : tensor<?x?x8xf32>
  }
  return %1 : tensor<?x?x8xf32>
}
