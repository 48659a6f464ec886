// New layers: where they stand, what they are called, what they start as.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// From nothing: what makes the branch zero is zero, weights are random, gains 1.
// CHECK-LABEL: module @add_layers_random
module @add_layers_random {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  // CHECK: grow.param @h.0.down : tensor<8x4xf32>{{$}}
  // CHECK: grow.param @new.1.0.g : tensor<4xf32> {
  // CHECK-NEXT: grow.fill #grow.constant<1> -> tensor<4xf32>
  // CHECK: grow.param @new.1.0.up : tensor<4x8xf32> {
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/8, seed = 3> -> tensor<4x8xf32>
  // CHECK: grow.param @new.1.0.down : tensor<8x4xf32> {
  // CHECK-NEXT: grow.fill #grow.zero -> tensor<8x4xf32>
  // CHECK: %[[OLD:.*]] = grow.layer "h.0"
  // CHECK: %[[NEW:.*]] = grow.layer "new.1.0" (%[[X:.*]] = %[[OLD]] :
  // CHECK: %[[G:.*]] = grow.get @new.1.0.g
  // CHECK: %[[N:.*]] = grow.rms_norm %[[X]] gain(%[[G]])
  // CHECK: %[[UP:.*]] = grow.get @new.1.0.up
  // CHECK: %[[DOWN:.*]] = grow.get @new.1.0.down
  // CHECK: %[[M:.*]] = grow.mlp %[[N]] up(%[[UP]]) down(%[[DOWN]])
  // CHECK: %[[Y:.*]] = arith.addf %[[X]], %[[M]]
  // CHECK: grow.yield %[[Y]]
  // CHECK: return %[[NEW]]
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1] init #grow.normal<stddev = 1/8, seed = 3>
  }
}

// -----

// Before, between and after, and twice at one place; numbers are those of before.
// CHECK-LABEL: module @add_layers_positions
module @add_layers_positions {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32>
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  // CHECK: %[[A:.*]] = grow.layer "new.0.0" (%{{.*}} = %arg0 :
  // CHECK: %[[B:.*]] = grow.layer "h.0" (%{{.*}} = %[[A]] :
  // CHECK: %[[C:.*]] = grow.layer "new.1.0" (%{{.*}} = %[[B]] :
  // CHECK: %[[D:.*]] = grow.layer "new.1.1" (%{{.*}} = %[[C]] :
  // CHECK: %[[E:.*]] = grow.layer "h.1" (%{{.*}} = %[[D]] :
  // CHECK: %[[F:.*]] = grow.layer "new.2.0" (%{{.*}} = %[[E]] :
  // CHECK: return %[[F]]
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [0, 1, 1, 2]
  }
}

// -----

// Names count source layers, so that they do not depend on the order of insertions.
// CHECK-LABEL: module @add_layers_repeated
module @add_layers_repeated {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32>
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  // CHECK: grow.layer "h.0"
  // CHECK: grow.layer "new.1.1"
  // CHECK: grow.layer "new.1.0"
  // CHECK: grow.layer "h.1"
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
    grow.add_layers at [1]
  }
}

// -----

// Copies of the layer before, except what makes its branch zero.
// CHECK-LABEL: module @add_layers_previous
module @add_layers_previous {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32>
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  // CHECK: grow.param @new.1.0.g
  // CHECK-NEXT: %[[G:.*]] = grow.source "h.0.g" : tensor<4xf32>
  // CHECK-NEXT: grow.yield %[[G]]
  // CHECK: grow.param @new.1.0.up
  // CHECK-NEXT: grow.source "h.0.up"
  // CHECK: grow.param @new.1.0.down
  // CHECK-NEXT: grow.fill #grow.zero
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1] from previous
  }
}

// -----

// Copies of the layer after.
// CHECK-LABEL: module @add_layers_next
module @add_layers_next {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32>
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  // CHECK: grow.param @new.1.0.up
  // CHECK-NEXT: grow.source "h.1.up"
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1] from next
  }
}

// -----

