// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=padding-of-a-softcap | FileCheck %s
// RUN: %check-lemma padding-of-a-softcap bits %t/holds.mlir
// RUN: %check-lemma padding-of-a-softcap unchanged %t/constant.mlir
// RUN: %check-lemma padding-of-a-softcap unchanged %t/mean.mlir

// CHECK: %[[S:.*]] = grow.softcap %{{.*}} at 3/2 : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[S]] with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.softcap %p at 3/2 : tensor<?x?x6xf64>
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
    %y = grow.softcap %p at 3/2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- mean.mlir
// The mean of bounded numbers is not the bounded mean.
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1] by [2] : tensor<?x?x4xf64>
    %y = grow.softcap %p at 3/2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
