// Stock mlir-opt interprets scripts that grow a model, between any others.
// An instrumented plugin does not load into a program that is not.
// REQUIRES: plain-libraries
// RUN: mlir-opt %examples/decoder.mlir --load-dialect-plugin=%grow_plugin \
// RUN:   --transform-preload-library='transform-library-paths=%s' --transform-interpreter | FileCheck %s
// RUN: mlir-opt %s --load-dialect-plugin=%grow_plugin --load-pass-plugin=%grow_plugin --verify-roundtrip -o /dev/null

// CHECK: grow.param @h.0.q : tensor<8x3x2x4xf32>
// CHECK: grow.param @h.0.up : tensor<8x16xf32>
// CHECK: grow.layer "h.0"
// CHECK: grow.layer "new.1.0"
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %attention = transform.grow.match_attention in %model : (!transform.any_op) -> !transform.op<"grow.attention">
    transform.grow.add_heads groups by 1 init #grow.normal<stddev = 1/50> in %attention : !transform.op<"grow.attention">
    %size = transform.param.constant 16 : i64 -> !transform.param<i64>
    transform.grow.expand_mlp to %size in %model : !transform.any_op, !transform.param<i64>
    transform.grow.add_layers at [1] in %model : !transform.any_op
    transform.yield
  }
}
