// Growth of the MLP's hidden dimension: what each new block is.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// By default the new rows of `down` are zero, weights random, biases zero.
// CHECK-LABEL: module @expand_mlp_down
module @expand_mlp_down {
  // CHECK: grow.param @l.up : tensor<4x16xf32>
  // CHECK-NEXT: %[[UP:.*]] = grow.source "l.up" : tensor<4x8xf32>
  // CHECK-NEXT: %[[MORE:.*]] = grow.extend %[[UP]] with #grow.normal<stddev = 1/50> along 1 at [8] by [8]
  // CHECK-NEXT: grow.yield %[[MORE]] : tensor<4x16xf32>
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.up_bias : tensor<16xf32>
  // CHECK: grow.extend %{{.*}} with #grow.zero along 0 at [8] by [8]
  grow.param @l.up_bias : tensor<8xf32>
  // CHECK: grow.param @l.down : tensor<16x4xf32>
  // CHECK: grow.extend %{{.*}} with #grow.zero along 0 at [8] by [8]
  grow.param @l.down : tensor<8x4xf32>
  // The bias of the output has no new entry.
  // CHECK: grow.param @l.down_bias : tensor<4xf32>{{$}}
  grow.param @l.down_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      // CHECK: grow.get @l.up : tensor<4x16xf32>
      %up = grow.get @l.up : tensor<4x8xf32>
      // CHECK: grow.get @l.up_bias : tensor<16xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      // CHECK: grow.get @l.down : tensor<16x4xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %db = grow.get @l.down_bias : tensor<4xf32>
      %m = grow.mlp %x up(%up, %ub) down(%down, %db) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  // CHECK-NOT: grow.schedule
  grow.schedule @bigger {
    grow.expand_mlp to 16
  }
}

// -----

// `init` fills weights, `bias_init` biases, a block's own fill only that block.
// CHECK-LABEL: module @expand_mlp_down_gated_fills
module @expand_mlp_down_gated_fills {
  // CHECK: grow.param @l.up :
  // CHECK: with #grow.uniform<bound = 1/10>
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.up_bias :
  // CHECK: with #grow.constant<1/2>
  grow.param @l.up_bias : tensor<8xf32>
  // CHECK: grow.param @l.gate :
  // CHECK: with #grow.normal<stddev = 1/8, seed = 3> along 1 at [8] by [2]
  grow.param @l.gate : tensor<4x8xf32>
  // CHECK: grow.param @l.gate_bias :
  // CHECK: with #grow.constant<1/2> along 0 at [8] by [2]
  grow.param @l.gate_bias : tensor<8xf32>
  // CHECK: grow.param @l.down :
  // CHECK: with #grow.zero
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %gb = grow.get @l.gate_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up, %ub) gate(%gate, %gb) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 10 init #grow.normal<stddev = 1/8, seed = 3> bias_init #grow.constant<1/2> up_init #grow.uniform<bound = 1/10>
  }
}

// -----

// On the zero side the bias is zero, too, whatever fills the free one.
// CHECK-LABEL: module @expand_mlp_up_gated_bias
module @expand_mlp_up_gated_bias {
  // CHECK: grow.param @l.up :
  // CHECK: with #grow.zero along 1
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.up_bias :
  // CHECK: with #grow.zero along 0
  grow.param @l.up_bias : tensor<8xf32>
  // CHECK: grow.param @l.gate :
  // CHECK: with #grow.normal<stddev = 1/50> along 1
  grow.param @l.gate : tensor<4x8xf32>
  // CHECK: grow.param @l.gate_bias :
  // CHECK: with #grow.constant<1> along 0
  grow.param @l.gate_bias : tensor<8xf32>
  // CHECK: grow.param @l.down :
  // CHECK: with #grow.normal<stddev = 1/50> along 0
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %gb = grow.get @l.gate_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up, %ub) gate(%gate, %gb) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12 zero up bias_init #grow.constant<1>
  }
}

// -----

// Without a gate, `zero up` is live where the activation has a slope at zero.
// CHECK-LABEL: module @expand_mlp_up_gelu_tanh
module @expand_mlp_up_gelu_tanh {
  // CHECK: grow.param @l.up :
  // CHECK: with #grow.zero along 1
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.down :
  // CHECK: with #grow.normal<stddev = 1/50> along 0
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu_tanh : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12 zero up
  }
}

// -----

// CHECK-LABEL: module @expand_mlp_gate
module @expand_mlp_gate {
  // CHECK: grow.param @l.up :
  // CHECK: with #grow.normal<stddev = 1/50> along 1
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.gate :
  // CHECK: with #grow.zero along 1
  grow.param @l.gate : tensor<4x8xf32>
  // CHECK: grow.param @l.gate_bias :
  // CHECK: with #grow.zero along 0
  grow.param @l.gate_bias : tensor<8xf32>
  // CHECK: grow.param @l.down :
  // CHECK: with #grow.normal<stddev = 1/50> along 0
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %gate = grow.get @l.gate : tensor<4x8xf32>
      %gb = grow.get @l.gate_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) gate(%gate, %gb) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12 zero gate
  }
}

