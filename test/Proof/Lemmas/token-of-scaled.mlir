// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=token-of-scaled | FileCheck %s
// RUN: %check-lemma token-of-scaled reals %t/holds.mlir
// RUN: %check-lemma token-of-scaled unchanged %t/about.mlir

// CHECK: %[[T:.*]] = grow.select_token %{{.*}} at 2 : tensor<?x?x4xf64>
// CHECK: grow.scale %[[T]] by 1/3 : tensor<?x1x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 1/3 : tensor<?x?x4xf64>
    %y = grow.select_token %s at 2 : tensor<?x?x4xf64>
    return %y : tensor<?x1x4xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x1x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 1/3 about 1 : tensor<?x?x4xf64>
    %y = grow.select_token %s at 2 : tensor<?x?x4xf64>
    return %y : tensor<?x1x4xf64>
  }
}
