// A pass that fails leaves a file with the module and the passes, which fails again.
// RUN: rm -f %t.mlir
// RUN: not grow-opt %s --grow-expand --convert-grow-to-linalg --mlir-pass-pipeline-crash-reproducer=%t.mlir 2>&1 \
// RUN:   | FileCheck %s --check-prefixes=ERROR,WRITTEN
// ERROR: error: 'grow.expand_mlp' op cannot widen the MLP of layer 0 ("mlp") to 6 units
// WRITTEN: error: Failures have been detected while processing an MLIR pass pipeline
// RUN: FileCheck %s --check-prefix=FILE --input-file=%t.mlir
// FILE: grow.schedule @narrower
// FILE: mlir_reproducer
// FILE: pipeline: "builtin.module(grow-expand{{.*}}, convert-grow-to-linalg{{.*}})"
// RUN: not grow-opt --run-reproducer %t.mlir 2>&1 | FileCheck %s --check-prefix=ERROR

// With threads off, the file holds the module as the pass got it that fails.
// RUN: not grow-opt %s --canonicalize --grow-expand --convert-grow-to-linalg --mlir-disable-threading \
// RUN:   --mlir-pass-pipeline-crash-reproducer=%t.local.mlir --mlir-pass-pipeline-local-reproducer 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ERROR
// RUN: FileCheck %s --check-prefix=LOCAL --input-file=%t.local.mlir
// LOCAL: pipeline: "builtin.module(grow-expand{{[^()]*}})"
// RUN: not grow-opt --run-reproducer %t.local.mlir 2>&1 | FileCheck %s --check-prefix=ERROR

grow.param @up : tensor<4x8xf32>
grow.param @down : tensor<8x4xf32>
func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %y = grow.layer "mlp" (%s = %x : tensor<?x?x4xf32>) {
    %up = grow.get @up : tensor<4x8xf32>
    %down = grow.get @down : tensor<8x4xf32>
    %m = grow.mlp %s up(%up) down(%down) activation silu
      : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
    grow.yield %m : tensor<?x?x4xf32>
  }
  return %y : tensor<?x?x4xf32>
}
grow.schedule @narrower {
  grow.expand_mlp to 6
}
