// Rows that only zeros are multiplied by.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=zero-channels-read | FileCheck %s
// RUN: %check-lemma zero-channels-read bits %t/holds.mlir
// RUN: %check-lemma zero-channels-read unchanged %t/tokens.mlir
// RUN: %check-lemma zero-channels-read unchanged %t/mean.mlir
// RUN: %check-lemma zero-channels-read unchanged %t/constant.mlir

// CHECK: %[[UP:.*]] = grow.drop %{{.*}} along 0 at [1] by [2] : tensor<6x5xf64>
// CHECK: grow.mlp %[[X:.*]] up(%[[UP]]) {{.*}} : (tensor<?x?x4xf64>, tensor<4x5xf64>, tensor<5x6xf64>) -> tensor<?x?x6xf64>
// CHECK: %[[U:.*]] = grow.drop %{{.*}} along 1 at [1] by [2] : tensor<3x6xf64>
// CHECK: grow.unembedding %[[X]], %[[U]] : tensor<?x?x4xf64>, tensor<3x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<6x5xf64> {
    %0 = grow.source "up" : tensor<4x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [2] : tensor<4x5xf64>
    grow.yield %1 : tensor<6x5xf64>
  }
  grow.param @down : tensor<5x6xf64>
  grow.param @u : tensor<3x6xf64> {
    %0 = grow.source "u" : tensor<3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [2] : tensor<3x4xf64>
    grow.yield %1 : tensor<3x6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %u = grow.get @u : tensor<3x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
    %m = grow.mlp %p up(%up) down(%down) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>) -> tensor<?x?x6xf64>
    %l = grow.unembedding %p, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %k = grow.unembedding %m, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %y = arith.addf %l, %k : tensor<?x?x3xf64>
    return %y : tensor<?x?x3xf64>
  }
}

//--- tokens.mlir
// New tokens are no channels.
module {
  grow.param @table : tensor<7x6xf64>
  grow.param @u : tensor<3x6xf64>
  func.func @forward(%ids: tensor<1x4xi64>) -> tensor<1x6x3xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %u = grow.get @u : tensor<3x6xf64>
    %x = grow.embedding %ids, %table : tensor<1x4xi64>, tensor<7x6xf64>
    %p = grow.extend %x with #grow.zero along 1 at [4] by [2] : tensor<1x4x6xf64>
    %y = grow.unembedding %p, %u : tensor<1x6x6xf64>, tensor<3x6xf64>
    return %y : tensor<1x6x3xf64>
  }
}

//--- mean.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<6x5xf64> {
    %0 = grow.source "up" : tensor<4x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [2] : tensor<4x5xf64>
    grow.yield %1 : tensor<6x5xf64>
  }
  grow.param @down : tensor<5x6xf64>
  grow.param @u : tensor<3x6xf64> {
    %0 = grow.source "u" : tensor<3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [2] : tensor<3x4xf64>
    grow.yield %1 : tensor<3x6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %u = grow.get @u : tensor<3x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
    %m = grow.mlp %p up(%up) down(%down) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>) -> tensor<?x?x6xf64>
    %l = grow.unembedding %p, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %k = grow.unembedding %m, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %y = arith.addf %l, %k : tensor<?x?x3xf64>
    return %y : tensor<?x?x3xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<6x5xf64> {
    %0 = grow.source "up" : tensor<4x5xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [2] : tensor<4x5xf64>
    grow.yield %1 : tensor<6x5xf64>
  }
  grow.param @down : tensor<5x6xf64>
  grow.param @u : tensor<3x6xf64> {
    %0 = grow.source "u" : tensor<3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [2] : tensor<3x4xf64>
    grow.yield %1 : tensor<3x6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x3xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<6x5xf64>
    %down = grow.get @down : tensor<5x6xf64>
    %u = grow.get @u : tensor<3x6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.constant<1> along 2 at [1] by [2] : tensor<?x?x4xf64>
    %m = grow.mlp %p up(%up) down(%down) activation gelu : (tensor<?x?x6xf64>, tensor<6x5xf64>, tensor<5x6xf64>) -> tensor<?x?x6xf64>
    %l = grow.unembedding %p, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %k = grow.unembedding %m, %u : tensor<?x?x6xf64>, tensor<3x6xf64>
    %y = arith.addf %l, %k : tensor<?x?x3xf64>
    return %y : tensor<?x?x3xf64>
  }
}
