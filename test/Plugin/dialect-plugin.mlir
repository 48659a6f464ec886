// Stock mlir-opt reads the dialect and runs the passes: one option brings both.
// An instrumented plugin does not load into a program that is not.
// REQUIRES: plain-libraries
// RUN: mlir-opt %s --load-dialect-plugin=%grow_plugin --verify-roundtrip \
// RUN:   --pass-pipeline='builtin.module(grow-externalize-params,canonicalize)' | FileCheck %s
// RUN: mlir-opt --load-dialect-plugin=%grow_plugin --show-dialects | FileCheck %s --check-prefix=DIALECTS
// RUN: mlir-opt --load-dialect-plugin=%grow_plugin --load-pass-plugin=%grow_plugin --show-dialects \
// RUN:   | FileCheck %s --check-prefix=DIALECTS
// DIALECTS: grow

grow.param @gain : tensor<8xf32> storage<"norm.weight">

// CHECK-LABEL: func.func @forward(
// CHECK-SAME: %[[GAIN:[^:]*]]: tensor<8xf32> {grow.stored = "norm.weight"}
func.func @forward(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  // CHECK-NEXT: grow.rms_norm %{{.*}} gain(%[[GAIN]])
  %g = grow.get @gain : tensor<8xf32>
  %0 = grow.rms_norm %x gain(%g) epsilon 0 count 8 : tensor<?x?x8xf32>
  return %0 : tensor<?x?x8xf32>
}
