// Finding the parts of a model, for this project's transform ops and upstream's.
// RUN: grow-opt %S/Inputs/model.mlir --transform-preload-library='transform-library-paths=%s' \
// RUN:   --transform-interpreter -o /dev/null | FileCheck %s
// RUN: grow-opt %s --verify-roundtrip | FileCheck %s --check-prefix=SYNTAX

module attributes {transform.with_named_sequence} {
  // SYNTAX-LABEL: transform.named_sequence @__transform_main
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // In the order of the model.
    // CHECK: IR printer: layers
    // CHECK-NEXT: grow.layer "h.0"
    // CHECK: grow.layer "h.1"
    // SYNTAX: transform.grow.match_layers in %{{.*}} : (!transform.any_op) -> !transform.op<"grow.layer">
    %layers = transform.grow.match_layers in %model : (!transform.any_op) -> !transform.op<"grow.layer">
    transform.print %layers {name = "layers"} : !transform.op<"grow.layer">

    // CHECK: IR printer: one layer
    // CHECK-NEXT: grow.layer "h.1"
    // CHECK-NOT: grow.layer
    // SYNTAX: transform.grow.match_layers in %{{.*}} layers [1]
    %one = transform.grow.match_layers in %model layers [1] : (!transform.any_op) -> !transform.any_op
    transform.print %one {name = "one layer"} : !transform.any_op

    // CHECK: IR printer: attention
    // CHECK-COUNT-2: = grow.attention
    // CHECK-NOT: grow
    // SYNTAX: transform.grow.match_attention in %{{.*}} : (!transform.any_op) -> !transform.op<"grow.attention">
    %attention = transform.grow.match_attention in %model : (!transform.any_op) -> !transform.op<"grow.attention">
    transform.print %attention {name = "attention"} : !transform.op<"grow.attention">

    // CHECK: IR printer: MLP of a layer
    // CHECK-NEXT: = grow.mlp {{.*}} activation gelu
    // CHECK-NOT: grow
    // SYNTAX: transform.grow.match_mlp in %{{.*}} : (!transform.any_op) -> !transform.op<"grow.mlp">
    %mlp = transform.grow.match_mlp in %one : (!transform.any_op) -> !transform.op<"grow.mlp">
    transform.print %mlp {name = "MLP of a layer"} : !transform.op<"grow.mlp">

    // CHECK: IR printer: MLPs by number
    // CHECK-NEXT: = grow.mlp {{.*}} activation silu
    // CHECK-NEXT: = grow.mlp {{.*}} activation gelu
    // CHECK-NOT: grow
    // SYNTAX: transform.grow.match_mlp in %{{.*}} layers [0:2]
    %mlps = transform.grow.match_mlp in %model layers [0, 1] : (!transform.any_op) -> !transform.any_op
    transform.print %mlps {name = "MLPs by number"} : !transform.any_op

    // Handles are upstream's: they count, are iterated over and searched.
    // CHECK: IR printer: input of an MLP
    // CHECK-NEXT: = arith.addf
    // CHECK: IR printer: input of an MLP
    // CHECK-NEXT: = arith.addf
    %count = transform.num_associations %layers : (!transform.op<"grow.layer">) -> !transform.param<i64>
    %two = transform.param.constant 2 : i64 -> !transform.param<i64>
    transform.match.param.cmpi eq %count, %two : !transform.param<i64>
    transform.foreach %mlps : !transform.any_op {
    ^bb0(%each: !transform.any_op):
      %input = transform.get_producer_of_operand %each[0] : (!transform.any_op) -> !transform.any_op
      transform.print %input {name = "input of an MLP"} : !transform.any_op
    }
    transform.yield
  }
}
