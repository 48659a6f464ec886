// What transform ops of expansions refuse beyond what the expansions do.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --transform-interpreter

// A number or a parameter, and not both.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.grow.expand_mlp' op expects 'size' either as a number or as a parameter}}
    transform.grow.expand_mlp to in %model : !transform.any_op
    transform.yield
  }
}

// -----

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %count = transform.param.constant 2 : i64 -> !transform.param<i64>
    // expected-error @+1 {{'transform.grow.add_heads' op expects 'count' either as a number or as a parameter}}
    "transform.grow.add_heads"(%model, %count) <{count = 2 : i64, unit = #grow<head_unit groups>}> : (!transform.any_op, !transform.param<i64>) -> ()
    transform.yield
  }
}

// -----

// The parameter is a number.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %size = transform.param.constant "large" -> !transform.any_param
    // expected-error @+1 {{'transform.grow.expand_mlp' op expects one 64-bit integer as 'size', but found "large"}}
    transform.grow.expand_mlp to %size in %model : !transform.any_op, !transform.any_param
    transform.yield
  }
}

// -----

// And one number.
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %a = transform.param.constant 2 : i64 -> !transform.param<i64>
    %b = transform.param.constant 4 : i64 -> !transform.param<i64>
    %both = transform.merge_handles %a, %b : !transform.param<i64>
    // expected-error @+1 {{'transform.grow.unshare_heads' op expects one 64-bit integer as 'factor', but found 2 parameters}}
    transform.grow.unshare_heads by %both in %model : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}

// -----

// What a number must be, a parameter must be.
module attributes {transform.with_named_sequence} {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %factor = transform.param.constant 1 : i64 -> !transform.param<i64>
    // expected-error @+1 {{'grow.unshare_heads' op expects a factor of at least 2, but found 1}}
    transform.grow.unshare_heads by %factor in %model : !transform.any_op, !transform.param<i64>
    transform.yield
  }
}

// -----

// Some expansions are of whole models.
module attributes {transform.with_named_sequence} {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{the target is this 'grow.layer'}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layers = transform.grow.match_layers in %model : (!transform.any_op) -> !transform.any_op
    // expected-error @+1 {{'transform.grow.expand_hidden' op expects models as targets, each a 'builtin.module': the expansion is not one of single layers}}
    transform.grow.expand_hidden to 8 in %layers : !transform.any_op
    transform.yield
  }
}

// -----

// The others are of models and layers.
module attributes {transform.with_named_sequence} {
  // expected-note @+1 {{the target is this 'func.func'}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %function = transform.structured.match ops{["func.func"]} in %model : (!transform.any_op) -> !transform.any_op
    // expected-error @+1 {{'transform.grow.expand_mlp' op expects models ('builtin.module'), layers of models or ops in layers as targets}}
    transform.grow.expand_mlp to 8 in %function : !transform.any_op
    transform.yield
  }
}

// -----

// Layers are selected in one way.
module attributes {transform.with_named_sequence} {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{the target is this 'grow.layer'}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layers = transform.grow.match_layers in %model : (!transform.any_op) -> !transform.any_op
    // expected-error @+1 {{'transform.grow.expand_mlp' op expects no 'layers' where the targets are layers}}
    transform.grow.expand_mlp to 8 layers [0] in %layers : !transform.any_op
    transform.yield
  }
}
