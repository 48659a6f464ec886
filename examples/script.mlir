// A transform script that grows a model: see docs/TransformScripts.md.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @is_narrow(%op: !transform.any_op {transform.readonly}) -> !transform.any_op {
    transform.match.operation_name %op ["grow.mlp"] : !transform.any_op
    %units = transform.grow.get_size mlp of %op : (!transform.any_op) -> !transform.param<i64>
    %limit = transform.param.constant 16 : i64 -> !transform.param<i64>
    transform.match.param.cmpi lt %units, %limit : !transform.param<i64>
    transform.yield %op : !transform.any_op
  }

  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.consumed}) {
    %first = transform.grow.match_attention in %model layers [0] : (!transform.any_op) -> !transform.op<"grow.attention">
    transform.grow.add_heads groups by 1 in %first : !transform.op<"grow.attention">

    %narrow = transform.collect_matching @is_narrow in %model : (!transform.any_op) -> !transform.any_op
    %size = transform.param.constant 16 : i64 -> !transform.param<i64>
    transform.grow.expand_mlp to %size zero up in %narrow : !transform.any_op, !transform.param<i64>

    %proven = transform.apply_registered_pass "grow-prove" with options = { "source" = "examples/decoder.mlir" }
      to %model : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
