// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=scale-of-centered | FileCheck %s
// RUN: %check-lemma scale-of-centered reals %t/holds.mlir
// RUN: %check-lemma scale-of-centered unchanged %t/about.mlir

// CHECK: %[[S:.*]] = grow.scale %{{.*}} by -3/2
// CHECK: %[[C:.*]] = grow.center %[[S]] along 2
// CHECK: return %[[C]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %y = grow.scale %c by -3/2 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %y = grow.scale %c by -3/2 about 1 : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
