// Every op and attribute survives printing and parsing, as text and as bytecode.
// RUN: grow-opt %s --verify-roundtrip | FileCheck %s
// RUN: grow-opt %inputs/tiny.mlir --verify-roundtrip --mlir-print-op-generic -o /dev/null

// CHECK: grow.param @plain : tensor<13x8xf32>{{$}}
grow.param @plain : tensor<13x8xf32>
