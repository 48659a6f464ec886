// What growth of the values refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_heads_c1
grow.schedule @negative_expand_heads_layers {
  // expected-error @+1 {{expects 'layers' in strictly increasing order, but 1 follows 2}}
  grow.expand_heads to 16 layers [2, 1]
}

// -----

// expand_heads_c2
grow.schedule @negative_expand_heads_copy {
  // expected-error @+1 {{expects 'init' to be a fill that needs no input, but found #grow.mean}}
  grow.expand_heads to 16 init #grow.mean
}

// -----

// expand_heads_c2
grow.schedule @negative_expand_heads_zero_value {
  // expected-error @+1 {{expects no 'value_init', or one of zeros, with 'zero value', but found #grow.constant<1>}}
  grow.expand_heads to 16 zero value value_init #grow.constant<1>
}

// -----

// expand_heads_c2
grow.schedule @negative_expand_heads_zero_output {
  // expected-error @+1 {{expects no 'output_init', or one of zeros, with 'zero output', but found #grow.constant<1>}}
  grow.expand_heads to 16 output_init #grow.constant<1>
}

// -----

// expand_heads_c3: the layer exists.
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
    grow.expand_heads to 16 layers [1]
  }
}

// -----

// expand_heads_c3: the layer has an attention.
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
    // expected-error @+1 {{cannot widen the values of layer 0 ("l")}}
    grow.expand_heads to 16
  }
}

// -----

// expand_heads_c3: and only one.
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
    // expected-error @+1 {{cannot widen the values of layer 0 ("l")}}
    grow.expand_heads to 16
  }
}

// -----

// expand_heads_c3: its values are narrower.
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
    // expected-error @+1 {{cannot widen the values of layer 0 ("l") to 4 channels in a head}}
    grow.expand_heads to 4
  }
}

// -----

// expand_heads_c3: nothing else reads its parameters.
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
      // expected-note @+1 {{its 'v' is @k, which is also used here; give it a parameter of its own}}
      %a = grow.attention %x q(%q) k(%k) v(%k) o(%o) scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x2x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x2x4x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %a : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the values of layer 0 ("l")}}
    grow.expand_heads to 16
  }
}

// -----

// expand_heads_c3: the new parameters are tensors.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // expected-note @+1 {{with 4611686018427387900 more slices along axis 2 the size of this parameter in bytes would not fit in 63 bits; use a smaller size}}
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
    // expected-error @+1 {{cannot widen the values of layer 0 ("l")}}
    grow.expand_heads to 4611686018427387904
  }
}

// -----

// expand_heads_c3: the new entries are live.
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
      // expected-note @+1 {{'v' and 'o' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add values to layer 0 ("l") that never receive a gradient}}
    grow.expand_heads to 6 init #grow.zero
  }
}

// -----

// expand_heads_c3: on either side.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.v_bias : tensor<2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // expected-note @+1 {{'v' and 'o' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %a = grow.attention %x q(%q) k(%k) v(%v, %v_bias) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add values to layer 0 ("l") that never receive a gradient}}
    grow.expand_heads to 6 zero value output_init #grow.normal<stddev = 0>
  }
}

// -----

// A fill for a bias that no layer has.
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
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_heads to 6 bias_init #grow.constant<1>
  }
}

// -----

// Nor has one that it may fill.
module {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.q_bias : tensor<2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.v_bias : tensor<2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  grow.param @l.o_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %o_bias = grow.get @l.o_bias : tensor<4xf32>
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_heads to 6 zero value bias_init #grow.constant<1>
  }
}
