// Groups of heads whose output is multiplied by zero, or that have no values.
// RUN: split-file %s %t
// RUN: grow-opt %t/output.mlir --grow-apply-lemmas=lemmas=silent-groups | FileCheck %s --check-prefix=OUTPUT
// RUN: grow-opt %t/values.mlir --grow-apply-lemmas=lemmas=silent-groups | FileCheck %s --check-prefix=VALUES
// RUN: %check-lemma silent-groups bits %t/output.mlir
// RUN: %check-lemma silent-groups bits %t/values.mlir
// RUN: %check-lemma silent-groups unchanged %t/unchanged.mlir
// RUN: %check-lemma silent-groups unchanged %t/bias.mlir

// OUTPUT-COUNT-5: grow.drop %{{.*}} along {{[01]}} at [1] by [1]
// OUTPUT: grow.attention {{.*}} alibi [5.000000e-01, 1.250000e-01] causal : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>

// VALUES-COUNT-5: grow.drop %{{.*}} along {{[01]}} at [1] by [1]
// VALUES: grow.attention {{.*}} : (tensor<?x?x4xf64>, tensor<4x2x1x3xf64>, tensor<4x2x3xf64>, tensor<4x2x3xf64>, tensor<2x3xf64>, tensor<2x1x3x4xf64>) -> tensor<?x?x4xf64>

//--- output.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x3x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x3x1x3xf64>
  }
  grow.param @wk : tensor<4x3x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @wv : tensor<4x3x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @bv : tensor<3x3xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [1] by [1] : tensor<2x3xf64>
    grow.yield %1 : tensor<3x3xf64>
  }
  grow.param @wo : tensor<3x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [1] by [1] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<3x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x3x1x3xf64>
    %wk = grow.get @wk : tensor<4x3x3xf64>
    %wv = grow.get @wv : tensor<4x3x3xf64>
    %bv = grow.get @bv : tensor<3x3xf64>
    %wo = grow.get @wo : tensor<3x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125] causal : (tensor<?x?x4xf64>, tensor<4x3x1x3xf64>, tensor<4x3x3xf64>, tensor<4x3x3xf64>, tensor<3x3xf64>, tensor<3x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- values.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x3x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x3x1x3xf64>
  }
  grow.param @wk : tensor<4x3x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @wv : tensor<4x3x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @bv : tensor<3x3xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 0 at [1] by [1] : tensor<2x3xf64>
    grow.yield %1 : tensor<3x3xf64>
  }
  grow.param @wo : tensor<3x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [1] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<3x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x3x1x3xf64>
    %wk = grow.get @wk : tensor<4x3x3xf64>
    %wv = grow.get @wv : tensor<4x3x3xf64>
    %bv = grow.get @bv : tensor<3x3xf64>
    %wo = grow.get @wo : tensor<3x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125] causal : (tensor<?x?x4xf64>, tensor<4x3x1x3xf64>, tensor<4x3x3xf64>, tensor<4x3x3xf64>, tensor<3x3xf64>, tensor<3x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- unchanged.mlir
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x3x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x3x1x3xf64>
  }
  grow.param @wk : tensor<4x3x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @wv : tensor<4x3x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @bv : tensor<3x3xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [1] by [1] : tensor<2x3xf64>
    grow.yield %1 : tensor<3x3xf64>
  }
  grow.param @wo : tensor<3x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [1] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<3x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x3x1x3xf64>
    %wk = grow.get @wk : tensor<4x3x3xf64>
    %wv = grow.get @wv : tensor<4x3x3xf64>
    %bv = grow.get @bv : tensor<3x3xf64>
    %wo = grow.get @wo : tensor<3x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125] causal : (tensor<?x?x4xf64>, tensor<4x3x1x3xf64>, tensor<4x3x3xf64>, tensor<4x3x3xf64>, tensor<3x3xf64>, tensor<3x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}

//--- bias.mlir
// Values have a bias.
module {
  grow.param @table : tensor<7x4xf64>
  grow.param @wq : tensor<4x3x1x3xf64> {
    %0 = grow.source "wq" : tensor<4x2x1x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x1x3xf64>
    grow.yield %1 : tensor<4x3x1x3xf64>
  }
  grow.param @wk : tensor<4x3x3xf64> {
    %0 = grow.source "wk" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @wv : tensor<4x3x3xf64> {
    %0 = grow.source "wv" : tensor<4x2x3xf64>
    %1 = grow.extend %0 with #grow.zero along 1 at [1] by [1] : tensor<4x2x3xf64>
    grow.yield %1 : tensor<4x3x3xf64>
  }
  grow.param @bv : tensor<3x3xf64> {
    %0 = grow.source "bv" : tensor<2x3xf64>
    %1 = grow.extend %0 with #grow.constant<1> along 0 at [1] by [1] : tensor<2x3xf64>
    grow.yield %1 : tensor<3x3xf64>
  }
  grow.param @wo : tensor<3x1x3x4xf64> {
    %0 = grow.source "wo" : tensor<2x1x3x4xf64>
    %1 = grow.extend %0 with #grow.normal<stddev = 1> along 0 at [1] by [1] : tensor<2x1x3x4xf64>
    grow.yield %1 : tensor<3x1x3x4xf64>
  }
  func.func @forward(%ids: tensor<?x?xi64>) -> tensor<?x?x4xf64> {
    %table = grow.get @table : tensor<7x4xf64>
    %wq = grow.get @wq : tensor<4x3x1x3xf64>
    %wk = grow.get @wk : tensor<4x3x3xf64>
    %wv = grow.get @wv : tensor<4x3x3xf64>
    %bv = grow.get @bv : tensor<3x3xf64>
    %wo = grow.get @wo : tensor<3x1x3x4xf64>
    %x = grow.embedding %ids, %table : tensor<?x?xi64>, tensor<7x4xf64>
    %y = grow.attention %x q(%wq) k(%wk) v(%wv, %bv) o(%wo) scale 1/2 alibi [0.5, 0.25, 0.125] causal : (tensor<?x?x4xf64>, tensor<4x3x1x3xf64>, tensor<4x3x3xf64>, tensor<4x3x3xf64>, tensor<3x3xf64>, tensor<3x1x3x4xf64>) -> tensor<?x?x4xf64>
    return %y : tensor<?x?x4xf64>
  }
}
