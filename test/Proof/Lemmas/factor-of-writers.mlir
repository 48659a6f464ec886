// A factor of all that writes a result is a factor of the result. Zeros have any factor.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=factor-of-writers | FileCheck %s
// RUN: %check-lemma factor-of-writers reals %t/holds.mlir
// RUN: %check-lemma factor-of-writers unchanged %t/unchanged.mlir

// CHECK: %[[X:.*]] = grow.embedding
// CHECK: %[[SX:.*]] = grow.scale %[[X]] by 3 : tensor<?x?x4xf64>
// CHECK: %[[M:.*]] = grow.mlp %[[SX]]
// CHECK: %[[SM:.*]] = grow.scale %[[M]] by -1/3
// CHECK: %[[Y:.*]] = grow.dense %[[SM]]
// CHECK: %[[SY:.*]] = grow.scale %[[Y]] by sqrt(2)
// CHECK: return %[[SY]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.scale %0 by 3 : tensor<7x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.scale %0 by -1/3 : tensor<6x4xf64>
    grow.yield %1 : tensor<6x4xf64>
  }
  grow.param @down_bias : tensor<4xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.scale %0 by -1/3 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @w : tensor<4x4xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.scale %0 by sqrt(2) : tensor<4x4xf64>
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

//--- unchanged.mlir
// Another factor of the bias, an activation, a factor about another number.
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<7x4xf64>
    %1 = grow.scale %0 by 3 about 1 : tensor<7x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.scale %0 by -1/3 : tensor<6x4xf64>
    grow.yield %1 : tensor<6x4xf64>
  }
  grow.param @down_bias : tensor<4xf64> {
    %0 = grow.source "down_bias" : tensor<4xf64>
    %1 = grow.scale %0 by 1/3 : tensor<4xf64>
    grow.yield %1 : tensor<4xf64>
  }
  grow.param @w : tensor<4x4xf64> {
    %0 = grow.source "w" : tensor<4x4xf64>
    %1 = grow.scale %0 by sqrt(2) : tensor<4x4xf64>
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
    %y = grow.dense %m, %w bias(%w_bias : tensor<4xf64>) activation relu : tensor<?x?x4xf64>, tensor<4x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
