// What growth of queries and keys refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_attention_c1
grow.schedule @negative_expand_attention_layers {
  // expected-error @+1 {{expects 'layers' in strictly increasing order, but 1 follows 2}}
  grow.expand_attention to 16 layers [2, 1]
}

// -----

// expand_attention_c2
grow.schedule @negative_expand_attention_mean {
  // expected-error @+1 {{expects 'query_init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_attention to 16 query_init #grow.mean
}

// -----

// expand_attention_c2
grow.schedule @negative_expand_attention_zero_key {
  // expected-error @+1 {{expects no 'key_init', or one of zeros, with 'zero key', but found #grow.constant<1>}}
  grow.expand_attention to 16 key_init #grow.constant<1>
}

// -----

// expand_attention_c2
grow.schedule @negative_expand_attention_zero_query {
  // expected-error @+1 {{expects no 'query_init', or one of zeros, with 'zero query', but found #grow.constant<1>}}
  grow.expand_attention to 16 zero query query_init #grow.constant<1>
}

// -----

// expand_attention_c2
grow.schedule @negative_expand_attention_zero_both {
  // expected-error @+1 {{expects no 'key_init', or one of zeros, with 'zero both', but found #grow.constant<1>}}
  grow.expand_attention to 16 zero both key_init #grow.constant<1>
}

// -----

// expand_attention_c3: the layer exists.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  // expected-note @+1 {{layers of the model at this point: 1}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{expects numbers of layers between 0 and 0, but found 1}}
    grow.expand_attention to 16 layers [1]
  }
}

// -----

// expand_attention_c3: the layer has an attention.
module {
  grow.param @g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{it has no 'grow.attention'; leave it out of 'layers'}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      grow.yield %n : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 16
  }
}

// -----

// expand_attention_c3: and only one.
module {
  grow.param @q : tensor<4x2x1x4xf32>
  grow.param @k : tensor<4x2x4xf32>
  grow.param @v : tensor<4x2x4xf32>
  grow.param @o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @q : tensor<4x2x1x4xf32>
      %k = grow.get @k : tensor<4x2x4xf32>
      %v = grow.get @v : tensor<4x2x4xf32>
      %o = grow.get @o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{it has 2 'grow.attention' ops, and one is here}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      // expected-note @+1 {{it has 2 'grow.attention' ops, and one is here}}
      %b = grow.attention %a q(%q) k(%k) v(%v) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %b : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 16
  }
}

// -----

// expand_attention_c3: its keys are narrower.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{it already has 4}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") to 4 channels in a head}}
    grow.expand_attention to 4
  }
}

// -----

// expand_attention_c3: nothing else reads its parameters.
module {
  grow.param @q : tensor<4x2x2x4xf32>
  grow.param @k : tensor<4x2x4xf32>
  grow.param @v : tensor<4x2x4xf32>
  grow.param @o : tensor<2x2x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @q : tensor<4x2x2x4xf32>
      %k = grow.get @k : tensor<4x2x4xf32>
      %v = grow.get @v : tensor<4x2x4xf32>
      %o = grow.get @o : tensor<2x2x4x4xf32>
      // expected-note @+1 {{its 'k' is @k, which is also used here; give it a parameter of its own}}
      %a = grow.attention %x q(%q) k(%k) v(%k) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x2x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x2x4x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %a : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 16
  }
}

// -----

// expand_attention_c3: the new parameters are tensors.
module {
  // expected-note @+1 {{with 4611686018427387900 more slices along axis 3 the size of this parameter in bytes would not fit in 63 bits; use a smaller size}}
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 4611686018427387904
  }
}

// -----

// expand_attention_c3: the new channels are live.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{'q' and 'k' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add channels to layer 0 ("l") that never receive a gradient}}
    grow.expand_attention to 6 zero both
  }
}

// -----

// expand_attention_c3: the side that is not zero by name is not zero.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.q_bias : tensor<2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{'q' and 'k' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add channels to layer 0 ("l") that never receive a gradient}}
    grow.expand_attention to 6 query_init #grow.zero
  }
}

