// What growth of the vocabulary refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_vocabulary_c1
grow.schedule @negative_expand_vocabulary_copy {
  // expected-error @+1 {{expects 'init' to be a fill that needs no input, but found #grow.copy<[0], factor = 1>}}
  grow.expand_vocabulary to 16 init #grow.copy<[0], factor = 1>
}

// -----

// expand_vocabulary_c2: there is a vocabulary.
module {
  grow.param @g : tensor<4xf32>
  // expected-note @+1 {{it has no table of tokens}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      grow.yield %n : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 16
  }
}

// -----

// expand_vocabulary_c2: one, and not a classifier's.
module {
  grow.param @wte : tensor<5x4xf32>
  grow.param @head : tensor<3x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    // expected-note @+1 {{there are 5 tokens here}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %head = grow.get @head : tensor<3x4xf32>
    // expected-note @+1 {{and 3 here; which are meant is not clear}}
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<3x4xf32>
    return %logits : tensor<?x?x3xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 7
  }
}

// -----

// expand_vocabulary_c2: smaller.
module {
  grow.param @wte : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    // expected-note @+1 {{it already has 5}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model up to 5}}
    grow.expand_vocabulary to 5
  }
}

// -----

// A table is used for nothing else.
module {
  grow.param @wte : tensor<5x4xf32>
  grow.param @head : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    // expected-note @+1 {{@wte, a table of tokens, is used for something else here; give this a parameter of its own}}
    %t = grow.type_embedding %ids, %wte row 0 : tensor<?x?xi64>, tensor<5x4xf32>
    %head = grow.get @head : tensor<5x4xf32>
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 7
  }
}

// -----

// A table is a tensor.
module {
  // expected-note @+1 {{with 4611686018427387899 more slices along axis 0 the size of this parameter in bytes would not fit in 63 bits; use a smaller size}}
  grow.param @wte : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 4611686018427387904
  }
}

// -----

// A fill for a bias that is not there.
module {
  grow.param @wte : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_vocabulary to 7 bias_init #grow.zero
  }
}

// -----

// What becomes of the logits is known.
module {
  grow.param @wte : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf32> {
    %wte = grow.get @wte : tensor<5x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<5x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<5x4xf32>
    // expected-note @+1 {{the type of the result of 'tensor.cast' cannot be inferred}}
    %last = tensor.cast %logits : tensor<?x?x5xf32> to tensor<?x?x5xf32>
    return %last : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 7
  }
}

// -----

// A table is a parameter.
module {
  grow.param @head : tensor<5x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>, %table: tensor<5x4xf32>) -> tensor<?x?x5xf32> {
    // expected-note @+1 {{its 'table' is not a parameter that is read with 'grow.get'}}
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<5x4xf32>
    %head = grow.get @head : tensor<5x4xf32>
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<5x4xf32>
    return %logits : tensor<?x?x5xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add tokens to the model}}
    grow.expand_vocabulary to 7
  }
}
