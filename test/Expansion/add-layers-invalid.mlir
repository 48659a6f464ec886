// What growth in depth refuses, and why.
// RUN: grow-opt %s --split-input-file --verify-diagnostics --grow-expand

// add_layers_c2
grow.schedule @negative_add_layers_copy_init {
  // expected-error @+1 {{expects no fills with 'from previous': the new layer is a copy}}
  grow.add_layers at [1] from previous init #grow.normal<stddev = 1/50>
}

// -----

// add_layers_c2
grow.schedule @negative_add_layers_copy_bias_init {
  // expected-error @+1 {{expects no fills with 'from next': the new layer is a copy}}
  grow.add_layers at [1] from next bias_init #grow.zero
}

// -----

// add_layers_c3
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  // expected-note @+1 {{layers of the model at this point: 1}}
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{expects positions between 0 and 1, but found 2}}
    grow.add_layers at [0, 2]
  }
}

// -----

// add_layers_c3: there is a neighbour.
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
    grow.add_layers at [0]
  }
}

// -----

// add_layers_c4: post-norm. No parameters of the last norm make the layer the identity.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %x, %m : tensor<?x?x4xf32>
      // expected-note @+1 {{its stream passes through this norm, which is the identity for no choice of parameters; grow a post-norm model in width}}
      %y = grow.layer_norm %s gain(%g) epsilon 0 count 4 centered 4 : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: post-norm, with a norm of a norm, as BERT has it.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.g2 : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      %g2 = grow.get @h.0.g2 : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %m, %n : tensor<?x?x4xf32>
      // expected-note @+1 {{its stream passes through this norm, which is the identity for no choice of parameters; grow a post-norm model in width}}
      %y = grow.rms_norm %s gain(%g2) epsilon 0 count 4 : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: no residual connection.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      // expected-note @+1 {{it yields this without adding its input}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: the stream twice.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{it adds its input more than once}}
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %x, %m : tensor<?x?x4xf32>
      %y = arith.addf %s, %x : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: a sum that holds the stream, twice.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{it adds its input more than once}}
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %x, %m : tensor<?x?x4xf32>
      %y = arith.addf %s, %s : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: an op that no parameter makes zero.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      // expected-note @+1 {{it ends here, in an op that does not implement ZeroableOpInterface}}
      %s = arith.negf %m : tensor<?x?x4xf32>
      %y = arith.addf %x, %s : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): a branch cannot be made zero}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: a branch that comes from outside.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // expected-note @+1 {{it ends here, in another input of the layer}}
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>, %z = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %y = arith.addf %x, %z : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): a branch cannot be made zero}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: what would be zero is not a parameter of the layer.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %d = grow.get @down : tensor<8x4xf32>
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>, %down = %d : tensor<8x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      // expected-note @+1 {{its operand 2 is not a parameter that the layer reads with 'grow.get'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): a branch cannot be made zero}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: no other layer reads its parameters.
module {
  grow.param @up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      // expected-note @+1 {{it is also read here; give the layer a parameter of its own}}
      %up = grow.get @up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it shares parameter @up}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: the copy of a stored parameter is stored elsewhere.
module {
  // expected-note @+1 {{the storage of @h.0.up does not depend on the layer; put {layer} into its name}}
  grow.param @h.0.up : tensor<4x8xf32> storage<"h.0.up">
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): its copy would be stored in the same place}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c4: the stream has one type on both sides.
module {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.1.g : tensor<8xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>, %wide: tensor<?x?x8xf32>) -> tensor<?x?x8xf32> {
    // expected-note @+1 {{its stream is 'tensor<?x?x4xf32>', not 'tensor<?x?x8xf32>'; use the other neighbour}}
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %n : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %wide : tensor<?x?x8xf32>) {
      %g = grow.get @h.1.g : tensor<8xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 8 : tensor<?x?x8xf32>
      %y = arith.addf %x, %n : tensor<?x?x8xf32>
      grow.yield %y : tensor<?x?x8xf32>
    }
    return %1 : tensor<?x?x8xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0") before layer 1 ("h.1")}}
    grow.add_layers at [1]
  }
}

