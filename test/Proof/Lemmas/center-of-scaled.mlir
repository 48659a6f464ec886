// 
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=center-of-scaled | FileCheck %s
// RUN: %check-lemma center-of-scaled reals %t/holds.mlir
// RUN: %check-lemma center-of-scaled unchanged %t/about.mlir

// CHECK: %[[C:.*]] = grow.center %{{.*}} along 2
// CHECK: %[[S:.*]] = grow.scale %[[C]] by 3/2
// CHECK: return %[[S]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3/2 : tensor<?x?x4xf64>
    %y = grow.center %s along 2 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3/2 about 1 : tensor<?x?x4xf64>
    %y = grow.center %s along 2 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
