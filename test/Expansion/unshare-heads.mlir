// Groups of attention that are split: heads of keys and values are copied, query
// heads dealt out.
// RUN: grow-opt %s --split-input-file --grow-expand | FileCheck %s

// Each group becomes `factor` groups, next to each other.
// CHECK-LABEL: module @unshare_heads
module @unshare_heads {
  // CHECK: grow.param @l.q : tensor<4x4x2x4xf32>
  // CHECK: grow.regroup %{{.*}} along 1 into 4 x 2 : tensor<4x2x4x4xf32>
  grow.param @l.q : tensor<4x2x4x4xf32>
  // CHECK: grow.param @l.q_bias : tensor<4x2x4xf32>
  // CHECK: grow.regroup %{{.*}} along 0 into 4 x 2
  grow.param @l.q_bias : tensor<2x4x4xf32>
  // CHECK: grow.param @l.k : tensor<4x4x4xf32>
  // CHECK: with #grow.copy<[0, 1], factor = 1> along 1 at [1, 2] by [1, 1]
  grow.param @l.k : tensor<4x2x4xf32>
  // CHECK: grow.param @l.k_bias : tensor<4x4xf32>
  // CHECK: with #grow.copy<[0, 1], factor = 1> along 0 at [1, 2] by [1, 1]
  grow.param @l.k_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.v : tensor<4x4x4xf32>
  // CHECK: with #grow.copy<[0, 1], factor = 1> along 1
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.v_bias : tensor<4x4xf32>
  // CHECK: with #grow.copy<[0, 1], factor = 1> along 0
  grow.param @l.v_bias : tensor<2x4xf32>
  // CHECK: grow.param @l.o : tensor<4x2x4x4xf32>
  // CHECK: grow.regroup %{{.*}} along 0 into 4 x 2 : tensor<2x4x4x4xf32>
  grow.param @l.o : tensor<2x4x4x4xf32>
  // CHECK: grow.param @l.o_bias : tensor<4xf32>{{$}}
  grow.param @l.o_bias : tensor<4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x4x4xf32>
      %q_bias = grow.get @l.q_bias : tensor<2x4x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %k_bias = grow.get @l.k_bias : tensor<2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %v_bias = grow.get @l.v_bias : tensor<2x4xf32>
      %o = grow.get @l.o : tensor<2x4x4x4xf32>
      %o_bias = grow.get @l.o_bias : tensor<4xf32>
      %a = grow.attention %x q(%q, %q_bias) k(%k, %k_bias) v(%v, %v_bias) o(%o, %o_bias) scale 1/2 causal
        : (tensor<?x?x4xf32>, tensor<4x2x4x4xf32>, tensor<2x4x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<4x2x4xf32>, tensor<2x4xf32>, tensor<2x4x4x4xf32>, tensor<4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.unshare_heads by 2
  }
}

// -----

// To multi-head attention. Slopes are those of the same query heads.
// CHECK-LABEL: module @unshare_heads_all
module @unshare_heads_all {
  // CHECK: grow.param @l.q : tensor<4x8x1x4xf32>
  grow.param @l.q : tensor<4x2x4x4xf32>
  // CHECK: grow.param @l.k : tensor<4x8x4xf32>
  // CHECK: with #grow.copy<[0, 0, 0, 1, 1, 1], factor = 1> along 1 at [1, 2] by [3, 3]
  grow.param @l.k : tensor<4x2x4xf32>
  grow.param @l.v : tensor<4x2x4xf32>
  // CHECK: grow.param @l.o : tensor<8x1x4x4xf32>
  grow.param @l.o : tensor<2x4x4x4xf32>
  func.func @forward(%arg: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
    %0 = grow.layer "l" (%x = %arg : tensor<?x?x4xf32>) {
      %q = grow.get @l.q : tensor<4x2x4x4xf32>
      %k = grow.get @l.k : tensor<4x2x4xf32>
      %v = grow.get @l.v : tensor<4x2x4xf32>
      %o = grow.get @l.o : tensor<2x4x4x4xf32>
      // CHECK: alibi [1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00, 5.000000e+00, 6.000000e+00, 7.000000e+00, 8.000000e+00]
      %a = grow.attention %x q(%q) k(%k) v(%v) o(%o) scale 1/2 alibi [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0] causal
        : (tensor<?x?x4xf32>, tensor<4x2x4x4xf32>, tensor<4x2x4xf32>, tensor<4x2x4xf32>, tensor<2x4x4x4xf32>) -> tensor<?x?x4xf32>
      %y = arith.addf %x, %a : tensor<?x?x4xf32>
      grow.yield %y : tensor<?x?x4xf32>
    }
    return %0 : tensor<?x?x4xf32>
  }
  grow.schedule @bigger {
    grow.unshare_heads by 4
  }
}
