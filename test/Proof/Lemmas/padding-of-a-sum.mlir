// Zeros that both sides have. Channel 5 of six is zero on both; 1 and 2 are not.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=padding-of-a-sum | FileCheck %s
// RUN: %check-lemma padding-of-a-sum bits %t/holds.mlir
// RUN: %check-lemma padding-of-a-sum unchanged %t/apart.mlir
// RUN: %check-lemma padding-of-a-sum unchanged %t/constant.mlir
// RUN: %check-lemma padding-of-a-sum unchanged %t/one.mlir

// CHECK: %[[P:.*]] = grow.extend %{{.*}} with #grow.zero along 2 at [1] by [1] : tensor<?x?x4xf64>
// CHECK: %[[Q:.*]] = grow.extend %{{.*}} with #grow.zero along 2 at [2] by [1] : tensor<?x?x4xf64>
// CHECK: %[[S:.*]] = arith.addf %[[P]], %[[Q]] : tensor<?x?x5xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[S]] with #grow.zero along 2 at [5] by [1] : tensor<?x?x5xf64>
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
    %p = grow.extend %x with #grow.zero along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.zero along 2 at [2, 4] by [1, 1] : tensor<?x?x4xf64>
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
    %p = grow.extend %x with #grow.zero along 2 at [0] by [2] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.zero along 2 at [2, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.constant<1> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %q = grow.extend %z with #grow.zero along 2 at [2, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %p, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- one.mlir
module {
  grow.param @table : tensor<7x6xf64>
  grow.param @other : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %other = grow.get @other : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x6xf64>
    %z = grow.embedding %ids, %other : tensor<?x?xi64>, tensor<7x4xf64>
    %q = grow.extend %z with #grow.zero along 2 at [2, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = arith.addf %x, %q : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
