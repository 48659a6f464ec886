// Factors multiply, exactly, and may be one.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=scale-twice | FileCheck %s
// RUN: %check-lemma scale-twice reals %t/holds.mlir
// RUN: %check-lemma scale-twice unchanged %t/about.mlir

// CHECK: %[[X:.*]] = grow.embedding
// CHECK-NEXT: %[[Y:.*]] = grow.scale %[[X]] by 5/3 about 1 : tensor<?x?x4xf64>
// CHECK-NEXT: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 1/3 * sqrt(2) : tensor<?x?x4xf64>
    %t = grow.scale %s by 3 * sqrt(2) : tensor<?x?x4xf64>
    %u = grow.scale %t by 1/2 : tensor<?x?x4xf64>
    %v = grow.scale %u by 5 about 1 : tensor<?x?x4xf64>
    %y = grow.scale %v by 1/3 about 1 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- about.mlir
// About different numbers.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %s = grow.scale %x by 3 : tensor<?x?x4xf64>
    %y = grow.scale %s by 1/3 about 1 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
