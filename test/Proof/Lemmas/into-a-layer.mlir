// What is known of a stream is known inside of the layer, too.
// RUN: split-file %s %t
// RUN: grow-opt %t/scale.mlir --grow-apply-lemmas=lemmas=into-a-layer | FileCheck %s --check-prefix=SCALE
// RUN: grow-opt %t/extend.mlir --grow-apply-lemmas=lemmas=into-a-layer | FileCheck %s --check-prefix=EXTEND
// RUN: %check-lemma into-a-layer bits %t/scale.mlir
// RUN: %check-lemma into-a-layer bits %t/extend.mlir
// RUN: %check-lemma into-a-layer unchanged %t/softcap.mlir
// RUN: %check-lemma into-a-layer unchanged %t/key.mlir

// SCALE: %[[X:.*]] = grow.embedding
// SCALE-NEXT: grow.layer "h.0" (%[[IN:.*]] = %[[X]] : tensor<?x?x4xf64>)
// SCALE: %[[S:.*]] = grow.scale %[[IN]] by 1/3
// SCALE: grow.mlp %[[S]]

// EXTEND: %[[X:.*]] = grow.embedding
// EXTEND-NEXT: grow.layer "h.0" (%[[IN:.*]] = %[[X]] : tensor<?x?x4xf64>, %{{.*}} = %[[X]] : tensor<?x?x4xf64>) {
// EXTEND-NEXT: %[[P:.*]] = grow.extend %[[IN]] with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
// EXTEND-NEXT: %[[C:.*]] = grow.softcap %[[P]]
// EXTEND-NEXT: arith.addf %[[C]], %[[P]]

//--- scale.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.scale %x by 1/3 : tensor<?x?x4xf64>
    %y = grow.layer "h.0" (%s = %p : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      grow.yield %m : tensor<?x?x4xf64>
    }
    return %y : tensor<?x?x4xf64>
  }
}

//--- extend.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.layer "h.0" (%s = %p : tensor<?x?x6xf64>, %t = %x : tensor<?x?x4xf64>) {
      %n = grow.softcap %s at 2 : tensor<?x?x6xf64>
      %o = arith.addf %n, %s : tensor<?x?x6xf64>
      grow.yield %o : tensor<?x?x6xf64>
    }
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
    %p = grow.softcap %x at 2 : tensor<?x?x4xf64>
    %y = grow.layer "h.0" (%s = %p : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      grow.yield %m : tensor<?x?x4xf64>
    }
    return %y : tensor<?x?x4xf64>
  }
}

//--- key.mlir
// A key cannot follow into the layer.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %k = arith.constant 7 : i64
    %p = grow.extend %x with #grow.normal<stddev = 1> along 2 at [1] by [2] key(%k) : tensor<?x?x4xf64>
    %y = grow.layer "h.0" (%s = %p : tensor<?x?x6xf64>) {
      %n = grow.softcap %s at 2 : tensor<?x?x6xf64>
      grow.yield %n : tensor<?x?x6xf64>
    }
    return %y : tensor<?x?x6xf64>
  }
}