// At the ends the neighbour is the one that exists.
// CHECK-LABEL: module @add_layers_ends
module @add_layers_ends {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.1.g : tensor<4xf32>
  grow.param @h.1.up : tensor<4x8xf32>
  grow.param @h.1.down : tensor<8x4xf32>
  // CHECK: grow.param @new.0.0.up
  // CHECK-NEXT: grow.source "h.0.up"
  // CHECK: grow.param @new.2.0.up
  // CHECK-NEXT: grow.source "h.1.up"
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    %1 = grow.layer "h.1" (%x = %0 : tensor<?x?x4xf32>) {
      %g = grow.get @h.1.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.1.up : tensor<4x8xf32>
      %down = grow.get @h.1.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %1 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [0] from previous
    grow.add_layers at [3] from next
  }
}

// -----

// A copy of a grown parameter grows as the original did, and draws what it drew; what it gains later is its own.
// CHECK-LABEL: module @add_layers_copy_of_grown
module @add_layers_copy_of_grown {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  // CHECK: grow.param @h.0.up :
  // CHECK: #grow.normal<stddev = 1/50> along 1 at [8] by [4]
  // CHECK: grow.param @new.1.0.up :
  // CHECK-NEXT: grow.source "h.0.up" : tensor<4x8xf32>
  // CHECK-NEXT: #grow.normal<stddev = 1/50, key = "h.0.up"> along 1 at [8] by [4]
  // CHECK-NEXT: #grow.normal<stddev = 1/50> along 1 at [12] by [4]
  // CHECK-NEXT: grow.yield
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12
    grow.add_layers at [1] from previous
    grow.expand_mlp to 16
  }
}

// -----

// A copy of a random layer, and a copy of that copy, draw what it drew.
// CHECK-LABEL: module @add_layers_copy_of_random
module @add_layers_copy_of_random {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  // CHECK: grow.param @new.1.0.up :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50> ->
  // CHECK: grow.param @new.1.1.up :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50, key = "new.1.0.up"> ->
  // CHECK: grow.param @new.1.2.up :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50, key = "new.1.0.up"> ->
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
    grow.add_layers at [2] from previous
    grow.add_layers at [3] from previous
  }
}

// -----

// Attention: the output projection and its bias are zero; weights and other
// biases have fills of their own.
// CHECK-LABEL: module @add_layers_random_attention
module @add_layers_random_attention {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.b : tensor<4xf32>
  grow.param @h.0.q : tensor<4x2x1x3xf32>
  grow.param @h.0.bq : tensor<2x1x3xf32>
  grow.param @h.0.k : tensor<4x2x3xf32>
  grow.param @h.0.bk : tensor<2x3xf32>
  grow.param @h.0.v : tensor<4x2x5xf32>
  grow.param @h.0.bv : tensor<2x5xf32>
  grow.param @h.0.o : tensor<2x1x5x4xf32>
  grow.param @h.0.bo : tensor<4xf32>
  // CHECK: grow.param @new.1.0.g :
  // CHECK-NEXT: grow.fill #grow.constant<1>
  // CHECK: grow.param @new.1.0.b :
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.param @new.1.0.q :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.bq :
  // CHECK-NEXT: grow.fill #grow.constant<1/4>
  // CHECK: grow.param @new.1.0.k :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.bk :
  // CHECK-NEXT: grow.fill #grow.constant<1/4>
  // CHECK: grow.param @new.1.0.v :
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.bv :
  // CHECK-NEXT: grow.fill #grow.constant<1/4>
  // CHECK: grow.param @new.1.0.o :
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.param @new.1.0.bo :
  // CHECK-NEXT: grow.fill #grow.zero
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %b = grow.get @h.0.b : tensor<4xf32>
      %n = grow.layer_norm %x gain(%g) bias(%b) epsilon 0 count 4 centered 4 : tensor<?x?x4xf32>
      %q = grow.get @h.0.q : tensor<4x2x1x3xf32>
      %bq = grow.get @h.0.bq : tensor<2x1x3xf32>
      %k = grow.get @h.0.k : tensor<4x2x3xf32>
      %bk = grow.get @h.0.bk : tensor<2x3xf32>
      %v = grow.get @h.0.v : tensor<4x2x5xf32>
      %bv = grow.get @h.0.bv : tensor<2x5xf32>
      %o = grow.get @h.0.o : tensor<2x1x5x4xf32>
      %bo = grow.get @h.0.bo : tensor<4xf32>
      %a = grow.attention %n q(%q, %bq) k(%k, %bk) v(%v, %bv) o(%o, %bo) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x3xf32>, tensor<2x1x3xf32>, tensor<4x2x3xf32>, tensor<2x3xf32>, tensor<4x2x5xf32>, tensor<2x5xf32>, tensor<2x1x5x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1] bias_init #grow.constant<1/4>
  }
}

