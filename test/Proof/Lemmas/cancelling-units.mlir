// Units with equal inputs whose rows of the output add up to zero: 1, -1/2 and -1/2
// times one row.
// RUN: split-file %s %t
// RUN: grow-opt %t/some.mlir --grow-apply-lemmas=lemmas=cancelling-units | FileCheck %s --check-prefix=SOME
// RUN: grow-opt %t/all.mlir --grow-apply-lemmas=lemmas=cancelling-units | FileCheck %s --check-prefix=ALL
// RUN: %check-lemma cancelling-units reals %t/some.mlir
// RUN: %check-lemma cancelling-units reals %t/all.mlir
// RUN: %check-lemma cancelling-units unchanged %t/rows.mlir
// RUN: %check-lemma cancelling-units unchanged %t/inputs.mlir

// SOME: grow.drop %{{.*}} along 1 at [6] by [3] : tensor<4x9xf64>
// SOME: grow.drop %{{.*}} along 1 at [6] by [3] : tensor<4x9xf64>
// SOME: grow.drop %{{.*}} along 0 at [6] by [3] : tensor<9x4xf64>
// SOME: grow.mlp {{.*}} : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>

// ALL: %[[ZERO:.*]] = grow.fill #grow.zero -> tensor<4x4xf64>
// ALL: grow.mlp %{{.*}} down(%[[ZERO]], %{{.*}})

//--- some.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x9xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @gate : tensor<4x9xf64> {
    %0 = grow.source "gate" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @down : tensor<9x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [6] by [1] : tensor<6x4xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = -1/2> along 0 at [7] by [2] : tensor<7x4xf64>
    grow.yield %2 : tensor<9x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x9xf64>
    %gate = grow.get @gate : tensor<4x9xf64>
    %down = grow.get @down : tensor<9x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf64>, tensor<4x9xf64>, tensor<4x9xf64>, tensor<9x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- all.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x4xf64> {
    %0 = grow.source "up" : tensor<4x2xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = 1> along 1 at [2] by [2] : tensor<4x2xf64>
    grow.yield %1 : tensor<4x4xf64>
  }
  grow.param @down : tensor<4x4xf64> {
    %0 = grow.source "down" : tensor<2x4xf64>
    %1 = grow.extend %0 with #grow.copy<[0, 1], factor = -1> along 0 at [2] by [2] : tensor<2x4xf64>
    grow.yield %1 : tensor<4x4xf64>
  }
  grow.param @down_bias : tensor<4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x4xf64>
    %down = grow.get @down : tensor<4x4xf64>
    %down_bias = grow.get @down_bias : tensor<4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) down(%down, %down_bias) activation silu : (tensor<?x?x4xf64>, tensor<4x4xf64>, tensor<4x4xf64>, tensor<4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- rows.mlir
// The rows add up to half a row.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x9xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @gate : tensor<4x9xf64> {
    %0 = grow.source "gate" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @down : tensor<9x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [6] by [1] : tensor<6x4xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = -1/4> along 0 at [7] by [2] : tensor<7x4xf64>
    grow.yield %2 : tensor<9x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x9xf64>
    %gate = grow.get @gate : tensor<4x9xf64>
    %down = grow.get @down : tensor<9x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf64>, tensor<4x9xf64>, tensor<4x9xf64>, tensor<9x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- inputs.mlir
// The gates of the units differ.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x9xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @gate : tensor<4x9xf64> {
    %0 = grow.source "gate" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [1] : tensor<4x6xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 5], factor = 1> along 1 at [7] by [2] : tensor<4x7xf64>
    grow.yield %2 : tensor<4x9xf64>
  }
  grow.param @down : tensor<9x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [6] by [1] : tensor<6x4xf64>
    %2 = grow.extend %1 with #grow.copy<[6, 6], factor = -1/2> along 0 at [7] by [2] : tensor<7x4xf64>
    grow.yield %2 : tensor<9x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x9xf64>
    %gate = grow.get @gate : tensor<4x9xf64>
    %down = grow.get @down : tensor<9x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) gate(%gate) down(%down) activation silu : (tensor<?x?x4xf64>, tensor<4x9xf64>, tensor<4x9xf64>, tensor<9x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
