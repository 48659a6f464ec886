// Bytecode loses nothing: every op and attribute of the dialect makes the round trip.
// RUN: %python %S/bytecode.py %grow_src_root/docs/Dialects/Grow.md %s %S/ops.mlir %S/exact.mlir \
// RUN:   %S/storage.mlir %inputs/tiny.mlir | FileCheck %s
// CHECK: {{[1-9][0-9]*}} ops, {{[1-9][0-9]*}} attributes

// Part of other attributes everywhere else.
module attributes {test.layout = #grow<rope_layout half_split>} {
}
