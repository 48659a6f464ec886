// What growth of learned positions refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_positions_c1
grow.schedule @negative_expand_positions_copy {
  // expected-error @+1 {{expects 'init' to be a fill that needs no input, but found #grow.copy<[0], factor = 1>}}
  grow.expand_positions to 16 init #grow.copy<[0], factor = 1>
}

// -----

// expand_positions_c2: there are learned positions.
module {
  grow.param @wte : tensor<5x4xf32>
  // expected-note @+1 {{it has no table of positions}}
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add positions to the model}}
    grow.expand_positions to 16
  }
}

// -----

// expand_positions_c2: fewer.
module {
  grow.param @wte : tensor<5x4xf32>
  grow.param @wpe : tensor<8x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %wpe = grow.get @wpe : tensor<8x4xf32>
    // expected-note @+1 {{it already has 8}}
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<8x4xf32>
    %y = arith.addf %x, %p : tensor<?x?x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add positions to the model up to 8}}
    grow.expand_positions to 8
  }
}

// -----

// A table is used for nothing else.
module {
  grow.param @wte : tensor<5x4xf32>
  grow.param @wpe : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %wpe = grow.get @wpe : tensor<5x4xf32>
    %p = grow.position_embedding %ids, %wpe : tensor<?x?xi64>, tensor<5x4xf32>
    %y = arith.addf %x, %p : tensor<?x?x4xf32>
    // expected-note @+1 {{@wpe, a table of positions, is used for something else here; give this a parameter of its own}}
    %t = grow.type_embedding %ids, %wpe row 0 : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add positions to the model}}
    grow.expand_positions to 7
  }
}
