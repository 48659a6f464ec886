// What matching refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --transform-interpreter

// match_layers_c1
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.grow.match_layers' op expects 'layers' in strictly increasing order, but 1 follows 2}}
    %0 = transform.grow.match_layers in %model layers [2, 1] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// The layer exists.
module attributes {transform.with_named_sequence} {
  // expected-note @+1 {{layers of the model at this point: 1}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.grow.match_mlp' op expects numbers of layers between 0 and 0, but found 3}}
    %0 = transform.grow.match_mlp in %model layers [0, 3] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// There is a model.
// expected-error @+1 {{expects exactly one function with 'grow.layer' or 'grow.get' ops, the model, but found 0}}
module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %0 = transform.grow.match_attention in %model : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// Targets are models or layers.
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
    // expected-error @+1 {{'transform.grow.match_layers' op expects models, each a 'builtin.module', or layers as targets}}
    %0 = transform.grow.match_layers in %function : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}

// -----

// Layers have no layers.
module attributes {transform.with_named_sequence} {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{the target is this 'grow.layer'}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layer = transform.grow.match_layers in %model : (!transform.any_op) -> !transform.any_op
    // expected-error @+1 {{'transform.grow.match_mlp' op expects no 'layers' where the targets are layers}}
    %0 = transform.grow.match_mlp in %layer layers [0] : (!transform.any_op) -> !transform.any_op
    transform.yield
  }
}
