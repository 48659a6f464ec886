// Query heads whose output is multiplied by zero in each group.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=silent-queries | FileCheck %s
// RUN: %check-lemma silent-queries bits %t/holds.mlir
// RUN: %check-lemma silent-queries unchanged %t/unchanged.mlir

// CHECK: grow.drop %{{.*}} along 2 at [1] by [1] : tensor<4x2x3x3xf64>
// CHECK: grow.drop %{{.*}} along 1 at [1] by [1] : tensor<2x3x3x4xf64>
// CHECK: grow.attention {{.*}} alibi [5.000000e-01, 1.250000e-01, 1.000000e+00, 4.000000e+00] causal : (tensor<?x?x4xf64>, tensor<4x2x2x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x2x3x4xf64>) -> tensor<?x?x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x3x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [1] by [1] : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x2x3x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x3x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [1] : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<2x3x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x3x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x3x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0, 2.0, 4.0] causal : (tensor<?x?x4xf64>, tensor<4x2x3x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
// A head without queries attends to all tokens alike.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x3x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [1] by [1] : tensor<4x2x2x3xf64>
    grow.yield %1 : tensor<4x2x3x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @wo : tensor<2x3x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x2x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<2x2x3x4xf64>
    grow.yield %1 : tensor<2x3x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x3x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %wo = grow.get @wo : tensor<2x3x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125, 1.0, 2.0, 4.0] causal : (tensor<?x?x4xf64>, tensor<4x2x3x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
