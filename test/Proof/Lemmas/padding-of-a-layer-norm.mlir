// Zeros that are not centred move no mean and add nothing to the sum of squares.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=padding-of-a-layer-norm | FileCheck %s
// RUN: %check-lemma padding-of-a-layer-norm bits %t/holds.mlir
// RUN: %check-lemma padding-of-a-layer-norm unchanged %t/tokens.mlir
// RUN: %check-lemma padding-of-a-layer-norm unchanged %t/bias.mlir
// RUN: %check-lemma padding-of-a-layer-norm unchanged %t/centered.mlir
// RUN: %check-lemma padding-of-a-layer-norm unchanged %t/between.mlir
// RUN: %check-lemma padding-of-a-layer-norm unchanged %t/constant.mlir

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
    %p = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x6xf64>
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
    %y = grow.layer_norm %p gain(%g) epsilon 1/10 count 3 centered 4 : tensor<1x6x6xf64>
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
    %p = grow.extend %x with #grow.zero along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- centered.mlir
// Zeros among what is centred move the mean.
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
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 5 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- between.mlir
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
    %p = grow.extend %x with #grow.zero along 2 at [2] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}

//--- constant.mlir
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
    %p = grow.extend %x with #grow.constant<1> along 2 at [4] by [2] : tensor<?x?x4xf64>
    %y = grow.layer_norm %p gain(%g) bias(%b) epsilon 1/10 count 3 centered 4 : tensor<?x?x6xf64>
    return %y : tensor<?x?x6xf64>
  }
}
