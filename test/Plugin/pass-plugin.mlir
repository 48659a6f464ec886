// The pass plugin alone adds the passes but not the dialect: for tools that
// know it already, and for IR without it.
// REQUIRES: plain-libraries
// RUN: mlir-opt %s --load-pass-plugin=%grow_plugin \
// RUN:   --pass-pipeline='builtin.module(grow-outline-layers)' | FileCheck %s
// RUN: not mlir-opt %inputs/tiny.mlir --load-pass-plugin=%grow_plugin 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DIALECT
// DIALECT: error: Dialect `grow' not found for custom op 'grow.param'

// CHECK: func.func @forward
func.func @forward(%x: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
  return %x : tensor<?x?x8xf32>
}