// -----

// Nothing says what a parameter of another op should start as.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      // expected-note @+1 {{nothing is known about what operand 0 of this op should start as}}
      %c = arith.addf %g, %g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%c) epsilon 0 count 4 : tensor<?x?x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0") from nothing; use 'from previous'}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c5: nothing but zeros.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; give 'init' a fill that is not zero, or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would insert a layer like layer 0 ("h.0") with a branch that never receives a gradient}}
    grow.add_layers at [1] init #grow.zero
  }
}

// -----

// add_layers_c5: attention without values.
module {
  grow.param @h.0.q : tensor<4x1x1x2xf32>
  grow.param @h.0.k : tensor<4x1x2xf32>
  grow.param @h.0.v : tensor<4x1x2xf32>
  grow.param @h.0.o : tensor<1x1x2x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @h.0.q : tensor<4x1x1x2xf32>
      %k = grow.get @h.0.k : tensor<4x1x2xf32>
      %v = grow.get @h.0.v : tensor<4x1x2xf32>
      %o = grow.get @h.0.o : tensor<1x1x2x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; give 'init' a fill that is not zero, or ask for this with 'allow_dead'}}
      %m = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1
        : (tensor<?x?x4xf32>, tensor<4x1x1x2xf32>, tensor<4x1x2xf32>, tensor<4x1x2xf32>, tensor<1x1x2x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would insert a layer like layer 0 ("h.0") with a branch that never receives a gradient}}
    grow.add_layers at [1] init #grow.zero
  }
}

// -----

// add_layers_c5: a norm of a branch that is zero.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; give 'init' a fill that is not zero, or ask for this with 'allow_dead'}}
      %n = grow.rms_norm %m gain(%g) epsilon 1 count 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %n : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would insert a layer like layer 0 ("h.0") with a branch that never receives a gradient}}
    grow.add_layers at [1] init #grow.zero
  }
}

// -----

// add_layers_c5: one gain before the branch and after it.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1 count 4 : tensor<?x?x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; use for nothing else in the layer what makes this zero, or ask for this with 'allow_dead'}}
      %z = grow.rms_norm %m gain(%g) epsilon 1 count 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %z : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would insert a layer like layer 0 ("h.0") with a branch that never receives a gradient}}
    grow.add_layers at [1]
  }
}

// -----

// add_layers_c5: a copy of a dead layer.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; use 'from random', or ask for this with 'allow_dead'}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1] init #grow.zero allow_dead
    // expected-error @+1 {{would insert a layer like layer 1 ("new.1.0") with a branch that never receives a gradient}}
    grow.add_layers at [2] from previous
  }
}

// -----

