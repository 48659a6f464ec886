// What an expansion applies to: models, layers, or ops that stand for the layer
// that they are in. All of these widen the MLP of layer 1 only, but for the last.
// RUN: split-file %s %t
// RUN: cat %S/Inputs/model.mlir %t/schedule | grow-opt --grow-expand > %t/expected

// DEFINE: %{script} =
// DEFINE: %{grow} = grow-opt %S/Inputs/model.mlir \
// DEFINE:   --transform-preload-library='transform-library-paths=%t/%{script}.mlir' --transform-interpreter

// REDEFINE: %{script} = layers
// RUN: %{grow} | diff %t/expected -
// REDEFINE: %{script} = ops
// RUN: %{grow} | diff %t/expected -
// REDEFINE: %{script} = numbers
// RUN: %{grow} | diff %t/expected -
// REDEFINE: %{script} = parameter
// RUN: %{grow} | diff %t/expected -
// REDEFINE: %{script} = nothing
// RUN: %{grow} | diff %t/expected -

// A model and a layer of it is the model. Numbers are those of the moment.
// RUN: cat %S/Inputs/model.mlir %t/both_schedule | grow-opt --grow-expand > %t/expected
// REDEFINE: %{script} = both
// RUN: %{grow} | diff %t/expected -

//--- schedule
grow.schedule @growth {
  grow.expand_mlp to 12 layers [1] zero up
}
//--- both_schedule
grow.schedule @growth {
  grow.add_layers at [0]
  grow.expand_mlp to 16
  grow.expand_heads to 8 layers [2]
}
//--- layers.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layers = transform.grow.match_layers in %model layers [1] : (!transform.any_op) -> !transform.op<"grow.layer">
    transform.grow.expand_mlp to 12 zero up in %layers : !transform.op<"grow.layer">
    transform.yield
  }
}
//--- ops.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %mlps = transform.grow.match_mlp in %model layers [1] : (!transform.any_op) -> !transform.any_op
    // The same layer twice is no more than once.
    %attention = transform.grow.match_attention in %model layers [1] : (!transform.any_op) -> !transform.any_op
    %all = transform.merge_handles %mlps, %attention : !transform.any_op
    transform.grow.expand_mlp to 12 zero up in %all : !transform.any_op
    transform.yield
  }
}
//--- numbers.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    transform.grow.expand_mlp to 12 layers [1] zero up in %model : !transform.any_op
    transform.yield
  }
}
//--- parameter.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %size = transform.param.constant 12 : i32 -> !transform.param<i32>
    %mlps = transform.grow.match_mlp in %model layers [1] : (!transform.any_op) -> !transform.any_op
    transform.grow.expand_mlp to %size zero up in %mlps : !transform.any_op, !transform.param<i32>
    transform.yield
  }
}
//--- nothing.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layers = transform.grow.match_layers in %model layers [1] : (!transform.any_op) -> !transform.any_op
    transform.grow.expand_mlp to 12 zero up in %layers : !transform.any_op
    %nothing = transform.structured.match ops{["grow.dense"]} in %model : (!transform.any_op) -> !transform.any_op
    transform.grow.expand_mlp to 99 in %nothing : !transform.any_op
    transform.yield
  }
}
//--- both.mlir
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %last = transform.grow.match_layers in %model layers [1] : (!transform.any_op) -> !transform.any_op
    transform.grow.add_layers at [0] in %model : !transform.any_op
    %both = transform.merge_handles %model, %last : !transform.any_op
    transform.grow.expand_mlp to 16 in %both : !transform.any_op
    transform.grow.expand_heads to 8 in %last : !transform.any_op
    transform.yield
  }
}
