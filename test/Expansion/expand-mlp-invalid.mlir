// What growth of the MLP refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// expand_mlp_c2
grow.schedule @negative_expand_mlp_layers_order {
  // expected-error @+1 {{expects 'layers' in strictly increasing order, but 1 follows 2}}
  grow.expand_mlp to 16 layers [2, 1]
}

// -----

// expand_mlp_c3
grow.schedule @negative_expand_mlp_zero_up_init {
  // expected-error @+1 {{expects no 'up_init', or one of zeros, with 'zero up', but found #grow.constant<1>}}
  grow.expand_mlp to 16 zero up up_init #grow.constant<1>
}

// -----

// expand_mlp_c3
grow.schedule @negative_expand_mlp_zero_gate_init {
  // expected-error @+1 {{expects no 'gate_init', or one of zeros, with 'zero gate', but found #grow.constant<1>}}
  grow.expand_mlp to 16 zero gate gate_init #grow.constant<1>
}

// -----

// expand_mlp_c3
grow.schedule @negative_expand_mlp_zero_down_init {
  // expected-error @+1 {{expects no 'down_init', or one of zeros, with 'zero down', but found #grow.constant<1>}}
  grow.expand_mlp to 16 zero down down_init #grow.constant<1>
}

// -----

// expand_mlp_c4: the layer exists.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  // expected-note @+1 {{layers of the model at this point: 1}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{expects numbers of layers between 0 and 0, but found 3}}
    grow.expand_mlp to 16 layers [0, 3]
  }
}

// -----

// expand_mlp_c4: there are layers at all.
module {
  grow.param @w : tensor<4x4xf32>
  // expected-note @+1 {{layers of the model at this point: 0}}
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf32> {
    %w = grow.get @w : tensor<4x4xf32>
    %0 = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<4x4xf32>
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has no layer to apply to}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c4: the layer has an MLP.
module {
  grow.param @g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{it has no 'grow.mlp'; leave it out of 'layers'}}
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      grow.yield %n : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l")}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c4: and only one.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{it has 2 'grow.mlp' ops, and one is here}}
      %a = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      // expected-note @+1 {{it has 2 'grow.mlp' ops, and one is here}}
      %b = grow.mlp %a up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %b : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l")}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c4: the MLP is smaller than the size asked for.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{it already has 8}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l") to 8 units}}
    grow.expand_mlp to 8
  }
}

// -----

// expand_mlp_c4: no other layer reads its parameters.
module {
  grow.param @up : tensor<4x8xf32>
  grow.param @l.0.down : tensor<8x4xf32>
  grow.param @l.1.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @l.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    %1 = grow.layer "l.1" (%x = %0 : tensor<?x?x4xf32>) {
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @l.1.down : tensor<8x4xf32>
      // expected-note @+1 {{its 'up' is @up, which is also used here; give it a parameter of its own}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l.0")}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c4: nor does the MLP itself, in another place.
module {
  grow.param @up : tensor<4x8xf32>
  grow.param @down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @down : tensor<8x4xf32>
      // expected-note @+1 {{its 'up' is @up, which is also used here}}
      %m = grow.mlp %x up(%up) gate(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l")}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c4: they are parameters.
module {
  grow.param @up : tensor<4x8xf32>
  grow.param @down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %w = grow.get @up : tensor<4x8xf32>
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>, %up = %w : tensor<4x8xf32>) {
      %down = grow.get @down : tensor<8x4xf32>
      // expected-note @+1 {{its 'up' is not a parameter that the layer reads with 'grow.get'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l")}}
    grow.expand_mlp to 16
  }
}

// -----

// expand_mlp_c5: a gate that is to be zero exists.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{it has no gate; use 'zero down' or 'zero up'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l") by 'zero gate'}}
    grow.expand_mlp to 16 zero gate
  }
}

// -----

// expand_mlp_c5: pairs are pairs.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{it has 8 units, and the 7 new ones do not come in pairs; use a size one larger or smaller}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l") by 'zero pair'}}
    grow.expand_mlp to 15 zero pair
  }
}

// -----

// expand_mlp_c5: a fill for gates has a gate to fill.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'gate_init', but no selected layer has a gate; leave it out}}
    grow.expand_mlp to 16 gate_init #grow.normal<stddev = 1/50>
  }
}

// -----

// expand_mlp_c5: a fill for biases has a bias to fill.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_mlp to 16 bias_init #grow.constant<1>
  }
}

// -----

// expand_mlp_c5: the bias of the zero side is not one.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.up_bias : tensor<8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up, %ub) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{has a 'bias_init', but there is no bias that it may fill; leave it out}}
    grow.expand_mlp to 16 zero up bias_init #grow.constant<1>
  }
}

// -----

// expand_mlp_c5, liveness: two zero blocks.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'up' and 'down' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 init #grow.zero
  }
}

// -----

// A standard deviation of zero is zero.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'up' and 'down' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 zero up down_init #grow.normal<stddev = 0>
  }
}

// -----

// Two of three blocks of a gated MLP.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.gate : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'gate' and 'down' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 gate_init #grow.zero
  }
}

// -----

// All three blocks of a gated MLP.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.gate : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'gate' and 'up' and 'down' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 init #grow.zero
  }
}

// -----

// The bias is zero, too, so that it does not help.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.up_bias : tensor<8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'up' and 'down' of the new entries are zero; let only the zero side be, by fills that are not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up, %ub) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 up_init #grow.zero
  }
}

// -----

// ReLU has no slope at zero.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'relu' of 'up' is zero in the new units, and so is its derivative; use 'zero down' and a fill for 'up' that is not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 zero up
  }
}

// -----

// ReLU has no slope at zero, in a gate.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.gate : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'relu' of 'gate' is zero in the new units, and so is its derivative; use 'zero up' and a fill for 'gate' that is not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) gate(%gate) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 zero gate
  }
}

// -----

// ReLU has no slope below zero.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.up_bias : tensor<8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{'relu' of 'up' is zero in the new units}}
      %m = grow.mlp %x up(%up, %ub) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add units to layer 0 ("l") that never receive a gradient}}
    grow.expand_mlp to 16 bias_init #grow.constant<-1> up_init #grow.zero
  }
}

// -----

// A pair of equal units stays one.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{the new rows of 'down' are zero and not opposite; give 'down_init' a fill that is not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would add pairs of units to layer 0 ("l") that stay equal forever}}
    grow.expand_mlp to 16 zero pair down_init #grow.zero
  }
}

// -----

// expand_mlp_c5: the second unit of each pair is named, so there is a limit.
module {
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      // expected-note @+1 {{it would gain 4611686018427387896 units, but pairs have at most 16777216; use a smaller size or 'zero down'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot widen the MLP of layer 0 ("l") by 'zero pair'}}
    grow.expand_mlp to 4611686018427387904 zero pair
  }
}