// -----

// Biases of a gated MLP.
// CHECK-LABEL: module @add_layers_random_gated_biases
module @add_layers_random_gated_biases {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.ub : tensor<8xf32>
  grow.param @h.0.gate : tensor<4x8xf32>
  grow.param @h.0.gb : tensor<8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.db : tensor<4xf32>
  // CHECK: grow.param @new.0.0.up :
  // CHECK-NEXT: #grow.normal
  // CHECK: grow.param @new.0.0.ub :
  // CHECK-NEXT: #grow.constant<1/4>
  // CHECK: grow.param @new.0.0.gate :
  // CHECK-NEXT: #grow.normal
  // CHECK: grow.param @new.0.0.gb :
  // CHECK-NEXT: #grow.constant<1/4>
  // CHECK: grow.param @new.0.0.down :
  // CHECK-NEXT: #grow.zero
  // CHECK: grow.param @new.0.0.db :
  // CHECK-NEXT: #grow.zero
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %ub = grow.get @h.0.ub : tensor<8xf32>
      %gate = grow.get @h.0.gate : tensor<4x8xf32>
      %gb = grow.get @h.0.gb : tensor<8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %db = grow.get @h.0.db : tensor<4xf32>
      %m = grow.mlp %x up(%up, %ub) gate(%gate, %gb) down(%down, %db) activation silu
        : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [0] bias_init #grow.constant<1/4>
  }
}

// -----

// Branches in parallel, summed before the stream is added, in either order.
// CHECK-LABEL: module @add_layers_parallel
module @add_layers_parallel {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.up2 : tensor<4x8xf32>
  grow.param @h.0.down2 : tensor<8x4xf32>
  // CHECK: grow.param @new.1.0.down :
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.param @new.1.0.down2 :
  // CHECK-NEXT: grow.fill #grow.zero
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %a = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %up2 = grow.get @h.0.up2 : tensor<4x8xf32>
      %down2 = grow.get @h.0.down2 : tensor<8x4xf32>
      %b = grow.mlp %x up(%up2) down(%down2) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %a, %b : tensor<?x?x4xf32>
      %y = arith.addf %s, %x : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}

// -----

// A branch that ends in a norm is made zero by the norm; the rest of it is not.
// CHECK-LABEL: module @add_layers_norm_of_branch
module @add_layers_norm_of_branch {
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.b : tensor<4xf32>
  // CHECK: grow.param @new.1.0.down :
  // CHECK-NEXT: grow.fill #grow.normal
  // CHECK: grow.param @new.1.0.g :
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.param @new.1.0.b :
  // CHECK-NEXT: grow.fill #grow.zero
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %a = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %g = grow.get @h.0.g : tensor<4xf32>
      %b = grow.get @h.0.b : tensor<4xf32>
      %n = grow.layer_norm %a gain(%g) bias(%b) epsilon 0 count 4 centered 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %n : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}

// -----

