// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=drop-from-scale | FileCheck %s
// RUN: %check-lemma drop-from-scale bits %t/holds.mlir
// RUN: %check-lemma drop-from-scale unchanged %t/unchanged.mlir

// CHECK: %[[D:.*]] = grow.drop %{{.*}} along 0 at [7] by [2] : tensor<9x4xf64>
// CHECK: grow.scale %[[D]] by 1/3 about -1 : tensor<7x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x4xf64>
    %1 = grow.scale %0 by 1/3 about -1 : tensor<9x4xf64>
    %2 = grow.drop %1 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
module {
  grow.param @table : tensor<7x4xf64> {
    %0 = grow.source "table" : tensor<9x4xf64>
    %1 = grow.center %0 along 1 : tensor<9x4xf64>
    %2 = grow.drop %1 along 0 at [7] by [2] : tensor<9x4xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %y = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
