// Channels that the means of the other columns write are the means of the other
// channels. The mean of zeros is zero.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=mean-channels-written | FileCheck %s
// RUN: %check-lemma mean-channels-written reals %t/holds.mlir
// RUN: %check-lemma mean-channels-written unchanged %t/unchanged.mlir

// CHECK: %[[T:.*]] = grow.drop %{{.*}} along 1 at [1] by [2] : tensor<7x6xf64>
// CHECK: %[[X:.*]] = grow.embedding %{{.*}}, %[[T]] : tensor<?x?xi64>, tensor<7x4xf64>
// CHECK: %[[PX:.*]] = grow.extend %[[X]] with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: %[[D:.*]] = grow.drop %{{.*}} along 1 at [1] by [2] : tensor<5x6xf64>
// CHECK: %[[B:.*]] = grow.drop %{{.*}} along 0 at [1] by [2] : tensor<6xf64>
// CHECK: %[[M:.*]] = grow.mlp %[[PX]] {{.*}} down(%[[D]], %[[B]]) {{.*}} -> tensor<?x?x4xf64>
// CHECK: %[[PM:.*]] = grow.extend %[[M]] with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: %[[W:.*]] = grow.drop %{{.*}} along 1 at [0] by [2] : tensor<6x6xf64>
// CHECK: %[[WB:.*]] = grow.drop %{{.*}} along 0 at [0] by [2] : tensor<6xf64>
// CHECK: %[[Y:.*]] = grow.dense %[[PM]], %[[W]] bias(%[[WB]] : tensor<4xf64>) : tensor<?x?x6xf64>, tensor<6x4xf64>
// CHECK: grow.extend %[[Y]] with #grow.mean along 2 at [0] by [2] : tensor<?x?x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x6xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.mean along 1 at [1] by [2] : tensor<7x4xf64>
    grow.yield %1 : tensor<7x6xf64>
  }
  grow.param @up : tensor<6x5xf64>
  grow.param @down : tensor<5x6xf64> {
    %0 = grow.source "down" : tensor<5x4xf64>
    %1 = grow.extend %0 with #grow.mean along 1 at [1] by [2] : tensor<5x4xf64>
    %2 = grow.scale %1 by 1/3 about 2 : tensor<5x6xf64>
    grow.yield %2 : tensor<5x6xf64>
  }
  grow.param @down_bias : tensor<6xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.mean along 0 at [1] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @w : tensor<6x6xf64> {
    %0 = grow.source "w" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.mean along 1 at [0] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<6x6xf64>
  }
  grow.param @wb : tensor<6xf64> {
    %0 = grow.fill #grow.zero -> tensor<6xf64>
    grow.yield %0 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %down_bias = grow.get @down_bias : tensor<6xf64>
    %w = grow.get @w : tensor<6x6xf64>
    %wb = grow.get @wb : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x6xf64>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
    %y = grow.dense %m, %w bias(%wb : tensor<6xf64>) : tensor<?x?x6xf64>, tensor<6x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- unchanged.mlir
// No means in the table, a bias with means elsewhere, an activation after the mean.
module {
  grow.param @table : tensor<7x6xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [2] : tensor<7x4xf64>
    grow.yield %1 : tensor<7x6xf64>
  }
  grow.param @up : tensor<6x5xf64>
  grow.param @down : tensor<5x6xf64> {
    %0 = grow.source "down" : tensor<5x4xf64>
    %1 = grow.extend %0 with #grow.mean along 1 at [1] by [2] : tensor<5x4xf64>
    %2 = grow.scale %1 by 1/3 about 2 : tensor<5x6xf64>
    grow.yield %2 : tensor<5x6xf64>
  }
  grow.param @down_bias : tensor<6xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.mean along 0 at [2] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @w : tensor<6x6xf64> {
    %0 = grow.source "w" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.mean along 1 at [0] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<6x6xf64>
  }
  grow.param @wb : tensor<6xf64> {
    %0 = grow.fill #grow.zero -> tensor<6xf64>
    grow.yield %0 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %down_bias = grow.get @down_bias : tensor<6xf64>
    %w = grow.get @w : tensor<6x6xf64>
    %wb = grow.get @wb : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x6xf64>
    %m = grow.mlp %x up(%up) down(%down, %down_bias) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>, tensor<6xf64>) -> tensor<?x?x6xf64>
    %y = grow.dense %m, %w bias(%wb : tensor<6xf64>) activation relu : tensor<?x?x6xf64>, tensor<6x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