// -----

// expand_attention_c3: a bias of the keys is the same for every token.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{'q' and 'k' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k, %k_bias) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add channels to layer 0 ("l") that never receive a gradient}}
    grow.expand_attention to 6 zero query bias_init #grow.constant<1> key_init #grow.zero
  }
}

// -----

// A norm leaves nothing but zeros on both sides.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  grow.param @l.q_gain : tensor<4xf32>
  grow.param @l.k_gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %q_gain = grow.get @l.q_gain : tensor<4xf32>
      %k_gain = grow.get @l.k_gain : tensor<4xf32>
      // expected-note @+1 {{its queries and keys are normalised: a new channel that is not zero changes the norm of the old ones, and channels that are zero on both sides never receive a gradient; use 'grow.add_heads' or 'grow.expand_heads', or ask for this with 'zero both' and 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 6
  }
}

// -----

// Which are dead.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  grow.param @l.q_gain : tensor<4xf32>
  grow.param @l.k_gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %q_gain = grow.get @l.q_gain : tensor<4xf32>
      %k_gain = grow.get @l.k_gain : tensor<4xf32>
      // expected-note @+1 {{its queries and keys are normalised: a new channel that is not zero changes the norm of the old ones, and channels that are zero on both sides never receive a gradient; use 'grow.add_heads' or 'grow.expand_heads', or ask for this with 'zero both' and 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l")}}
    grow.expand_attention to 6 zero both
  }
}

// -----

// expand_attention_c4: pairs.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{its rotary embedding turns all channels, in pairs; use an even size}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") to 7 channels in a head}}
    grow.expand_attention to 7
  }
}

// -----

// Every pair is written down, so there is a limit.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{its rotary embedding turns all channels, and has at most 1048576 frequencies; use a smaller size}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") to 2097154 channels in a head}}
    grow.expand_attention to 2097154
  }
}

// -----

// expand_attention_c4: as many frequencies as pairs.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{expects 4 'frequencies', half of the size, but found 3}}
    grow.expand_attention to 8 frequencies [1.0, 0.25, 0.5]
  }
}

// -----

// expand_attention_c4: and the old ones among them.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{its frequency 1, 0.25, is not among them after those before it; old pairs keep their frequencies and their order}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") with these 'frequencies'}}
    grow.expand_attention to 6 frequencies [1.0, 0.5, 0.125]
  }
}

// -----

// expand_attention_c4: in order.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{its frequency 1, 0.25, is not among them after those before it; old pairs keep their frequencies and their order}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") with these 'frequencies'}}
    grow.expand_attention to 6 frequencies [0.25, 1.0, 0.5]
  }
}

// -----

// Infinity is no frequency.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{expects finite 'frequencies', but entry 2 is not}}
    grow.expand_attention to 6 frequencies [1.0, 0.25, 0x7FF0000000000000]
  }
}

// -----

// expand_attention_c4: frequencies are for a rotary embedding
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{it has no rotary embedding; leave 'frequencies' out}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") with 'frequencies'}}
    grow.expand_attention to 6 frequencies [1.0, 0.25, 0.5]
  }
}

// -----

// expand_attention_c4: of all channels.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{its rotary embedding does not turn all channels, and new ones do not turn; leave 'frequencies' out}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") with 'frequencies'}}
    grow.expand_attention to 6 frequencies [1.0, 0.25, 0.5]
  }
}

// -----

// Factors are exact numbers, so there is a limit.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{the root of 4 / 6, which its scale is to be multiplied by, is of too large a number; use 'compensation graph' or another size}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale sqrt(9223372036854775783)
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the keys of layer 0 ("l") by 'compensation weights'}}
    grow.expand_attention to 6 compensation weights
  }
}

// -----

// A fill for a bias that no layer has.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.v_bias : tensor<2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  grow.param @l.o_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %o_bias = grow.get @l.o_bias : tensor<4xf32>
      %a = grow.attention %x q(%q) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_attention to 6 bias_init #grow.constant<1>
  }
}
