// What growth of the residual stream refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_hidden_c2: fills make blocks from nothing.
grow.schedule @negative_expand_hidden_init {
  // expected-error @+1 {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_hidden to 6 init #grow.mean
}

// -----

// expand_hidden_c2: norms that keep their attributes read zeros.
grow.schedule @negative_expand_hidden_padding {
  // expected-error @+1 {{expects 'padding zero' with 'compensation graph', but found 'padding mean'}}
  grow.expand_hidden to 6 padding mean
}

// -----

// expand_hidden_c3: larger than before.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{it already has 4}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_smaller {
    // expected-error @+1 {{cannot widen the stream to 4 channels}}
    grow.expand_hidden to 4
  }
}

// -----

// expand_hidden_c3: there is a hidden dimension.
module {
  grow.param @bias : tensor<7xf32>
  // expected-note @+1 {{the model has no parameter with the hidden dimension}}
  func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%s = %x : tensor<?x?x4xf32>) {
      grow.yield %s : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @negative_no_hidden {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c3: one hidden size.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @dense : tensor<4x5xf32>
  grow.param @head : tensor<7x5xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{here there are 4}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %dense = grow.get @dense : tensor<4x5xf32>
    // expected-note @+1 {{its 'weight' has 5 channels; expects one hidden size in the model}}
    %y = grow.dense %x, %dense : tensor<?x?x4xf32>, tensor<4x5xf32>
    %head = grow.get @head : tensor<7x5xf32>
    %logits = grow.unembedding %y, %head : tensor<?x?x5xf32>, tensor<7x5xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_two_sizes {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c3: the stream comes from parameters.
module {
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x7xf32> {
    %head = grow.get @head : tensor<7x4xf32>
    // expected-note @+1 {{'grow.unembedding' reads what no parameter of the stream writes}}
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_argument {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// A norm, too.
module {
  grow.param @gain : tensor<4xf32>
  func.func @forward(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %gain = grow.get @gain : tensor<4xf32>
    // expected-note @+1 {{'grow.rms_norm' reads what no parameter of the stream writes}}
    %n = grow.rms_norm %x gain(%gain) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    return %n : tensor<?x?x4xf32>
  }
  grow.schedule @negative_argument_norm {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c3: and ends in logits.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'func.return' returns a value with the hidden dimension; expects the model to end in logits}}
    return %x : tensor<?x?x4xf32>
  }
  grow.schedule @negative_result {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c3: ops that say what they do.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'arith.negf' reads a value with the hidden dimension; expects only ops of this dialect and 'arith.addf' there}}
    %y = arith.negf %x : tensor<?x?x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_unknown_op {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// An op whose result nothing is known of.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func private @tokens(tensor<?x?xi64>) -> tensor<?x?xi64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{the type of the result of 'func.call' cannot be inferred; expects only ops that implement InferTypeOpInterface in the function of the model}}
    %t = func.call @tokens(%ids) : (tensor<?x?xi64>) -> tensor<?x?xi64>
    %x = grow.embedding %t, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_not_inferable {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 allow_dead
  }
}

// -----

// Weights are parameters.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>, %head: tensor<7x4xf32>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'grow.unembedding' has a 'table' that is not a parameter read with 'grow.get'}}
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_not_a_parameter {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// What reads a parameter says what its axes are.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{@wte is used by 'arith.negf', which does not say what its axes are}}
    %unused = arith.negf %wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_other_use {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// A parameter of two roles means the same by each axis.
module {
  grow.param @wte : tensor<4x4xf32>
  grow.param @head : tensor<4x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
    %wte = grow.get @wte : tensor<4x4xf32>
    // expected-note @+1 {{as 'table' it needs not to grow}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<4x4xf32>
    // expected-note @+1 {{its 'weight' is @wte, whose axis 0 needs the old slices unchanged here; use 'compensation graph' or two parameters}}
    %y = grow.dense %x, %wte : tensor<?x?x4xf32>, tensor<4x4xf32>
    %head = grow.get @head : tensor<4x4xf32>
    %logits = grow.unembedding %y, %head : tensor<?x?x4xf32>, tensor<4x4xf32>
    return %logits : tensor<?x?x4xf32>
  }
  grow.schedule @negative_two_roles {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c4: means only for layer norms.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    // expected-note @+1 {{'grow.rms_norm' reads the mean of the old channels in the new ones, which only layer norm makes up for}}
    %n = grow.rms_norm %x gain(%gain) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_mean_rms {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights padding mean
  }
}

// -----

// So a stream that both kinds of norms read keeps its attributes.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @g0 : tensor<4xf32>
  grow.param @g1 : tensor<4xf32>
  grow.param @h0 : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %g0 = grow.get @g0 : tensor<4xf32>
    %g1 = grow.get @g1 : tensor<4xf32>
    %a = grow.layer_norm %x gain(%g0) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    // expected-note @+1 {{'grow.rms_norm' reads the mean of the old channels in the new ones, which only layer norm makes up for}}
    %b = grow.rms_norm %x gain(%g1) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    %n = arith.addf %a, %b : tensor<?x?x4xf32>
    %h0 = grow.get @h0 : tensor<7x4xf32>
    %logits = grow.unembedding %n, %h0 : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_both_norms {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// Layer norms that centre every channel do not allow zeros.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    // expected-note @+1 {{'grow.layer_norm' would centre the new channels, too, and they hold zeros; use 'padding mean' or 'padding centered'}}
    %n = grow.layer_norm %x gain(%gain) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_zero_layer_norm {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights padding zero
  }
}

// -----

// A stream that a norm writes.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @g0 : tensor<4xf32>
  grow.param @g1 : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %g0 = grow.get @g0 : tensor<4xf32>
    %x = grow.layer_norm %e gain(%g0) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    %g1 = grow.get @g1 : tensor<4xf32>
    // expected-note @+1 {{'grow.layer_norm' would centre the new channels, too, and they hold zeros, since not weights write what it reads but a norm or an activation; use 'compensation graph'}}
    %n = grow.layer_norm %x gain(%g1) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_post_norm {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// Zeros of a norm and means of weights do not add up.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @g0 : tensor<4xf32>
  grow.param @g1 : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %g0 = grow.get @g0 : tensor<4xf32>
    %b = grow.layer_norm %x gain(%g0) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    // expected-note @+1 {{'arith.addf' adds the mean of the old channels in the new ones and zeros in the new channels}}
    %y = arith.addf %x, %b : tensor<?x?x4xf32>
    %g1 = grow.get @g1 : tensor<4xf32>
    %n = grow.layer_norm %y gain(%g1) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_sandwich_layer_norm {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// A model that has grown before, by zeros that are not centred.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    // expected-note @+1 {{'grow.layer_norm' centres 3 of its 4 channels, not all; use 'compensation graph'}}
    %n = grow.layer_norm %x gain(%gain) epsilon 1/1024 count 3 centered 3 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_centers_some {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// A table of means cannot also be read without a norm.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  grow.param @up : tensor<4x5xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{as 'table' it needs the mean in the new slices}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{its 'table' is @wte, whose axis 1 needs zeros in the new slices here; use 'compensation graph' or two parameters}}
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_tied_mean {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights padding mean
  }
}

// -----

// Nor can a table that is centred.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{as 'table' it needs to be centred}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.layer_norm %x gain(%gain) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    // expected-note @+1 {{its 'table' is @wte, whose axis 1 needs the old slices unchanged here}}
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_tied_centered {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights padding centered
  }
}

// -----

// Only norms can read a stream that is centred.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    // expected-note @+1 {{'grow.unembedding' reads centred channels, which only norms make up for}}
    %logits = grow.unembedding %x, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_centered_reader {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights padding centered
  }
}

// -----

// A soft cap bends means.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'grow.softcap' of the mean of the old channels in the new ones is not what it was}}
    %y = grow.softcap %x at 30 : tensor<?x?x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.layer_norm %y gain(%gain) epsilon 1/1024 count 4 centered 4 : tensor<?x?x4xf32>
    %logits = grow.unembedding %n, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_softcap {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// A scale about another number than zero moves zeros.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'grow.scale' moves new channels away from zero by its 'about'}}
    %y = grow.scale %x by 2 about 1 : tensor<?x?x4xf32>
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_about {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// A layer goes on with the stream that it got.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>, %other: tensor<?x?x4xf32>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    // expected-note @+1 {{'grow.layer' reads zeros in the new channels and yields what no parameter of the stream writes}}
    %y = grow.layer "l" (%s = %x : tensor<?x?x4xf32>, %o = %other : tensor<?x?x4xf32>) {
      grow.yield %o : tensor<?x?x4xf32>
    }
    %logits = grow.unembedding %y, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_layer {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6
  }
}

// -----

// What a norm pays with is its own.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.rms_norm %x gain(%gain) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    // expected-note @+1 {{its 'gain' is @gain, which is also used here; give it a parameter of its own}}
    %m = grow.rms_norm %n gain(%gain) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    %logits = grow.unembedding %m, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_shared_gain {
    // expected-error @+1 {{cannot widen the stream to 6 channels}}
    grow.expand_hidden to 6 compensation weights
  }
}

// -----

// expand_hidden_c5: a tied table is all zeros, and here nothing else reads.
module {
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    // expected-note @+1 {{the new rows of every weight that reads the stream are zero, and so are those of a table that also writes it; give an 'init' that is not zero, or ask for this with 'allow_dead'}}
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_dead_rows {
    // expected-error @+1 {{would add channels that never receive a gradient}}
    grow.expand_hidden to 6
  }
}

// -----

// expand_hidden_c5: zero gains stop every gradient.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.layer "l" (%s = %x : tensor<?x?x4xf32>) {
      %g = grow.get @gain : tensor<4xf32>
      %m = grow.rms_norm %s gain(%g) epsilon 1/1024 count 4 : tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    %head = grow.get @head : tensor<7x4xf32>
    // expected-note @+1 {{the new gains of the norm before 'grow.unembedding' are zero, and so for every op that reads the stream; give another 'gain_init', or ask for this with 'allow_dead'}}
    %logits = grow.unembedding %n, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_dead_gains {
    // expected-error @+1 {{would add channels that never receive a gradient}}
    grow.expand_hidden to 6 gain_init #grow.zero
  }
}

// -----

// The gain that a unit offset makes zero is -1.
module {
  grow.param @wte : tensor<7x4xf32>
  grow.param @gain : tensor<4xf32>
  grow.param @head : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %e = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %x = grow.scale %e by 2 : tensor<?x?x4xf32>
    %gain = grow.get @gain : tensor<4xf32>
    %n = grow.rms_norm %x gain(%gain) unit_offset epsilon 1/1024 count 4 : tensor<?x?x4xf32>
    %s = grow.scale %n by 2 : tensor<?x?x4xf32>
    %t = arith.addf %s, %n : tensor<?x?x4xf32>
    %head = grow.get @head : tensor<7x4xf32>
    // expected-note @+1 {{the new gains of the norm before 'grow.unembedding' are zero}}
    %logits = grow.unembedding %t, %head : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_dead_offset_gains {
    // expected-error @+1 {{would add channels that never receive a gradient}}
    grow.expand_hidden to 6 gain_init #grow.constant<-1>
  }
}

// -----

// A size that no tensor has is refused before anything is changed, once.
module {
  // expected-note @+1 {{with 4611686018427387900 more slices along axis 1 the size of this parameter in bytes would not fit in 63 bits; use a smaller size}}
  grow.param @wte : tensor<7x4xf32>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x7xf32> {
    %wte = grow.get @wte : tensor<7x4xf32>
    %x = grow.embedding %ids, %wte : tensor<?x?xi64>, tensor<7x4xf32>
    %logits = grow.unembedding %x, %wte : tensor<?x?x4xf32>, tensor<7x4xf32>
    return %logits : tensor<?x?x7xf32>
  }
  grow.schedule @negative_bytes {
    // expected-error @+1 {{cannot widen the stream to 4611686018427387904 channels}}
    grow.expand_hidden to 4611686018427387904
  }
}
