// Growth of the queries and keys of each head: what each new block is.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// By default the new columns of the key and its bias are zero, those of the query
// random, its bias zero, and the scale stays.
// CHECK-LABEL: module @expand_attention_key
module @expand_attention_key {
  // CHECK: grow.param @l.q : tensor<4x2x1x7xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [4] by [3]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x1x7xf32>
  // CHECK: with #grow.zero along 2 at [4] by [3]
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x7xf32>
  // CHECK: with #grow.zero along 2 at [4] by [3]
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<2x7xf32>
  // CHECK: with #grow.zero along 1 at [4] by [3]
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x2x4xf32>{{$}}
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<2x1x4x4xf32>{{$}}
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
    grow.expand_attention to 7
  }
}

// -----

// `zero query`: the other way round. `bias_init` fills the bias of the key.
// CHECK-LABEL: module @expand_attention_query
module @expand_attention_query {
  // CHECK: grow.param @l.q : tensor<4x2x1x7xf32>
  // CHECK: with #grow.zero along 3
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x1x7xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x7xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 2
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<2x7xf32>
  // CHECK: with #grow.constant<1> along 1
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
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 7 zero query bias_init #grow.constant<1>
  }
}

// -----

// `zero both` is dead, and made if it is asked for.
// CHECK-LABEL: module @expand_attention_both
module @expand_attention_both {
  // CHECK: grow.param @l.q : tensor<4x2x1x7xf32>
  // CHECK: with #grow.zero along 3
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x1x7xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x7xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<2x7xf32>
  // CHECK: with #grow.zero along 1
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
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 7 zero both allow_dead
  }
}

// -----

// Each block can have a fill of its own.
// CHECK-LABEL: module @expand_attention_fills
module @expand_attention_fills {
  // CHECK: grow.param @l.q : tensor<4x2x1x6xf32>
  // CHECK: with #grow.constant<2> along 3 at [4]
  // CHECK: with #grow.zero along 3 at [5]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x6xf32>
  // CHECK: with #grow.zero along 2 at [4]
  // CHECK: with #grow.constant<3> along 2 at [5]
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
    grow.expand_attention to 5 init #grow.constant<1> query_init #grow.constant<2>
    grow.expand_attention to 6 zero query init #grow.constant<1> key_init #grow.constant<3>
  }
}

// -----

// Half-split pairs: new ones go into both halves. Without a table they repeat
// frequencies of the old ones.
// CHECK: #rope = #grow.rope<half_split, frequencies = [1.000000e+00, 2.500000e-01, 1.000000e+00], factor = 1>
// CHECK-LABEL: module @expand_attention_half_split
module @expand_attention_half_split {
  // CHECK: grow.param @l.q : tensor<4x2x1x6xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [2, 4] by [1, 1]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x1x6xf32>
  // CHECK: with #grow.zero along 2 at [2, 4] by [1, 1]
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x6xf32>
  // CHECK: with #grow.zero along 2 at [2, 4] by [1, 1]
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<2x6xf32>
  // CHECK: with #grow.zero along 1 at [2, 4] by [1, 1]
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
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 6
  }
}

// -----

// As often as it takes, evenly.
// CHECK: #rope = {{.*}}frequencies = [1.000000e+00, 2.500000e-01, 1.000000e+00, 1.000000e+00, 1.000000e+00, 2.500000e-01, 2.500000e-01]
// CHECK-LABEL: module @expand_attention_half_split_many
module @expand_attention_half_split_many {
  // CHECK: grow.param @l.q : tensor<4x2x1x14xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [2, 4] by [5, 5]
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
    grow.expand_attention to 14
  }
}

// -----

// With a table, old pairs go where their frequencies are.
// CHECK: #rope = {{.*}}frequencies = [2.000000e+00, 1.000000e+00, 5.000000e-01, 2.500000e-01, 1.250000e-01]
// CHECK-LABEL: module @expand_attention_half_split_table
module @expand_attention_half_split_table {
  // CHECK: grow.param @l.q : tensor<4x2x1x10xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [0, 1, 2, 3, 4] by [1, 1, 2, 1, 1]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x10xf32>
  // CHECK: with #grow.zero along 2 at [0, 1, 2, 3, 4] by [1, 1, 2, 1, 1]
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
    grow.expand_attention to 10 frequencies [2.0, 1.0, 0.5, 0.25, 0.125]
  }
}

// -----

// Of equal frequencies the first is the old one.
// CHECK-LABEL: module @expand_attention_half_split_equal
module @expand_attention_half_split_equal {
  // CHECK: grow.param @l.q : tensor<4x2x1x8xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [1, 2, 3, 4] by [1, 1, 1, 1]
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
    grow.expand_attention to 8 frequencies [1.0, 1.0, 0.25, 0.25]
  }
}

// -----

// Interleaved pairs are neighbours.
// CHECK: #rope = #grow.rope<interleaved, frequencies = [1.000000e+00, 2.500000e-01, 1.000000e+00, 2.500000e-01], factor = 1>
// CHECK-LABEL: module @expand_attention_interleaved
module @expand_attention_interleaved {
  // CHECK: grow.param @l.q : tensor<4x2x1x8xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [4] by [4]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x8xf32>
  // CHECK: with #grow.zero along 2 at [4] by [4]
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 8
  }
}

// -----

