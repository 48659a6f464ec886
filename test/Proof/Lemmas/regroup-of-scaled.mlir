// Factors and means along another axis do not see how axes are read.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=regroup-of-scaled | FileCheck %s
// RUN: %check-lemma regroup-of-scaled bits %t/holds.mlir
// RUN: %check-lemma regroup-of-scaled unchanged %t/along.mlir

// CHECK: %[[R:.*]] = grow.regroup %{{.*}} along 1 into 2 x 1 : tensor<4x1x2x3xf64>
// CHECK: %[[C:.*]] = grow.center %[[R]] along 3 : tensor<4x2x1x3xf64>
// CHECK: %[[S:.*]] = grow.scale %[[C]] by 1/3 about 2 : tensor<4x2x1x3xf64>
// CHECK: grow.attention %{{.*}} q(%[[S]])

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x1x2x3xf64>
    %1 = grow.center %0 along 3 : tensor<4x1x2x3xf64>
    %2 = grow.scale %1 by 1/3 about 2 : tensor<4x1x2x3xf64>
    %3 = grow.regroup %2 along 1 into 2 x 1 : tensor<4x1x2x3xf64>
    grow.yield %3 : tensor<4x2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- along.mlir
// A mean along one of the two axes.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x1x2x3xf64>
    %1 = grow.center %0 along 3 : tensor<4x1x2x3xf64>
    %2 = grow.center %1 along 2 : tensor<4x1x2x3xf64>
    %3 = grow.regroup %2 along 1 into 2 x 1 : tensor<4x1x2x3xf64>
    grow.yield %3 : tensor<4x2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
