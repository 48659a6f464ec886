// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=identity-layer | FileCheck %s
// RUN: %check-lemma identity-layer bits %t/holds.mlir
// RUN: %check-lemma identity-layer unchanged %t/branch.mlir

// CHECK-NOT: grow.layer
// CHECK: %[[X:.*]] = grow.embedding
// CHECK: return %[[X]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      grow.yield %s : tensor<?x?x4xf64>
    }
    return %y : tensor<?x?x4xf64>
  }
}

//--- branch.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @down : tensor<6x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.layer "h.0" (%s = %x : tensor<?x?x4xf64>) {
      %up = grow.get @up : tensor<4x6xf64>
      %down = grow.get @down : tensor<6x4xf64>
      %m = grow.mlp %s up(%up) down(%down) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6x4xf64>) -> tensor<?x?x4xf64>
      grow.yield %m : tensor<?x?x4xf64>
    }
    return %y : tensor<?x?x4xf64>
  }
}
