// Growth of the values of each head: what each new block is.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// By default the new rows of the output are zero, in each head, the values
// random and their bias zero.
// CHECK-LABEL: module @expand_heads_output
module @expand_heads_output {
  // CHECK: grow.param @l.q : tensor<4x2x1x4xf32>{{$}}
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x4xf32>{{$}}
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x6xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 2 at [4] by [2]
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<2x6xf32>
  // CHECK: with #grow.zero along 1 at [4] by [2]
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x1x6x4xf32>
  // CHECK: with #grow.zero along 2 at [4] by [2]
  grow.param @l.o : tensor<2x1x4x4xf32>
  // CHECK: grow.param @l.o_bias : tensor<4xf32>{{$}}
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
      // CHECK: grow.attention
      // CHECK-SAME: scale 1/2 causal
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_heads to 6
  }
}

// -----

// With `zero value` the values are zero and the output is random.
// CHECK-LABEL: module @expand_heads_value
module @expand_heads_value {
  grow.param @l.q : tensor<4x2x3x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x5xf32>
  // CHECK: with #grow.zero along 2 at [4] by [1]
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<2x5xf32>
  // CHECK: with #grow.zero along 1 at [4] by [1]
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x3x5x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 2 at [4] by [1]
  grow.param @l.o : tensor<2x3x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x3x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x3x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v, %v_bias) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x3x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x3x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_heads to 5 zero value
  }
}

// -----

// `init` fills weights, `bias_init` biases, a block's own fill only that block.
// CHECK-LABEL: module @expand_heads_fills
module @expand_heads_fills {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x5xf32>
  // CHECK: with #grow.uniform<bound = 1/10> along 2
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<2x5xf32>
  // CHECK: with #grow.constant<1/2> along 1
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x1x5x4xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v, %v_bias) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_heads to 5 init #grow.constant<3> bias_init #grow.constant<1/2> value_init #grow.uniform<bound = 1/10> output_init #grow.zero
  }
}

// -----

// A bias that is not zero keeps values with zero weights awake.
// CHECK-LABEL: module @expand_heads_bias_only
module @expand_heads_bias_only {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x5xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<2x5xf32>
  // CHECK: with #grow.constant<1> along 1
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x1x5x4xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v, %v_bias) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_heads to 5 init #grow.zero bias_init #grow.constant<1>
  }
}

// -----

// Dead values are made if they are asked for.
// CHECK-LABEL: module @expand_heads_dead
module @expand_heads_dead {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x5xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x1x5x4xf32>
  // CHECK: with #grow.zero along 2
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
    grow.expand_heads to 5 init #grow.zero allow_dead
  }
}
