// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=extend-twice | FileCheck %s
// RUN: %check-lemma extend-twice bits %t/holds.mlir
// RUN: %check-lemma extend-twice unchanged %t/constant.mlir
// RUN: %check-lemma extend-twice unchanged %t/mean.mlir

// CHECK: %[[X:.*]] = grow.embedding
// CHECK: %[[Y:.*]] = grow.extend %[[X]] with #grow.zero along 2 at [0, 1, 2, 4] by [1, 1, 2, 1] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x9xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [0, 2] by [1, 2] : tensor<?x?x4xf64>
    %y = grow.extend %p with #grow.zero along 2 at [2, 7] by [1, 1] : tensor<?x?x7xf64>
    return %y : tensor<?x?x9xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x9xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [0, 2] by [1, 2] : tensor<?x?x4xf64>
    %y = grow.extend %p with #grow.constant<1> along 2 at [2, 7] by [1, 1] : tensor<?x?x7xf64>
    return %y : tensor<?x?x9xf64>
  }
}

//--- mean.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x9xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [0, 2] by [1, 2] : tensor<?x?x4xf64>
    %y = grow.extend %p with #grow.mean along 2 at [2, 7] by [1, 1] : tensor<?x?x7xf64>
    return %y : tensor<?x?x9xf64>
  }
}