// Interleaved, with a table.
// CHECK-LABEL: module @expand_attention_interleaved_table
module @expand_attention_interleaved_table {
  // CHECK: grow.param @l.q : tensor<4x2x1x8xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [0, 2] by [2, 2]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x8xf32>
  // CHECK: with #grow.zero along 2 at [0, 2] by [2, 2]
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<interleaved, frequencies = [1.0, 0.25], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 8 frequencies [2.0, 1.0, 0.5, 0.25]
  }
}

// -----

// A rotary embedding of some channels stays, and the new ones do not turn.
// CHECK: #rope = #grow.rope<half_split, frequencies = [1.000000e+00], factor = 1>
// CHECK-LABEL: module @expand_attention_partial
module @expand_attention_partial {
  // CHECK: grow.param @l.q : tensor<4x2x1x7xf32>
  // CHECK: with #grow.normal<stddev = 1/50> along 3 at [4] by [3]
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x7xf32>
  // CHECK: with #grow.zero along 2 at [4] by [3]
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      // CHECK: rope #rope scale 1/2
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) rope #grow.rope<half_split, frequencies = [1.0], factor = 1> scale 1/2
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 7
  }
}

// -----

// `compensation weights`: the scale is that of the new width, and the side that
// gets zeros pays.
// CHECK-LABEL: module @expand_attention_weights
module @expand_attention_weights {
  // CHECK: grow.param @l.q :
  // CHECK-NOT: grow.scale
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.q_bias : tensor<2x1x4xf32>
  // CHECK: grow.param @l.k :
  // CHECK-NEXT: %[[OLD:.*]] = grow.source "l.k"
  // CHECK-NEXT: %[[SCALED:.*]] = grow.scale %[[OLD]] by sqrt(2)
  // CHECK-NEXT: grow.extend %[[SCALED]] with #grow.zero along 2 at [4] by [4]
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias :
  // CHECK: by sqrt(2)
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v :
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
      // CHECK: grow.attention
      // CHECK-SAME: scale 1/4 * sqrt(2) causal
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 8 compensation weights
  }
}

// -----

// Normalised queries and keys keep their divisor, and new gains are 1.
// CHECK-LABEL: module @expand_attention_norm
module @expand_attention_norm {
  // CHECK: grow.param @l.q : tensor<4x2x1x6xf32>
  // CHECK: with #grow.zero along 3
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.k : tensor<4x2x6xf32>
  // CHECK: with #grow.zero along 2
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  // CHECK: grow.param @l.q_gain : tensor<6xf32>
  // CHECK: with #grow.constant<1> along 0 at [4] by [2]
  grow.param @l.q_gain : tensor<4xf32>
  // CHECK: grow.param @l.k_gain : tensor<6xf32>
  // CHECK: with #grow.constant<1> along 0 at [4] by [2]
  grow.param @l.k_gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %q_gain = grow.get @l.q_gain : tensor<4xf32>
      %k_gain = grow.get @l.k_gain : tensor<4xf32>
      // CHECK: epsilon 1.0e-06 count 4 scale 1/2
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 6 zero both allow_dead
  }
}

// -----

// Gains that are stored as their difference from 1 gain zeros.
// CHECK-LABEL: module @expand_attention_unit_offset
module @expand_attention_unit_offset {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  // CHECK: grow.param @l.q_gain : tensor<6xf32>
  // CHECK: with #grow.constant<0> along 0 at [4] by [2]
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
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) unit_offset epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 6 zero both allow_dead
  }
}

// -----

// `compensation weights` moves the divisor, too.
// CHECK-LABEL: module @expand_attention_norm_weights
module @expand_attention_norm_weights {
  grow.param @l.q : tensor<4x2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  // CHECK: grow.param @l.q_gain : tensor<8xf32>
  // CHECK: grow.source
  // CHECK: grow.scale
  // CHECK: grow.scale
  // CHECK: grow.extend %{{.*}} with #grow.constant<1>
  grow.param @l.q_gain : tensor<4xf32>
  // CHECK: grow.param @l.k_gain : tensor<8xf32>
  // CHECK: by 1/2 * sqrt(2)
  // CHECK: grow.extend
  grow.param @l.k_gain : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %q_gain = grow.get @l.q_gain : tensor<4xf32>
      %k_gain = grow.get @l.k_gain : tensor<4xf32>
      // CHECK: epsilon 5.0e-07 count 8 scale 1/4 * sqrt(2)
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) qk_norm(%q_gain, %k_gain) epsilon 1.0e-06 count 4 scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 8 zero both compensation weights allow_dead
  }
}

// -----

// Each layer's attention may be of another kind; queries may be zero but for a bias.
// CHECK-LABEL: module @expand_attention_bias_only
module @expand_attention_bias_only {
  // CHECK: grow.param @l.q : tensor<4x2x1x5xf32>
  // CHECK: with #grow.zero along 3
  grow.param @l.q : tensor<4x2x1x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<2x1x5xf32>
  // CHECK: with #grow.constant<1>
  grow.param @l.q_bias : tensor<2x1x4xf32>
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  grow.param @l.o : tensor<2x1x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x1x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x1x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x1x4x4xf32>
      %a = grow.attention %x q(%q, %q_bias) k(%k) v(%v) o(%o) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x1x4xf32>, tensor<2x1x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x1x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.expand_attention to 5 bias_init #grow.constant<1> query_init #grow.zero
  }
}
