// Axes that are read anew twice are read anew once, or not at all.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=regroup-twice | FileCheck %s
// RUN: %check-lemma regroup-twice bits %t/holds.mlir
// RUN: %check-lemma regroup-twice unchanged %t/axes.mlir

// CHECK: %[[W:.*]] = grow.source "w" : tensor<14x2xf64>
// CHECK: %[[R:.*]] = grow.regroup %[[W]] along 0 into 7 x 4 : tensor<14x2xf64>
// CHECK: %[[V:.*]] = grow.source "v"
// CHECK: grow.embedding %{{.*}}, %[[R]]
// CHECK: grow.embedding %{{.*}}, %[[V]]

//--- holds.mlir
module {
  grow.param @w : tensor<7x4xf64> {
    %0 = grow.source "w" : tensor<14x2xf64>
    %1 = grow.regroup %0 along 0 into 4 x 7 : tensor<14x2xf64>
    %2 = grow.regroup %1 along 0 into 7 x 4 : tensor<4x7xf64>
    grow.yield %2 : tensor<7x4xf64>
  }
  grow.param @v : tensor<7x4xf64> {
    %0 = grow.source "v" : tensor<7x4xf64>
    %1 = grow.regroup %0 along 0 into 7 x 4 : tensor<7x4xf64>
    grow.yield %1 : tensor<7x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %w = grow.get @w : tensor<7x4xf64>
    %v = grow.get @v : tensor<7x4xf64>
    %x = grow.embedding %ids, %w : tensor<?x?xi64>, tensor<7x4xf64>
    %z = grow.embedding %ids, %v : tensor<?x?xi64>, tensor<7x4xf64>
    %y = arith.addf %x, %z : tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- axes.mlir
// Along different axes.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64> {
    %0 = grow.source "wq" : tensor<8x1x3x1xf64>
    %1 = grow.regroup %0 along 0 into 4 x 2 : tensor<8x1x3x1xf64>
    %2 = grow.regroup %1 along 2 into 1 x 3 : tensor<4x2x3x1xf64>
    grow.yield %2 : tensor<4x2x1x3xf64>
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
