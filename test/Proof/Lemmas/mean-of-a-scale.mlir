// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=mean-of-a-scale | FileCheck %s
// RUN: %check-lemma mean-of-a-scale reals %t/holds.mlir
// RUN: %check-lemma mean-of-a-scale unchanged %t/constant.mlir

// CHECK: %[[S:.*]] = grow.scale %{{.*}} by 1/3 : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[S]] with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.scale %p by 1/3 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.constant<1> along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.scale %p by 1/3 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
