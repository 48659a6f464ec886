// Channels of values that are multiplied by zero, or that are zero.
// RUN: split-file %s %t
// RUN: grow-opt %t/output.mlir --grow-apply-lemmas=lemmas=silent-values | FileCheck %s --check-prefix=OUTPUT
// RUN: grow-opt %t/values.mlir --grow-apply-lemmas=lemmas=silent-values | FileCheck %s --check-prefix=VALUES
// RUN: %check-lemma silent-values bits %t/output.mlir
// RUN: %check-lemma silent-values bits %t/values.mlir
// RUN: %check-lemma silent-values unchanged %t/unchanged.mlir
// RUN: %check-lemma silent-values unchanged %t/bias.mlir

// OUTPUT: grow.drop %{{.*}} along 2 at [3] by [2] : tensor<4x2x5xf64>
// OUTPUT: grow.drop %{{.*}} along 2 at [3] by [2] : tensor<2x1x5x4xf64>
// OUTPUT: grow.attention {{.*}} : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>

// VALUES: grow.attention {{.*}} : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>

//--- output.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x5xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @wo : tensor<2x1x5x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [3] by [2] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<2x1x5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x5xf64>
    %wo = grow.get @wo : tensor<2x1x5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x5xf64>, tensor<2x1x5x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- values.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x5xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @bv : tensor<2x5xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [3] by [2] : tensor<2x3xf64>
    grow.yield %1 : tensor<2x5xf64>
  }
  grow.param @wo : tensor<2x1x5x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [3] by [2] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<2x1x5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x5xf64>
    %bv = grow.get @bv : tensor<2x5xf64>
    %wo = grow.get @wo : tensor<2x1x5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x5xf64>, tensor<2x5xf64>, tensor<2x1x5x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x5xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @wo : tensor<2x1x5x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [3] by [2] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<2x1x5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x5xf64>
    %wo = grow.get @wo : tensor<2x1x5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x5xf64>, tensor<2x1x5x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// Values have a bias.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x2x1x3xf64>
  grow.param @wk : tensor<4x2x3xf64>
  grow.param @wv : tensor<4x2x5xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 2 at [3] by [2] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x2x5xf64>
  }
  grow.param @bv : tensor<2x5xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 1 at [3] by [2] : tensor<2x3xf64>
    grow.yield %1 : tensor<2x5xf64>
  }
  grow.param @wo : tensor<2x1x5x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 2 at [3] by [2] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<2x1x5x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x2x1x3xf64>
    %wk = grow.get @wk : tensor<4x2x3xf64>
    %wv = grow.get @wv : tensor<4x2x5xf64>
    %bv = grow.get @bv : tensor<2x5xf64>
    %wo = grow.get @wo : tensor<2x1x5x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x5xf64>, tensor<2x5xf64>, tensor<2x1x5x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
