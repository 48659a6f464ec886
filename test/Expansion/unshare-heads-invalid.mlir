// What splitting groups refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// unshare_heads_c1
grow.schedule @negative_unshare_heads_factor {
  // expected-error @+1 {{expects a factor of at least 2, but found 1}}
  grow.unshare_heads by 1
}

// -----

// unshare_heads_c1
grow.schedule @negative_unshare_heads_layers {
  // expected-error @+1 {{expects 'layers' in strictly increasing order, but 1 follows 2}}
  grow.unshare_heads by 2 layers [2, 1]
}

// -----

// unshare_heads_c2: the layer exists.
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
    grow.unshare_heads by 2 layers [1]
  }
}

// -----

// unshare_heads_c2: the layer has an attention.
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
    // expected-error @+1 {{cannot split the groups of layer 0 ("l")}}
    grow.unshare_heads by 2
  }
}

// -----

// unshare_heads_c2: and only one.
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
    // expected-error @+1 {{cannot split the groups of layer 0 ("l")}}
    grow.unshare_heads by 2
  }
}

// -----

// unshare_heads_c2: a divisor of the heads in a group.
module {
  grow.param @l.q : tensor<4x2x3x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x3x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x3x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x3x4x4xf32>
      // expected-note @+1 {{its groups have 3 query heads each, which is not a multiple; use a divisor}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x3x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x3x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot split the groups of layer 0 ("l") by 2}}
    grow.unshare_heads by 2
  }
}

// -----

// unshare_heads_c2: nothing else reads its parameters.
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
    // expected-error @+1 {{cannot split the groups of layer 0 ("l")}}
    grow.unshare_heads by 2
  }
}

// -----

// Every copy is written down, so there is a limit.
module {
  grow.param @l.q : tensor<4x1x2097152x4xf32>
  grow.param @l.k : tensor<4x1x4xf32>
  grow.param @l.v : tensor<4x1x4xf32>
  grow.param @l.o : tensor<1x2097152x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x1x2097152x4xf32>
      %k = grow.get @l.k : tensor<4x1x4xf32>
      %v = grow.get @l.v : tensor<4x1x4xf32>
      %o = grow.get @l.o : tensor<1x2097152x4x4xf32>
      // expected-note @+1 {{it has 1 groups and can have at most 1048576; use a smaller factor}}
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x1x2097152x4xf32>, tensor<4x1x4xf32>, tensor<4x1x4xf32>, tensor<1x2097152x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot split the groups of layer 0 ("l") by 2097152}}
    grow.unshare_heads by 2097152
  }
}
