// What sizes cannot be told, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --transform-interpreter

// Nothing has the size.
module attributes {transform.with_named_sequence} {
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{this 'grow.layer' has none}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      grow.yield %x : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    %layer = transform.grow.match_layers in %model : (!transform.any_op) -> !transform.any_op
    // expected-error @+1 {{'transform.grow.get_size' op expects targets with parameters that have 'mlp'}}
    %0 = transform.grow.get_size mlp of %layer : (!transform.any_op) -> !transform.param<i64>
    transform.yield
  }
}

// -----

// Parts differ.
module attributes {transform.with_named_sequence} {
  grow.param @a.up : tensor<4x8xf32>
  grow.param @a.down : tensor<8x4xf32>
  grow.param @b.up : tensor<4x10xf32>
  grow.param @b.down : tensor<10x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %a_up = grow.get @a.up : tensor<4x8xf32>
      %a_down = grow.get @a.down : tensor<8x4xf32>
      // expected-note @+1 {{here it is 8}}
      %a = grow.mlp %x up(%a_up) down(%a_down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %b_up = grow.get @b.up : tensor<4x10xf32>
      %b_down = grow.get @b.down : tensor<10x4xf32>
      // expected-note @+1 {{here it is 10}}
      %b = grow.mlp %a up(%b_up) down(%b_down) activation gelu : (tensor<?x?x4xf32>, tensor<4x10xf32>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %b : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  transform.named_sequence @__transform_main(%model: !transform.any_op {transform.readonly}) {
    // expected-error @+1 {{'transform.grow.get_size' op expects one 'mlp' in each target; match the parts of the model that differ}}
    %0 = transform.grow.get_size mlp of %model : (!transform.any_op) -> !transform.param<i64>
    transform.yield
  }
}