// What a layer is given besides the stream, a new layer is given, too.
// CHECK-LABEL: module @add_layers_other_operands
module @add_layers_other_operands {
  grow.param @g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    // CHECK: %[[W:.*]] = grow.get @g
    %w = grow.get @g : tensor<4xf32>
    // CHECK: %[[OLD:.*]] = grow.layer "h.0"
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>, %g = %w : tensor<4xf32>) {
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %a = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    // CHECK: grow.layer "new.1.0" (%{{.*}} = %[[OLD]] : {{.*}}, %{{.*}} = %[[W]] :
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}

// -----

// A parameter whose name does not begin with its layer's keeps its whole name;
// storage is the neighbour's, and names that are taken are not taken again.
// CHECK-LABEL: module @add_layers_names
module @add_layers_names {
  grow.param @new.1.0.x : tensor<4xf32>
  // CHECK: grow.param @mlp.up :
  grow.param @mlp.up : tensor<4x8xf32> storage<"h.{layer}.up"[1, 0]>
  grow.param @mlp.down : tensor<8x4xf32> storage<"h.{layer}.down">
  // CHECK: grow.param @new.1.1.mlp.up : tensor<4x8xf32> storage<"h.{layer}.up"[1, 0]>
  // CHECK: grow.param @new.1.1.mlp.down : tensor<8x4xf32> storage<"h.{layer}.down">
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @mlp.up : tensor<4x8xf32>
      %down = grow.get @mlp.down : tensor<8x4xf32>
      %a = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}

// -----

// A scaled branch is zero if what is scaled is, also where the branches are parallel
// and scaled together.
// CHECK-LABEL: module @add_layers_scaled
module @add_layers_scaled {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.up2 : tensor<4x8xf32>
  grow.param @h.0.down2 : tensor<8x4xf32>
  // CHECK: grow.param @new.1.0.up : tensor<4x8xf32> {
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.down : tensor<8x4xf32> {
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.param @new.1.0.up2 : tensor<4x8xf32> {
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.down2 : tensor<8x4xf32> {
  // CHECK-NEXT: grow.fill #grow.zero
  // CHECK: grow.layer "new.1.0"
  // CHECK: grow.scale %{{.*}} by 11/50
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %a = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %up2 = grow.get @h.0.up2 : tensor<4x8xf32>
      %down2 = grow.get @h.0.down2 : tensor<8x4xf32>
      %b = grow.mlp %n up(%up2) down(%down2) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %s = arith.addf %a, %b : tensor<?x?x4xf32>
      %t = grow.scale %s by 11/50 : tensor<?x?x4xf32>
      %y = arith.addf %x, %t : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}

// -----

// A branch that ends in a norm is silent by its gain, which is stored as -1 where the
// norm adds 1; the gain of the norm before it starts as 1, stored as 0.
// CHECK-LABEL: module @add_layers_sandwich
module @add_layers_sandwich {
  grow.param @h.0.g : tensor<4xf32>
  grow.param @h.0.up : tensor<4x8xf32>
  grow.param @h.0.down : tensor<8x4xf32>
  grow.param @h.0.after : tensor<4xf32>
  // CHECK: grow.param @new.1.0.g : tensor<4xf32> {
  // CHECK-NEXT: grow.fill #grow.constant<0>
  // CHECK: grow.param @new.1.0.down : tensor<8x4xf32> {
  // CHECK-NEXT: grow.fill #grow.normal<stddev = 1/50>
  // CHECK: grow.param @new.1.0.after : tensor<4xf32> {
  // CHECK-NEXT: grow.fill #grow.constant<-1>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "h.0" (%x = %arg : tensor<?x?x4xf32>) {
      %g = grow.get @h.0.g : tensor<4xf32>
      %n = grow.rms_norm %x gain(%g) unit_offset epsilon 0 count 4 : tensor<?x?x4xf32>
      %up = grow.get @h.0.up : tensor<4x8xf32>
      %down = grow.get @h.0.down : tensor<8x4xf32>
      %m = grow.mlp %n up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %after = grow.get @h.0.after : tensor<4xf32>
      %a = grow.rms_norm %m gain(%after) unit_offset epsilon 1.0e-06 count 4 : tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_layers at [1]
  }
}
