// Biases of zeros are left out, others stay.
// RUN: split-file %s %t
// RUN: grow-opt %t/holds.mlir --grow-apply-lemmas=lemmas=zero-bias | FileCheck %s
// RUN: %check-lemma zero-bias bits %t/holds.mlir
// RUN: %check-lemma zero-bias unchanged %t/constant.mlir

// CHECK: grow.layer_norm %{{.*}} gain(%{{[0-9]+}}) epsilon
// CHECK: grow.attention %{{.*}} q(%{{[0-9]+}}) k(%{{[0-9]+}}) v(%{{[0-9]+}}, %{{[0-9]+}}) o(%{{[0-9]+}}) scale
// CHECK: grow.mlp %{{.*}} up(%{{[0-9]+}}) down(%{{[0-9]+}}, %{{[0-9]+}}) activation
// CHECK: grow.unembedding %{{[0-9]+}}, %{{[0-9]+}} : tensor<?x?x4xf64>, tensor<5x4xf64>

//--- holds.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @gb : tensor<4xf64> {
    %0 = grow.fill #grow.zero -> tensor<4xf64>
    grow.yield %0 : tensor<4xf64>
  }
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.zero -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @bv : tensor<2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @up_bias : tensor<6xf64> {
    %0 = grow.fill #grow.zero -> tensor<6xf64>
    grow.yield %0 : tensor<6xf64>
  }
  grow.param @down : tensor<6x4xf64>
  grow.param @down_bias : tensor<4xf64>
  grow.param @u : tensor<5x4xf64>
  grow.param @ub : tensor<5xf64> {
    %0 = grow.fill #grow.zero -> tensor<5xf64>
    grow.yield %0 : tensor<5xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %gb = grow.get @gb : tensor<4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %bv = grow.get @bv : tensor<2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %up = grow.get @up : tensor<4x6xf64>
    %up_bias = grow.get @up_bias : tensor<6xf64>
    %down = grow.get @down : tensor<6x4xf64>
    %down_bias = grow.get @down_bias : tensor<4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %ub = grow.get @ub : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.layer_norm %x gain(%g) bias(%gb) epsilon 1/10 count 4 centered 4 : tensor<?x?x4xf64>
    %a = grow.attention %n q(%wq, %bq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    %m = grow.mlp %a up(%up, %up_bias) down(%down, %down_bias) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6xf64>, tensor<6x4xf64>, tensor<4xf64>) -> tensor<?x?x4xf64>
    %y = grow.unembedding %m, %u bias(%ub : tensor<5xf64>) : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}

//--- constant.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @g : tensor<4xf64>
  grow.param @gb : tensor<4xf64> {
    %0 = grow.fill #grow.constant<1> -> tensor<4xf64>
    grow.yield %0 : tensor<4xf64>
  }
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @bq : tensor<2x1x3xf64> {
    %0 = grow.fill #grow.constant<1> -> tensor<2x1x3xf64>
    grow.yield %0 : tensor<2x1x3xf64>
  }
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x3xf64>
  grow.param @bv : tensor<2x3xf64>
  grow.param @wo : tensor<2x1x3x4xf64>
  grow.param @up : tensor<4x6xf64>
  grow.param @up_bias : tensor<6xf64> {
    %0 = grow.fill #grow.constant<1> -> tensor<6xf64>
    grow.yield %0 : tensor<6xf64>
  }
  grow.param @down : tensor<6x4xf64>
  grow.param @down_bias : tensor<4xf64>
  grow.param @u : tensor<5x4xf64>
  grow.param @ub : tensor<5xf64> {
    %0 = grow.fill #grow.constant<1> -> tensor<5xf64>
    grow.yield %0 : tensor<5xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x5xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %g = grow.get @g : tensor<4xf64>
    %gb = grow.get @gb : tensor<4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %bq = grow.get @bq : tensor<2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x3xf64>
    %bv = grow.get @bv : tensor<2x3xf64>
    %wo = grow.get @wo : tensor<2x1x3x4xf64>
    %up = grow.get @up : tensor<4x6xf64>
    %up_bias = grow.get @up_bias : tensor<6xf64>
    %down = grow.get @down : tensor<6x4xf64>
    %down_bias = grow.get @down_bias : tensor<4xf64>
    %u = grow.get @u : tensor<5x4xf64>
    %ub = grow.get @ub : tensor<5xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %n = grow.layer_norm %x gain(%g) bias(%gb) epsilon 1/10 count 4 centered 4 : tensor<?x?x4xf64>
    %a = grow.attention %n q(%wq, %bq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>
    %m = grow.mlp %a up(%up, %up_bias) down(%down, %down_bias) activation gelu : (tensor<?x?x4xf64>, tensor<4x6xf64>, tensor<6xf64>, tensor<6x4xf64>, tensor<4xf64>) -> tensor<?x?x4xf64>
    %y = grow.unembedding %m, %u bias(%ub : tensor<5xf64>) : tensor<?x?x4xf64>, tensor<5x4xf64>
    return %y : tensor<?x?x5xf64>
  }
}