// -----

// Pairs: the second half copies the first, with opposite rows of `down`. Equal
// entries need no copy.
// CHECK-LABEL: module @expand_mlp_pair
module @expand_mlp_pair {
  // CHECK: grow.param @l.up :
  // CHECK-NEXT: %[[UP:.*]] = grow.source
  // CHECK-NEXT: %[[HALF:.*]] = grow.extend %[[UP]] with #grow.normal<stddev = 1/50> along 1 at [8] by [2]
  // CHECK-NEXT: %[[ALL:.*]] = grow.extend %[[HALF]] with #grow.copy<[8, 9], factor = 1> along 1 at [10] by [2]
  // CHECK-NEXT: grow.yield %[[ALL]] : tensor<4x12xf32>
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.up_bias :
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: with #grow.zero along 0 at [8] by [4]
  // CHECK-NEXT: grow.yield
  grow.param @l.up_bias : tensor<8xf32>
  // CHECK: grow.param @l.down :
  // CHECK-NEXT: grow.source
  // CHECK-NEXT: with #grow.normal<stddev = 1/50> along 0 at [8] by [2]
  // CHECK-NEXT: with #grow.copy<[8, 9], factor = -1> along 0 at [10] by [2]
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up, %ub) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %m : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12 zero pair
  }
}

// -----

// Each selected layer grows from its own size; the others stay.
// CHECK-LABEL: module @expand_mlp_layers
module @expand_mlp_layers {
  // CHECK: grow.param @l.0.up : tensor<4x12xf32>
  // CHECK: at [8] by [4]
  grow.param @l.0.up : tensor<4x8xf32>
  grow.param @l.0.down : tensor<8x4xf32>
  // CHECK: grow.param @l.1.up : tensor<4x8xf32>{{$}}
  grow.param @l.1.up : tensor<4x8xf32>
  grow.param @l.1.down : tensor<8x4xf32>
  // CHECK: grow.param @l.2.up : tensor<4x12xf32>
  // CHECK: at [10] by [2]
  grow.param @l.2.up : tensor<4x10xf32>
  grow.param @l.2.down : tensor<10x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l.0" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.0.up : tensor<4x8xf32>
      %down = grow.get @l.0.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    %1 = grow.layer "l.1" (%x = %0 : tensor<?x?x4xf32>) {
      %up = grow.get @l.1.up : tensor<4x8xf32>
      %down = grow.get @l.1.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    %2 = grow.layer "l.2" (%x = %1 : tensor<?x?x4xf32>) {
      %up = grow.get @l.2.up : tensor<4x10xf32>
      %down = grow.get @l.2.down : tensor<10x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf32>, tensor<4x10xf32>, tensor<10x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %2 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12 layers [0, 2]
  }
}

// -----

// A second expansion goes on where the first ended.
// CHECK-LABEL: module @expand_mlp_twice
module @expand_mlp_twice {
  // CHECK: grow.param @l.up : tensor<4x16xf32>
  // CHECK-NEXT: grow.source "l.up" : tensor<4x8xf32>
  // CHECK-NEXT: with #grow.normal<stddev = 1/50> along 1 at [8] by [4]
  // CHECK-NEXT: with #grow.zero along 1 at [12] by [4] : tensor<4x12xf32>
  // CHECK-NEXT: grow.yield
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 12
    grow.expand_mlp to 16 zero up
  }
}

// -----

// Dead units are made if they are asked for.
// CHECK-LABEL: module @expand_mlp_allow_dead
module @expand_mlp_allow_dead {
  // CHECK: grow.param @l.up : tensor<4x16xf32>
  // CHECK: with #grow.zero
  grow.param @l.up : tensor<4x8xf32>
  // CHECK: grow.param @l.down : tensor<16x4xf32>
  // CHECK: with #grow.zero
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up) down(%down) activation silu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 16 init #grow.zero allow_dead
  }
}

// -----

// A bias that is not zero keeps a unit with zero weights awake.
// CHECK-LABEL: module @expand_mlp_zero_weights_with_bias
module @expand_mlp_zero_weights_with_bias {
  // CHECK: grow.param @l.up : tensor<4x16xf32>
  grow.param @l.up : tensor<4x8xf32>
  grow.param @l.up_bias : tensor<8xf32>
  grow.param @l.down : tensor<8x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %up = grow.get @l.up : tensor<4x8xf32>
      %ub = grow.get @l.up_bias : tensor<8xf32>
      %down = grow.get @l.down : tensor<8x4xf32>
      %m = grow.mlp %x up(%up, %ub) down(%down) activation relu : (tensor<?x?x4xf32>, tensor<4x8xf32>, tensor<8xf32>, tensor<8x4xf32>) -> tensor<?x?x4xf32>
      grow.yield %m : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_mlp to 16 init #grow.zero bias_init #grow.normal<stddev = 1/50>
  }
}
