// RUN: grow-opt %s --split-input-file --grow-outline-layers | FileCheck %s

// Equal layers share one function, whatever their names and operands.
// CHECK-LABEL: func.func @equal(
// CHECK-SAME: %[[X:.*]]: tensor<?x?x8xf32>, %[[G:.*]]: tensor<8xf32>, %[[H:.*]]: tensor<8xf32>)
// CHECK-NEXT: %[[Y:.*]] = call @layer(%[[X]], %[[G]])
// CHECK-NEXT: %[[Z:.*]] = call @layer(%[[Y]], %[[H]])
// CHECK-NEXT: return %[[Z]]
// CHECK: func.func private @layer(%[[S:.*]]: tensor<?x?x8xf32>, %[[W:.*]]: tensor<8xf32>)
// CHECK-NEXT: %[[N:.*]] = grow.rms_norm %[[S]] gain(%[[W]])
// CHECK-NEXT: return %[[N]]
// CHECK-NOT: func.func
func.func @equal(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>, %h: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.layer "a" (%s = %x : tensor<?x?x8xf32>, %w = %g : tensor<8xf32>) {
    %n = grow.rms_norm %s gain(%w) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    grow.yield %n : tensor<?x?x8xf32>
  }
  %1 = grow.layer "b" (%s = %0 : tensor<?x?x8xf32>, %w = %h : tensor<8xf32>) {
    %n = grow.rms_norm %s gain(%w) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    grow.yield %n : tensor<?x?x8xf32>
  }
  return %1 : tensor<?x?x8xf32>
}

// -----

// Layers that differ in an attribute stay apart.
// CHECK-LABEL: func.func @different(
// CHECK: call @layer(
// CHECK: call @layer_0(
func.func @different(%x: tensor<?x?x8xf32>, %g: tensor<8xf32>) -> tensor<?x?x8xf32> {
  %0 = grow.layer "a" (%s = %x : tensor<?x?x8xf32>, %w = %g : tensor<8xf32>) {
    %n = grow.rms_norm %s gain(%w) epsilon 1.0e-05 count 8 : tensor<?x?x8xf32>
    grow.yield %n : tensor<?x?x8xf32>
  }
  %1 = grow.layer "b" (%s = %0 : tensor<?x?x8xf32>, %w = %g : tensor<8xf32>) {
    %n = grow.rms_norm %s gain(%w) epsilon 1.0e-05 count 4 : tensor<?x?x8xf32>
    grow.yield %n : tensor<?x?x8xf32>
  }
  return %1 : tensor<?x?x8xf32>
}

// A nested module keeps its layers: it could not call a function from outside.
// CHECK-LABEL: module @nested
// CHECK-NEXT: func.func @inside
// CHECK-NEXT: grow.layer
module @nested {
  func.func @inside(%x0: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
    %0 = grow.layer "a" (%x = %x0 : tensor<?x?x8xf32>) {
      grow.yield %x : tensor<?x?x8xf32>
    }
    return %0 : tensor<?x?x8xf32>
  }
}
