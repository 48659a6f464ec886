// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=mean-of-a-sum | FileCheck %s
// RUN: %check-lemma mean-of-a-sum reals %t/holds.mlir
// RUN: %check-lemma mean-of-a-sum unchanged %t/apart.mlir
// RUN: %check-lemma mean-of-a-sum unchanged %t/zero.mlir

// CHECK: %[[S:.*]] = arith.addf %{{.*}}, %{{.*}} : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[S]] with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- apart.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.mean along 2 at [2, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- zero.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.zero along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
