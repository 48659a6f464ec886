// Channels that only zeros write, by weight and by bias: channel 1 of the MLP, and not 2.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=zero-channels-written | FileCheck %s
// RUN: %check-lemma zero-channels-written bits %t/holds.mlir
// RUN: %check-lemma zero-channels-written unchanged %t/bias.mlir
// RUN: %check-lemma zero-channels-written unchanged %t/constant.mlir
// RUN: %check-lemma zero-channels-written unchanged %t/everything.mlir

// CHECK: %[[T:.*]] = grow.drop %{{.*}} along 1 at [1] by [2] : tensor<7x6xf64>
// CHECK: %[[X:.*]] = grow.embedding %{{.*}}, %[[T]] : tensor<?x?xi64>, tensor<7x4xf64>
// CHECK: %[[PX:.*]] = grow.extend %[[X]] with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: %[[D:.*]] = grow.drop %{{.*}} along 1 at [1] by [1] : tensor<5x6xf64>
// CHECK: %[[B:.*]] = grow.drop %{{.*}} along 0 at [1] by [1] : tensor<6xf64>
// CHECK: %[[M:.*]] = grow.mlp %[[PX]] {{.*}} down(%[[D]], %[[B]]) {{.*}} -> tensor<?x?x5xf64>
// CHECK: %[[PM:.*]] = grow.extend %[[M]] with #grow.zero along 2 at [1] by [1] : tensor<?x?x5xf64>
// CHECK: %[[W:.*]] = grow.drop %{{.*}} along 1 at [0] by [2] : tensor<6x5xf64>
// CHECK: %[[Y:.*]] = grow.dense %[[PM]], %[[W]] activation silu : tensor<?x?x6xf64>, tensor<6x3xf64>
// CHECK: grow.extend %[[Y]] with #grow.zero along 2 at [0] by [2] : tensor<?x?x3xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x6xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [2] : tensor<7x4xf64>
    grow.yield %1 : tensor<7x6xf64>
  }
  grow.param @up : tensor<6x5xf64>
  grow.param @down : tensor<5x6xf64> {
    %0 = grow.source "down" : tensor<5x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [2] : tensor<5x4xf64>
    grow.yield %1 : tensor<5x6xf64>
  }
  grow.param @down_bias : tensor<6xf64> {
    %0 = grow.source "down_bias" : tensor<5xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [1] by [1] : tensor<5xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @w : tensor<6x5xf64> {
    %0 = grow.source "w" : tensor<6x3xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [0] by [2] : tensor<6x3xf64>
    grow.yield %1 : tensor<6x5xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %down_bias = grow.get @down_bias : tensor<6xf64>
    %w = grow.get @w : tensor<6x5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x6xf64>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
    %y = grow.dense %m, %w activation silu : tensor<?x?x6xf64>, tensor<6x5xf64>
    return %y : tensor<?x?x5xf64>
  }
}

//--- bias.mlir
// Only a bias is not zero.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @w : tensor<4x6xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [4] by [2] : tensor<4x4xf64>
    grow.yield %1 : tensor<4x6xf64>
  }
  grow.param @b : tensor<6xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %w = grow.get @w : tensor<4x6xf64>
    %b = grow.get @b : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.dense %x, %w bias(%b : tensor<6xf64>) : tensor<?x?x4xf64>, tensor<4x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @w : tensor<4x6xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 1 at [4] by [2] : tensor<4x4xf64>
    grow.yield %1 : tensor<4x6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %w = grow.get @w : tensor<4x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.dense %x, %w : tensor<?x?x4xf64>, tensor<4x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- everything.mlir
// No channel would be left.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @w : tensor<4x6xf64> {
    %0 = grow.fill #grow.zero -> tensor<4x6xf64>
    grow.yield %0 : tensor<4x6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %w = grow.get @w : tensor<4x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %d = grow.dense %x, %w : tensor<?x?x4xf64>, tensor<4x6xf64>
    %y = grow.softcap %d at 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
