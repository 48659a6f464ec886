// What is known of what a layer yields is known of its result.
// RUN: split-file %s %t
// RUN: grow-opt %t/center.mlir --grow-apply-lemmas=lemmas=out-of-a-layer | FileCheck %s --check-prefix=CENTER
// RUN: grow-opt %t/extend.mlir --grow-apply-lemmas=lemmas=out-of-a-layer | FileCheck %s --check-prefix=EXTEND
// RUN: %check-lemma out-of-a-layer bits %t/center.mlir
// RUN: %check-lemma out-of-a-layer bits %t/extend.mlir
// RUN: %check-lemma out-of-a-layer unchanged %t/softcap.mlir
// RUN: %check-lemma out-of-a-layer unchanged %t/key.mlir

// CENTER: %[[L:.*]] = grow.layer "h.0"
// CENTER: %[[M:.*]] = grow.mlp
// CENTER: grow.yield %[[M]] : tensor<?x?x4xf64>
// CENTER: %[[C:.*]] = grow.center %[[L]] along 2
// CENTER: arith.addf %[[C]], %{{.*}}

// EXTEND: %[[L:.*]] = grow.layer "h.0"
// EXTEND: grow.yield %{{.*}} : tensor<?x?x4xf64>
// EXTEND: %[[E:.*]] = grow.extend %[[L]] with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
// EXTEND: grow.softcap %[[E]] at 2 : tensor<?x?x6xf64>

//--- center.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      %c = grow.center %m along 2 : tensor<?x?x4xf64>
      grow.yield %c : tensor<?x?x4xf64>
    }
    %y = arith.addf %l, %x : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- extend.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      %c = grow.extend %m with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
      grow.yield %c : tensor<?x?x6xf64>
    }
    %y = grow.softcap %l at 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- softcap.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %l = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      %c = grow.softcap %m at 2 : tensor<?x?x4xf64>
      grow.yield %c : tensor<?x?x4xf64>
    }
    %y = arith.addf %l, %x : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- key.mlir
// A key cannot follow out of the layer.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %k = arith.constant 7 : i64
      %n = grow.extend %s with #grow.normal<stddev = 1> along 2 at [1] by [2] key(%k) : tensor<?x?x4xf64>
      grow.yield %n : tensor<?x?x6xf64>
    }
    return %y : tensor<?x?x6xf64>
  }
}
