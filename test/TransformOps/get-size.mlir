// Sizes of a model as parameters: to look at, to compare with, to grow to.
// RUN: grow-opt %S/Inputs/model.mlir --transform-preload-library='transform-library-paths=%s' \
// RUN:   --transform-interpreter 2>&1 | FileCheck %s
// RUN: grow-opt %s --verify-roundtrip | FileCheck %s --check-prefix=SYNTAX

module attributes {transform.with_named_sequence} {
  // A matcher of MLPs with fewer units than 11, which are those of one layer.
  transform.named_sequence @is_narrow(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    transform.match.operation_name %op ["grow.mlp"] : !transform.any_op
    %units = transform.grow.get_size mlp of %op : (!transform.any_op) -> !transform.param<i64>
    %limit = transform.param.constant 11 : i64 -> !transform.param<i64>
    transform.match.param.cmpi lt %units, %limit : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }

  // SYNTAX-LABEL: transform.named_sequence @__transform_main
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // CHECK: remark: hidden 8
    // SYNTAX: transform.grow.get_size hidden of %{{.*}} : (!transform.any_op) -> !transform.param<i64>
    %hidden = transform.grow.get_size hidden of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %hidden, "hidden" : !transform.param<i64>
    // CHECK: remark: groups 2
    %groups = transform.grow.get_size groups of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %groups, "groups" : !transform.param<i64>
    // CHECK: remark: queries 3
    %queries = transform.grow.get_size queries of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %queries, "queries" : !transform.param<i64>
    // CHECK: remark: key 4
    %key = transform.grow.get_size key of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %key, "key" : !transform.param<i64>
    // CHECK: remark: value 6
    %value = transform.grow.get_size value of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %value, "value" : !transform.param<i64>
    // CHECK: remark: vocabulary 12
    %vocabulary = transform.grow.get_size vocabulary of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %vocabulary, "vocabulary" : !transform.param<i64>
    // CHECK: remark: positions 7
    %positions = transform.grow.get_size positions of %model : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %positions, "positions" : !transform.param<i64>

    // One for each op.
    // CHECK: remark: mlp 14 : i64, 10 : i64
    %mlps = transform.grow.match_mlp in %model : (!transform.any_op) -> !transform.any_op
    %units = transform.grow.get_size mlp of %mlps : (!transform.any_op) -> !transform.param<i64>
    transform.debug.emit_param_as_remark %units, "mlp" : !transform.param<i64>

    // What is narrow becomes as wide as the first.
    // CHECK: grow.param @h.0.up : tensor<8x14xf32>{{$}}
    // CHECK: grow.param @h.1.up : tensor<8x14xf32> {
    %first = transform.grow.match_layers in %model layers [0] : (!transform.any_op) -> !transform.any_op
    %wide = transform.grow.get_size mlp of %first : (!transform.any_op) -> !transform.param<i64>
    %narrow = transform.collect_matching @is_narrow in %model : (!transform.any_op) -> !transform.any_op
    transform.grow.expand_mlp to %wide in %narrow : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}
