// Whatever is computed with centred weights is centred. A zero is centred, too.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=centered-writers | FileCheck %s
// RUN: %check-lemma centered-writers reals %t/holds.mlir
// RUN: %check-lemma centered-writers unchanged %t/bias.mlir

// CHECK: %[[TABLE:.*]] = grow.source "table"
// CHECK: %[[DOWN:.*]] = grow.source "down"
// CHECK: %[[BIAS:.*]] = grow.source "down_bias"
// CHECK: %[[W:.*]] = grow.source "w"
// CHECK: %[[ZERO:.*]] = grow.fill #grow.zero
// CHECK: %[[X:.*]] = grow.embedding %{{.*}}, %[[TABLE]]
// CHECK: %[[CX:.*]] = grow.center %[[X]] along 2 : tensor<?x?x4xf64>
// CHECK: %[[M:.*]] = grow.mlp %[[CX]] {{.*}} down(%[[DOWN]], %[[BIAS]])
// CHECK: %[[CM:.*]] = grow.center %[[M]] along 2
// CHECK: %[[Y:.*]] = grow.dense %[[CM]], %[[W]] bias(%[[ZERO]]
// CHECK: %[[CY:.*]] = grow.center %[[Y]] along 2
// CHECK: return %[[CY]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.center %0 along 1 : tensor<7x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.center %0 along 1 : tensor<6x4xf64>
    grow.yield %1 : tensor<6x4xf64>
  }
  grow.param @down_bias : tensor<4xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.center %0 along 0 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @w : tensor<4x4xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.center %0 along 1 : tensor<4x4xf64>
    grow.yield %1 : tensor<4x4xf64>
  }
  grow.param @w_bias : tensor<4xf64> {
    %0 = grow.fill #grow.zero -> tensor<4xf64>
    grow.yield %0 : tensor<4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x6xf64>
    %down = grow.get @down : tensor<6x4xf64>
    %down_bias = grow.get @down_bias : tensor<4xf64>
    %w = grow.get @w : tensor<4x4xf64>
    %w_bias = grow.get @w_bias : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>, tensor<4xf64>) -> tensor<?x?x4xf64>
    %y = grow.dense %m, %w bias(%w_bias : tensor<4xf64>) : tensor<?x?x4xf64>, tensor<4x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// A bias that is not centred, an activation, and columns instead of rows.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.center %0 along 0 : tensor<7x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.center %0 along 1 : tensor<6x4xf64>
    grow.yield %1 : tensor<6x4xf64>
  }
  grow.param @down_bias : tensor<4xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.scale %0 by 2 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @w : tensor<4x4xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.center %0 along 1 : tensor<4x4xf64>
    grow.yield %1 : tensor<4x4xf64>
  }
  grow.param @w_bias : tensor<4xf64> {
    %0 = grow.fill #grow.zero -> tensor<4xf64>
    grow.yield %0 : tensor<4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x6xf64>
    %down = grow.get @down : tensor<6x4xf64>
    %down_bias = grow.get @down_bias : tensor<4xf64>
    %w = grow.get @w : tensor<4x4xf64>
    %w_bias = grow.get @w_bias : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>, tensor<4xf64>) -> tensor<?x?x4xf64>
    %y = grow.dense %m, %w bias(%w_bias : tensor<4xf64>) activation gelu : tensor<?x?x4xf64>, tensor<4x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
