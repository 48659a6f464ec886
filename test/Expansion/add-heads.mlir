// New heads of attention: what each new block is.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// New groups are appended, each with as many query heads as the others.
// CHECK-LABEL: module @add_heads_groups
module @add_heads_groups {
  // CHECK: grow.param @l.q : tensor<4x4x3x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 1 at [2] by [2]
  grow.param @l.q : tensor<4x2x3x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<4x3x4xf32>
  // CHECK: with #grow.zero along 0 at [2] by [2]
  grow.param @l.q_bias : tensor<2x3x4xf32>
  // CHECK: grow.param @l.k : tensor<4x4x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 1 at [2] by [2]
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<4x4xf32>
  // CHECK: with #grow.zero along 0 at [2] by [2]
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x4x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 1 at [2] by [2]
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<4x4xf32>
  // CHECK: with #grow.zero along 0 at [2] by [2]
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<4x3x4x4xf32>
  // CHECK: with #grow.zero along 0 at [2] by [2]
  grow.param @l.o : tensor<2x3x4x4xf32>
  // CHECK: grow.param @l.o_bias : tensor<4xf32>{{$}}
  grow.param @l.o_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x3x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x3x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x3x4x4xf32>
      %o_bias = grow.get @l.o_bias : tensor<4xf32>
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x3x4xf32>, tensor<2x3x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x3x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads groups by 2
  }
}

// -----

// New query heads go into every group; keys and values stay.
// CHECK-LABEL: module @add_heads_queries
module @add_heads_queries {
  // CHECK: grow.param @l.q : tensor<4x2x5x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 2 at [3] by [2]
  grow.param @l.q : tensor<4x2x3x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x5x4xf32>
  // CHECK: with #grow.constant<1> along 1 at [3] by [2]
  grow.param @l.q_bias : tensor<2x3x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x4xf32>{{$}}
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x4xf32>{{$}}
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x5x4x4xf32>
  // CHECK: with #grow.zero along 1 at [3] by [2]
  grow.param @l.o : tensor<2x3x4x4xf32>
  grow.param @l.o_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x3x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x3x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x3x4x4xf32>
      %o_bias = grow.get @l.o_bias : tensor<4xf32>
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x3x4xf32>, tensor<2x3x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x3x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads queries by 2 bias_init #grow.constant<1>
  }
}

// -----

// With `zero value` the output is random.
// CHECK-LABEL: module @add_heads_value
module @add_heads_value {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x3x4xf32>
  // CHECK: with #grow.zero along 1 at [2] by [1]
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<3x4xf32>
  // CHECK: with #grow.zero along 0
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<3x1x4x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 0 at [2] by [1]
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
    grow.add_heads groups by 1 zero value
  }
}

// -----

// Each block can have a fill of its own.
// CHECK-LABEL: module @add_heads_fills
module @add_heads_fills {
  // CHECK: grow.param @l.q : tensor<4x3x1x4xf32>
  // CHECK: with #grow.constant<2>
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x3x4xf32>
  // CHECK: with #grow.constant<3>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x3x4xf32>
  // CHECK: with #grow.constant<4>
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.o : tensor<3x1x4x4xf32>
  // CHECK: with #grow.zero along
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
    grow.add_heads groups by 1 init #grow.constant<1> query_init #grow.constant<2> key_init #grow.constant<3> value_init #grow.constant<4>
  }
}

// -----

// Norms of queries and keys are shared by all heads.
// CHECK-LABEL: module @add_heads_norm
module @add_heads_norm {
  // CHECK: grow.param @l.q : tensor<4x3x1x4xf32>
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  // CHECK: grow.param @l.q_gain : tensor<4xf32>{{$}}
  grow.param @l.q_gain : tensor<4xf32>
  // CHECK: grow.param @l.k_gain : tensor<4xf32>{{$}}
  grow.param @l.k_gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %q_gain = grow.get @l.q_gain : tensor<4xf32>
      %k_gain = grow.get @l.k_gain : tensor<4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads groups by 1
  }
}

// -----

// ALiBi: new groups have the slopes of the last ones.
// CHECK-LABEL: module @add_heads_alibi_groups
module @add_heads_alibi_groups {
  grow.param @l.q : tensor<4x2x2x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x2x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x2x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x2x4x4xf32>
      // CHECK: alibi [1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 3.000000e+00, 4.000000e+00] causal
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [1.0, 2.0, 3.0, 4.0] causal
        : (tensor<?x?x4xf32>, tensor<4x2x2x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x2x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads groups by 1
  }
}

// -----

// ALiBi: as often as there are new ones.
// CHECK-LABEL: module @add_heads_alibi_many_groups
module @add_heads_alibi_many_groups {
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
      // CHECK: alibi [1.000000e+00, 2.000000e+00, 2.000000e+00, 1.000000e+00, 2.000000e+00] causal
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [1.0, 2.0] causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads groups by 3
  }
}

// -----

// ALiBi: new heads of queries have the slope of the last of their group.
// CHECK-LABEL: module @add_heads_alibi_queries
module @add_heads_alibi_queries {
  grow.param @l.q : tensor<4x2x2x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x2x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x2x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x2x4x4xf32>
      // CHECK: alibi [1.000000e+00, 2.000000e+00, 2.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 4.000000e+00, 4.000000e+00] causal
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [1.0, 2.0, 3.0, 4.0] causal
        : (tensor<?x?x4xf32>, tensor<4x2x2x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x2x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads queries by 2
  }
}

// -----

// Queries that are zero live if keys are not, keys that are zero if queries are not.
// CHECK-LABEL: module @add_heads_zero_queries
module @add_heads_zero_queries {
  // CHECK: grow.param @l.q : tensor<4x4x1x4xf32>
  // CHECK: with #grow.zero along 1 at [2] by [1]
  // CHECK: with #grow.normal<stddev = 1/50> along 1 at [3] by [1]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x4x4xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 1 at [2] by [1]
  // CHECK: with #grow.zero along 1 at [3] by [1]
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
    grow.add_heads groups by 1 query_init #grow.zero
    grow.add_heads groups by 1 key_init #grow.zero
  }
}

// -----

// Keys that are nothing but a bias differ by position if they rotate.
// CHECK-LABEL: module @add_heads_rotated_bias
module @add_heads_rotated_bias {
  // CHECK: grow.param @l.q : tensor<4x3x1x4xf32>
  // CHECK: with #grow.zero along
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<3x4xf32>
  // CHECK: with #grow.constant<1>
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
      %a = grow.attention %x q(%q) k(%k, %k_bias) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.5], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.add_heads groups by 1 bias_init #grow.constant<1> query_init #grow.zero key_init #grow.zero
  }
}

// -----

// Dead heads are made if they are asked for.
// CHECK-LABEL: module @add_heads_dead
module @add_heads_dead {
  // CHECK: grow.param @l.q : tensor<4x3x1x4xf32>
  // CHECK: with #grow.zero along 1
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.o : tensor<3x1x4x4xf32>
  // CHECK: with #grow.zero along 0
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
    grow.add_heads groups by 1 init #grow.zero allow_dead
  }
}
