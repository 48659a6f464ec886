// Zeros add nothing to the sum of squares.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=padding-of-an-rms-norm | FileCheck %s
// RUN: %check-lemma padding-of-an-rms-norm bits %t/holds.mlir
// RUN: %check-lemma padding-of-an-rms-norm unchanged %t/tokens.mlir
// RUN: %check-lemma padding-of-an-rms-norm unchanged %t/constant.mlir
// RUN: %check-lemma padding-of-an-rms-norm unchanged %t/mean.mlir

// CHECK: %[[G:.*]] = grow.drop %{{.*}} along 0 at [1, 5] by [1, 1] : tensor<6xf64>
// CHECK: %[[N:.*]] = grow.rms_norm %{{.*}} gain(%[[G]]) epsilon 1/10 count 3 : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[N]] with #grow.zero along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1, 4] by [1, 1] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = grow.rms_norm %p gain(%g) epsilon 1/10 count 3 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- tokens.mlir
// New tokens are no channels.
module {
  grow.param @table : tensor<7x6xf64>
  grow.param @g : tensor<6xf64>
  func.func @forward(%ids: tensor<1x4xi64>) -> tensor<1x6x6xf64> {
    %table = grow.get @table : tensor<7x6xf64>
    %g = grow.get @g : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<1x4xi64>, tensor<7x6xf64>
    %p = grow.extend %x with #grow.zero along 1 at [4] by [2] : tensor<1x4x6xf64>
    %y = grow.rms_norm %p gain(%g) epsilon 1/10 count 3 : tensor<1x6x6xf64>
    return %y : tensor<1x6x6xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1, 4] by [1, 1] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.constant<1> along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = grow.rms_norm %p gain(%g) epsilon 1/10 count 3 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- mean.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1, 4] by [1, 1] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [1, 4] by [1, 1] : tensor<?x?x4xf64>
    %y = grow.rms_norm %p gain(%g) epsilon 1/10 count 3 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
