// What has the mean zero stays as it is: multiples and zeros keep the mean.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=center-of-centered | FileCheck %s
// RUN: %check-lemma center-of-centered reals %t/holds.mlir
// RUN: %check-lemma center-of-centered unchanged %t/constant.mlir
// RUN: %check-lemma center-of-centered unchanged %t/about.mlir
// RUN: %check-lemma center-of-centered unchanged %t/plain.mlir

// CHECK: grow.center %{{.*}} along 2 : tensor<?x?x4xf64>
// CHECK: grow.scale
// CHECK: %[[P:.*]] = grow.extend
// CHECK-NEXT: return %[[P]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %s = grow.scale %c by 3 : tensor<?x?x4xf64>
    %p = grow.extend %s with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.center %p along 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %s = grow.scale %c by 3 : tensor<?x?x4xf64>
    %p = grow.extend %s with #grow.constant<1> along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.center %p along 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- about.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.center %x along 2 : tensor<?x?x4xf64>
    %s = grow.scale %c by 3 about 1 : tensor<?x?x4xf64>
    %p = grow.extend %s with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.center %p along 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- plain.mlir
module {
  grow.param @table : tensor<7x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %c = grow.scale %x by 2 : tensor<?x?x4xf64>
    %s = grow.scale %c by 3 : tensor<?x?x4xf64>
    %p = grow.extend %s with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.center %p along 2 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
