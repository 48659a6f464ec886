// What growth by heads refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// add_heads_c1
grow.schedule @negative_add_heads_layers {
  // expected-error @+1 {{expects 'layers' in strictly increasing order, but 1 follows 2}}
  grow.add_heads groups by 1 layers [2, 1]
}

// -----

// add_heads_c2
grow.schedule @negative_add_heads_mean {
  // expected-error @+1 {{expects 'query_init' to be a fill that needs no input, but found #grow.mean}}
  grow.add_heads groups by 1 query_init #grow.mean
}

// -----

// add_heads_c2
grow.schedule @negative_add_heads_zero {
  // expected-error @+1 {{expects no 'output_init', or one of zeros, with 'zero output', but found #grow.constant<1>}}
  grow.add_heads groups by 1 output_init #grow.constant<1>
}

// -----

// add_heads_c2
grow.schedule @negative_add_heads_queries_zero {
  // expected-error @+1 {{expects 'zero output' for heads of queries, which have no values of their own}}
  grow.add_heads queries by 1 zero value
}

// -----

// add_heads_c2
grow.schedule @negative_add_heads_queries_key {
  // expected-error @+1 {{expects no 'key_init' and no 'value_init' for heads of queries, which have neither keys nor values of their own}}
  grow.add_heads queries by 1 key_init #grow.zero
}

// -----

// add_heads_c3: the layer exists.
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
    grow.add_heads groups by 1 layers [1]
  }
}

// -----

// add_heads_c3: the layer has an attention.
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
    // expected-error @+1 {{cannot add heads to layer 0 ("l")}}
    grow.add_heads groups by 1
  }
}

// -----

// add_heads_c3: and only one.
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
    // expected-error @+1 {{cannot add heads to layer 0 ("l")}}
    grow.add_heads groups by 1
  }
}

// -----

// add_heads_c3: nothing else reads its parameters.
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
    // expected-error @+1 {{cannot add heads to layer 0 ("l")}}
    grow.add_heads groups by 1
  }
}

// -----

// add_heads_c3: the new parameters are tensors.
module {
  // expected-note @+1 {{with 9223372036854775807 more slices along axis 1 the size of this parameter in bytes would not fit in 63 bits; use a smaller size}}
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
    // expected-error @+1 {{cannot add heads to layer 0 ("l")}}
    grow.add_heads groups by 9223372036854775807
  }
}

// -----

// Every slope is written down, so there is a limit.
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
      // expected-note @+1 {{it has a slope for each head, at most 1048576 of which can be added; use a smaller count}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [1.0, 2.0]
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot add heads to layer 0 ("l")}}
    grow.add_heads groups by 4611686018427387904
  }
}

// -----

// add_heads_c3: the values are live.
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
    // expected-error @+1 {{would add heads to layer 0 ("l") that never receive a gradient}}
    grow.add_heads groups by 1 value_init #grow.zero
  }
}

// -----

// add_heads_c3: the scores are live.
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
    // expected-error @+1 {{would add heads to layer 0 ("l") that never receive a gradient}}
    grow.add_heads groups by 1 query_init #grow.zero key_init #grow.zero
  }
}

// -----

// Keys that are nothing but a bias are the same for every token.
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
    // expected-error @+1 {{would add heads to layer 0 ("l") that never receive a gradient}}
    grow.add_heads groups by 1 bias_init #grow.constant<1> query_init #grow.zero key_init #grow.zero
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
    grow.add_heads queries by 1 bias_init #grow.constant<1>
  }
}
