// Units whose output is multiplied by zero, or that are zero.
// RUN: split-file %s %t
// RUN: grow-opt %t/down.mlir --grow-apply-lemmas=lemmas=silent-units | FileCheck %s --check-prefix=DOWN
// RUN: grow-opt %t/gated.mlir --grow-apply-lemmas=lemmas=silent-units | FileCheck %s --check-prefix=GATED
// RUN: %check-lemma silent-units bits %t/down.mlir
// RUN: %check-lemma silent-units bits %t/gated.mlir
// RUN: %check-lemma silent-units unchanged %t/unchanged.mlir
// RUN: %check-lemma silent-units unchanged %t/bias.mlir
// RUN: %check-lemma silent-units unchanged %t/all.mlir

// DOWN: grow.drop %{{.*}} along 1 at [6] by [2] : tensor<4x8xf64>
// DOWN: grow.drop %{{.*}} along 0 at [6] by [2] : tensor<8x4xf64>
// DOWN: grow.mlp {{.*}} : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>

// Units 2 and 3; for 6 and 7 the gate is zero but its bias is not.
// GATED-NOT: at [6]
// GATED-COUNT-5: grow.drop %{{.*}} along {{[01]}} at [2] by [2]
// GATED: grow.mlp {{.*}} : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6xf64>, tensor<4x6xf64>, tensor<6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>

//--- down.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x8xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @down : tensor<8x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [6] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x8xf64>
    %down = grow.get @down : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x8xf64>, tensor<8x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- gated.mlir
// Units 2 and 3 are zero.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x8xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [2] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @up_bias : tensor<8xf64> {
    %0 = grow.source "up_bias" : tensor<6xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [2] by [2] : tensor<6xf64>
    grow.yield %1 : tensor<8xf64>
  }
  grow.param @gate : tensor<4x8xf64> {
    %0 = grow.source "gate" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [2] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @gate_bias : tensor<8xf64> {
    %0 = grow.source "gate_bias" : tensor<6xf64>
    %1 = grow.extend %0 with #grow.constant<2> along 0 at [2] by [2] : tensor<6xf64>
    grow.yield %1 : tensor<8xf64>
  }
  grow.param @down : tensor<8x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [2] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x8xf64>
    %up_bias = grow.get @up_bias : tensor<8xf64>
    %gate = grow.get @gate : tensor<4x8xf64>
    %gate_bias = grow.get @gate_bias : tensor<8xf64>
    %down = grow.get @down : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up, %up_bias) gate(%gate, %gate_bias) down(%down) activation relu : (tensor<?x?x4xf64>, tensor<4x8xf64>, tensor<8xf64>, tensor<4x8xf64>, tensor<8xf64>, tensor<8x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
// New rows are not zero.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x8xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @down : tensor<8x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [6] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x8xf64>
    %down = grow.get @down : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x8xf64>, tensor<8x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// A unit with a bias is not zero.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x8xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [2] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @up_bias : tensor<8xf64> {
    %0 = grow.source "up_bias" : tensor<6xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [2] by [2] : tensor<6xf64>
    grow.yield %1 : tensor<8xf64>
  }
  grow.param @gate : tensor<4x8xf64> {
    %0 = grow.source "gate" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [6] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @gate_bias : tensor<8xf64> {
    %0 = grow.source "gate_bias" : tensor<6xf64>
    %1 = grow.extend %0 with #grow.constant<2> along 0 at [2] by [2] : tensor<6xf64>
    grow.yield %1 : tensor<8xf64>
  }
  grow.param @down : tensor<8x4xf64> {
    %0 = grow.source "down" : tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [2] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x8xf64>
    %up_bias = grow.get @up_bias : tensor<8xf64>
    %gate = grow.get @gate : tensor<4x8xf64>
    %gate_bias = grow.get @gate_bias : tensor<8xf64>
    %down = grow.get @down : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up, %up_bias) gate(%gate, %gate_bias) down(%down) activation relu : (tensor<?x?x4xf64>, tensor<4x8xf64>, tensor<8xf64>, tensor<4x8xf64>, tensor<8xf64>, tensor<8x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- all.mlir
// A layer of no units is none.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x8xf64> {
    %0 = grow.source "up" : tensor<4x6xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [6] by [2] : tensor<4x6xf64>
    grow.yield %1 : tensor<4x8xf64>
  }
  grow.param @down : tensor<8x4xf64> {
    %0 = grow.fill #grow.zero -> tensor<6x4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [6] by [2] : tensor<6x4xf64>
    grow.yield %1 : tensor<8x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %up = grow.get @up : tensor<4x8xf64>
    %down = grow.get @down : tensor<8x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.mlp %x up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x8xf64>, tensor<8x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
