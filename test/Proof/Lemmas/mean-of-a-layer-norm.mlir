// Channels that are the mean of the others are zero once they are centred.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=mean-of-a-layer-norm | FileCheck %s
// RUN: %check-lemma mean-of-a-layer-norm reals %t/holds.mlir
// RUN: %check-lemma mean-of-a-layer-norm unchanged %t/tokens.mlir
// RUN: %check-lemma mean-of-a-layer-norm unchanged %t/bias.mlir
// RUN: %check-lemma mean-of-a-layer-norm unchanged %t/part.mlir
// RUN: %check-lemma mean-of-a-layer-norm unchanged %t/zero.mlir

// CHECK: %[[G:.*]] = grow.drop %{{.*}} along 0 at [4] by [2] : tensor<6xf64>
// CHECK: %[[B:.*]] = grow.drop %{{.*}} along 0 at [4] by [2] : tensor<6xf64>
// CHECK: %[[N:.*]] = grow.layer_norm %{{.*}} gain(%[[G]]) bias(%[[B]]) epsilon 1/10 count 3 centered 4 : tensor<?x?x4xf64>
// CHECK: %[[Y:.*]] = grow.extend %[[N]] with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
// CHECK: return %[[Y]]

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @b : tensor<6xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %b = grow.get @b : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 6 : tensor<?x?x6xf64>
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
    %p = grow.extend %x with #grow.mean along 1 at [4] by [2] : tensor<1x4x6xf64>
    %y = grow.layer_norm %p gain(%g) epsilon 1/10 count 3 centered 6 : tensor<1x6x6xf64>
    return %y : tensor<1x6x6xf64>
  }
}

//--- bias.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @b : tensor<6xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %b = grow.get @b : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 6 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- part.mlir
// What is not centred stays.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @b : tensor<6xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %b = grow.get @b : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.mean along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- zero.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<6xf64> {
    %0 = grow.source "g" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  grow.param @b : tensor<6xf64> {
    %0 = grow.source "b" : tensor<4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [4] by [2] : tensor<4xf64>
    grow.yield %1 : tensor<6xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x6xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<6xf64>
    %b = grow.get @b : tensor<6xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %p = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 6 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
