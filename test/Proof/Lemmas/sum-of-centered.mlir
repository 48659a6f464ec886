// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=sum-of-centered | FileCheck %s
// RUN: %check-lemma sum-of-centered reals %t/holds.mlir
// RUN: %check-lemma sum-of-centered unchanged %t/one.mlir

// CHECK: %[[S:.*]] = arith.addf %{{.*}}, %{{.*}} : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.center %[[S]] along 2 : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.center %x along 2 : tensor<?x?x4xf64>
    %q = grow.center %z along 2 : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- one.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.center %x along 2 : tensor<?x?x4xf64>
    %q = grow.scale %z by 2 : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
