// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=sum-of-scaled | FileCheck %s
// RUN: %check-lemma sum-of-scaled reals %t/holds.mlir
// RUN: %check-lemma sum-of-scaled unchanged %t/other.mlir
// RUN: %check-lemma sum-of-scaled unchanged %t/about.mlir

// CHECK: %[[S:.*]] = arith.addf %{{.*}}, %{{.*}} : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.scale %[[S]] by -1/3 : tensor<?x?x4xf64>
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
    %p = grow.scale %x by -1/3 : tensor<?x?x4xf64>
    %q = grow.scale %z by -1/3 : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- other.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.scale %x by -1/3 : tensor<?x?x4xf64>
    %q = grow.scale %z by 1/3 : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.scale %x by -1/3 about 1 : tensor<?x?x4xf64>
    %q = grow.scale %z by -1/3 about 1 : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