// add_layers_c5: a sum that doubles 40 times is looked at once, not 2^40 times.
module {
  grow.param @l.gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @l.gain : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 1.0e-05 count 4 : tensor<?x?x4xf32>
      %a0 = arith.addf %n, %n : tensor<?x?x4xf32>
      %a1 = arith.addf %a0, %a0 : tensor<?x?x4xf32>
      %a2 = arith.addf %a1, %a1 : tensor<?x?x4xf32>
      %a3 = arith.addf %a2, %a2 : tensor<?x?x4xf32>
      %a4 = arith.addf %a3, %a3 : tensor<?x?x4xf32>
      %a5 = arith.addf %a4, %a4 : tensor<?x?x4xf32>
      %a6 = arith.addf %a5, %a5 : tensor<?x?x4xf32>
      %a7 = arith.addf %a6, %a6 : tensor<?x?x4xf32>
      %a8 = arith.addf %a7, %a7 : tensor<?x?x4xf32>
      %a9 = arith.addf %a8, %a8 : tensor<?x?x4xf32>
      %a10 = arith.addf %a9, %a9 : tensor<?x?x4xf32>
      %a11 = arith.addf %a10, %a10 : tensor<?x?x4xf32>
      %a12 = arith.addf %a11, %a11 : tensor<?x?x4xf32>
      %a13 = arith.addf %a12, %a12 : tensor<?x?x4xf32>
      %a14 = arith.addf %a13, %a13 : tensor<?x?x4xf32>
      %a15 = arith.addf %a14, %a14 : tensor<?x?x4xf32>
      %a16 = arith.addf %a15, %a15 : tensor<?x?x4xf32>
      %a17 = arith.addf %a16, %a16 : tensor<?x?x4xf32>
      %a18 = arith.addf %a17, %a17 : tensor<?x?x4xf32>
      %a19 = arith.addf %a18, %a18 : tensor<?x?x4xf32>
      %a20 = arith.addf %a19, %a19 : tensor<?x?x4xf32>
      %a21 = arith.addf %a20, %a20 : tensor<?x?x4xf32>
      %a22 = arith.addf %a21, %a21 : tensor<?x?x4xf32>
      %a23 = arith.addf %a22, %a22 : tensor<?x?x4xf32>
      %a24 = arith.addf %a23, %a23 : tensor<?x?x4xf32>
      %a25 = arith.addf %a24, %a24 : tensor<?x?x4xf32>
      %a26 = arith.addf %a25, %a25 : tensor<?x?x4xf32>
      %a27 = arith.addf %a26, %a26 : tensor<?x?x4xf32>
      %a28 = arith.addf %a27, %a27 : tensor<?x?x4xf32>
      %a29 = arith.addf %a28, %a28 : tensor<?x?x4xf32>
      %a30 = arith.addf %a29, %a29 : tensor<?x?x4xf32>
      %a31 = arith.addf %a30, %a30 : tensor<?x?x4xf32>
      %a32 = arith.addf %a31, %a31 : tensor<?x?x4xf32>
      %a33 = arith.addf %a32, %a32 : tensor<?x?x4xf32>
      %a34 = arith.addf %a33, %a33 : tensor<?x?x4xf32>
      %a35 = arith.addf %a34, %a34 : tensor<?x?x4xf32>
      %a36 = arith.addf %a35, %a35 : tensor<?x?x4xf32>
      %a37 = arith.addf %a36, %a36 : tensor<?x?x4xf32>
      %a38 = arith.addf %a37, %a37 : tensor<?x?x4xf32>
      %a39 = arith.addf %a38, %a38 : tensor<?x?x4xf32>
      %a40 = arith.addf %a39, %a39 : tensor<?x?x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero; use for nothing else in the layer what makes this zero, or ask for this with 'allow_dead'}}
      %e = grow.rms_norm %a40 gain(%g) epsilon 1.0e-05 count 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %e : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{would insert a layer like layer 0 ("l") with a branch that never receives a gradient}}
    grow.add_layers at [0]
  }
}

// -----

// A stream that each layer scales is no identity.
module {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      // expected-note @+1 {{it yields this without adding its input}}
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %x, %m : tensor<?x?x4xf32>
      // expected-note @+1 {{its stream is scaled here, which changes it in every layer}}
      %y = grow.scale %s by 1/2 : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    // expected-error @+1 {{cannot insert a layer like layer 0 ("h.0"): it does not yield its input plus branches}}
    grow.add_layers at [1]
  }
}

// -----

// The gain of a norm that adds 1 is zero where it is stored as -1, and then nothing
// reaches the branch; stored as 0 it is 1. What is dropped does not matter.
module {
  grow.param @h.0.g : tensor<4xf32> {
    %0 = grow.fill #grow.constant<-1> -> tensor<6xf32>
    %1 = grow.drop %0 along 0 at [4] by [2] : tensor<6xf32>
    grow.yield %1 : tensor<4xf32>
  }
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32> {
    %0 = grow.fill #grow.zero -> tensor<4xf32>
    grow.yield %0 : tensor<4xf32>
  }
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) unit_offset epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      // expected-note @+1 {{only zeros would reach what makes this zero}}
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) unit_offset epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [2] from previous
    // expected-error @+1 {{would insert a layer like layer 0 ("h.0") with a branch that never receives a gradient}}
    grow.add_layers at [0] from next
  }
}
